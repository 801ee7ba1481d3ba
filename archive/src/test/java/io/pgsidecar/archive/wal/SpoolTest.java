package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.PrefetchBench.RECOVERY;
import static io.pgsidecar.archive.wal.PrefetchBench.segment;
import static io.pgsidecar.archive.wal.PrefetchBench.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.wal.WalRestorer.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where the spool may be, what becomes of what lies in it, and that it is never the reason for an error. */
@Timeout(120)
class SpoolTest {

    @TempDir
    private Path folder;

    private PrefetchBench bench;
    private ObjectStore store;

    @BeforeEach
    void create() throws Exception {
        bench = new PrefetchBench(folder);
        bench.store(1, 5);
        store = bench.archive;
    }

    @Test
    void whatWasChangedOrTakenFromTheSpoolIsFetchedAgain() throws Exception {
        try (WalRestorer restorer = bench.restorer(1, store)) {
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
            Path file = bench.spool.resolve(segment(2) + ".pgsidecar-prefetched");
            Files.write(file, new byte[100]);
            bench.restore(restorer, 2);
            bench.awaitSpooled(restorer, 3);
            Files.delete(bench.spool.resolve(segment(3) + ".pgsidecar-prefetched"));
            bench.restore(restorer, 3);
            bench.awaitSpooled(restorer, 4);
            // Another agent's of the same name, were the folder not this one's own.
            Files.write(
                    bench.spool.resolve(segment(4) + ".pgsidecar-prefetched"),
                    Cluster.segment(segment(4), Cluster.OTHER_ID, 0));
            bench.restore(restorer, 4);
            assertThat(status(restorer).handedOver()).isZero();
        }
    }

    @Test
    void aSpoolInsideTheDataDirectoryIsRefused() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), bench.cluster.root());
        Path wal = Files.createDirectory(folder.resolve("wal"));
        for (Path inside : new Path[] {
            bench.cluster.root(),
            bench.cluster.root().resolve("spool"),
            bench.cluster.root().resolve("pg_wal/spool/deeper"),
            bench.cluster.root().resolve("../data/spool"),
            link.resolve("spool")
        }) {
            assertThatThrownBy(() ->
                            bench.restorer(new PrefetchSettings(1, inside, 1 << 30), PrefetchBench.PATIENT, store))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("restore.spool is " + inside)
                    .hasMessageContaining("inside the data directory");
        }
        // pg_wal may be a link, and the data directory may come later.
        Path later = folder.resolve("later");
        WalRestorer restorer = new WalRestorer(
                new DataDirectory(later),
                List.of(Cluster.repository(store)),
                Duration.ZERO,
                new PrefetchSettings(1, wal.resolve("spool"), 1 << 30));
        try (restorer) {
            Cluster cluster = new Cluster(later, Cluster.ID);
            cluster.recover();
            Files.delete(later.resolve("pg_wal/archive_status"));
            Files.delete(later.resolve("pg_wal"));
            Files.createSymbolicLink(later.resolve("pg_wal"), wal);
            assertThat(restorer.restore(segment(1), RECOVERY, () -> false)).isEqualTo(Outcome.RESTORED);
            assertThat(status(restorer).segments()).isZero();
            assertThat(status(restorer).problem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains("inside the data directory"));
        }
    }

    @Test
    void withoutAUsableSpoolItWorksAsWithoutPrefetchAndSaysWhy() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "not a folder");
        for (Path unusable : new Path[] {folder.resolve("no/spool"), file, file.resolve("spool")}) {
            try (WalRestorer restorer =
                    bench.restorer(new PrefetchSettings(2, unusable, 1 << 30), PrefetchBench.PATIENT, store)) {
                assertThat(status(restorer).problem()).isPresent();
                bench.restore(restorer, 1);
                bench.restore(restorer, 2);
                assertThat(status(restorer).handedOver()).isZero();
            }
        }
        assertThat(file).hasContent("not a folder");
    }

    @Test
    void aSpoolThatComesBackIsUsedAgain() throws Exception {
        Path parent = folder.resolve("later");
        try (WalRestorer restorer = bench.restorer(
                new PrefetchSettings(2, parent.resolve("spool"), 1 << 30), PrefetchBench.PATIENT, store)) {
            bench.restore(restorer, 1);
            assertThat(status(restorer).problem()).isPresent();
            Files.createDirectory(parent);
            bench.restore(restorer, 2);
            bench.restore(restorer, 3);
            assertThat(status(restorer).handedOver()).isOne();
            assertThat(status(restorer).problem()).isEmpty();
        }
    }

    @Test
    void whatAKilledAgentLeftIsSweptAndWhatIsNotOursStays() throws Exception {
        Files.createDirectory(bench.spool);
        Files.write(bench.spool.resolve(segment(2) + ".pgsidecar-prefetched"), new byte[100]);
        Files.write(bench.spool.resolve(segment(3) + ".pgsidecar-prefetched.pgsidecar-1"), new byte[100]);
        Files.write(bench.spool.resolve(segment(4)), new byte[100]);
        try (WalRestorer restorer = bench.restorer(2, store)) {
            assertThat(bench.spool.toFile().list()).containsExactly(segment(4));
            bench.restore(restorer, 1);
            bench.restore(restorer, 2);
        }
        assertThat(bench.spool.toFile().list()).containsExactly(segment(4));
    }

    @Test
    void whatIsLeftIsSweptWhereThePrefetchIsOffNowToo() throws Exception {
        Files.createDirectory(bench.spool);
        Files.write(bench.spool.resolve(segment(2) + ".pgsidecar-prefetched"), new byte[100]);
        try (WalRestorer restorer = bench.restorer(0, store)) {
            assertThat(bench.spool).isEmptyDirectory();
            bench.restore(restorer, 1);
            assertThat(restorer.prefetch()).isEmpty();
            assertThat(bench.spool).isEmptyDirectory();
        }
    }
}
