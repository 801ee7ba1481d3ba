package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.PrefetchBench.RECOVERY;
import static io.pgsidecar.archive.wal.PrefetchBench.await;
import static io.pgsidecar.archive.wal.PrefetchBench.segment;
import static io.pgsidecar.archive.wal.PrefetchBench.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalRestorer.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is prefetched, when it is used, and when it goes. */
@Timeout(120)
class PrefetcherTest {

    @TempDir
    private Path folder;

    private PrefetchBench bench;
    private RecordingStore store;

    @BeforeEach
    void create() throws Exception {
        bench = new PrefetchBench(folder);
        store = new RecordingStore(bench.archive);
    }

    @Test
    void eachSegmentIsAskedForOnceAndHandedOverOutOfTheSpool() throws Exception {
        bench.store(1, 12);
        try (WalRestorer restorer = bench.restorer(4, store)) {
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
            bench.restore(restorer, 2);
            bench.awaitSpooled(restorer, 3, 4);
            bench.restore(restorer, 3);
            bench.awaitSpooled(restorer, 4, 5, 6, 7);
            for (int i = 4; i <= 12; i++) {
                bench.restore(restorer, i);
            }
            for (int i = 1; i <= 12; i++) {
                String name = segment(i) + ".zst";
                assertThat(store.count(request -> request.equals("GET " + name)))
                        .as(name)
                        .isOne();
            }
            assertThat(store.count(request -> !request.startsWith("GET"))).isZero();
            assertThat(status(restorer).handedOver()).isEqualTo(11);
            await(() -> status(restorer).segments() == 0);
            assertThat(status(restorer).bytes()).isZero();
            assertThat(bench.spooled()).isEmpty();
        }
        assertThat(bench.cluster.root().resolve("pg_wal").toFile().list())
                .containsExactlyInAnyOrder("archive_status", "RECOVERYXLOG");
    }

    /** What a standby does at the end of the archive, where it asks every few seconds. */
    @Test
    void aPollForWhatIsAbsentCostsNoMoreThanWithoutPrefetchAndSeesWhatComes() throws Exception {
        bench.store(1, 3);
        try (WalRestorer restorer = bench.restorer(4, store)) {
            for (int i = 1; i <= 3; i++) {
                bench.restore(restorer, i);
                await(() -> status(restorer).segments() == 0 || !bench.spooled().isEmpty());
            }
            await(() -> status(restorer).segments() == 0);
            assertThat(restorer.restore(segment(4), RECOVERY, () -> false)).isEqualTo(Outcome.ABSENT);
            store.requests();
            for (int poll = 0; poll < 3; poll++) {
                assertThat(restorer.restore(segment(4), RECOVERY, () -> false)).isEqualTo(Outcome.ABSENT);
                assertThat(store.requests())
                        .containsExactly("GET " + segment(4) + ".zst", "LIST " + segment(4), "HEAD repository.json");
            }
            // It was looked for ahead, and in vain; that is forgotten.
            bench.store(4, 4);
            bench.restore(restorer, 4);
            await(() -> status(restorer).segments() == 0);
            assertThat(store.requests()).containsExactly("GET " + segment(4) + ".zst", "GET " + segment(5) + ".zst");
            bench.store(5, 5);
            bench.restore(restorer, 5);
        }
    }

    @Test
    void onlyRecoverysOwnRequestsForSegmentsUseTheSpoolOrFillIt() throws Exception {
        bench.store(1, 4);
        bench.cluster.store(bench.archive, Cluster.HISTORY, Compression.ZSTD);
        try (WalRestorer restorer = bench.restorer(4, store)) {
            for (String path :
                    List.of("pg_wal/" + segment(1), "pg_wal/xlogtemp", "RECOVERYXLOG", "global/RECOVERYXLOG")) {
                assertThat(restorer.restore(segment(1), path, () -> false)).isEqualTo(Outcome.RESTORED);
            }
            assertThat(restorer.restore(Cluster.HISTORY, "pg_wal/RECOVERYHISTORY", () -> false))
                    .isEqualTo(Outcome.RESTORED);
            bench.restore(restorer, Cluster.HISTORY);
            assertThat(status(restorer).segments()).isZero();
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
            // pg_rewind, backwards or not: neither taken from the spool, nor is that emptied.
            store.requests();
            assertThat(restorer.restore(segment(2), "pg_wal/" + segment(2), () -> false))
                    .isEqualTo(Outcome.RESTORED);
            assertThat(restorer.restore(segment(1), "pg_wal/" + segment(1), () -> false))
                    .isEqualTo(Outcome.RESTORED);
            assertThat(store.requests()).containsExactly("GET " + segment(2) + ".zst", "GET " + segment(1) + ".zst");
            bench.awaitSpooled(restorer, 2);
        }
    }

    @Test
    void aServerThatDoesNotRecoverIsNotLookedAheadFor() throws Exception {
        bench.store(1, 3);
        Files.delete(bench.cluster.root().resolve("recovery.signal"));
        try (WalRestorer restorer = bench.restorer(4, store)) {
            bench.restore(restorer, 1);
            assertThat(status(restorer).segments()).isZero();
            Files.createFile(bench.cluster.root().resolve("standby.signal"));
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
        }
    }

    @Test
    void anotherTimelineAStepBackOrALeapEmptyTheSpool() throws Exception {
        bench.store(1, 40);
        bench.cluster.store(bench.archive, segment(2, 6), Compression.ZSTD);
        try (WalRestorer restorer = bench.restorer(2, store)) {
            for (int asked : new int[] {20, 30, 5}) {
                bench.restore(restorer, asked);
                bench.awaitSpooled(restorer, asked + 1);
            }
            bench.restore(restorer, segment(2, 6));
            await(() -> status(restorer).segments() == 0);
            assertThat(bench.spooled()).isEmpty();
            // The same once more, as after a restart of PostgreSQL: what comes next is still what comes next.
            bench.restore(restorer, 5);
            bench.awaitSpooled(restorer, 6);
            bench.restore(restorer, 5);
            bench.awaitSpooled(restorer, 6);
        }
    }

    @Test
    void theSpoolIsEmptiedWhenTheRecoveryIsOver() throws Exception {
        bench.store(1, 3);
        try (WalRestorer restorer = bench.restorer(2, store)) {
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
            Files.delete(bench.cluster.root().resolve("recovery.signal")); // The promotion.
            await(() -> status(restorer).segments() == 0 && bench.spooled().isEmpty());
        }
    }

    @Test
    void theSpoolIsEmptiedWhenNothingIsAskedForAWhile() throws Exception {
        bench.store(1, 3);
        Prefetcher.Bounds impatient = new Prefetcher.Bounds(
                Duration.ofMinutes(1), Duration.ofMillis(500), Duration.ofMillis(20), Duration.ofSeconds(10));
        try (WalRestorer restorer = bench.restorer(new PrefetchSettings(2, bench.spool, 1 << 30), impatient, store)) {
            for (int i = 0; i < 2; i++) { // The watch begins anew.
                // On a slow machine nothing may have been asked for when the while is over.
                await(() -> {
                    bench.restore(restorer, 1);
                    await(() -> asked(2) || status(restorer).segments() == 0);
                    return asked(2);
                });
                await(() -> status(restorer).segments() == 0 && bench.spooled().isEmpty());
                store.requests();
            }
        }
    }

    private boolean asked(int number) {
        return store.count(request -> request.startsWith("GET " + segment(number))) > 0;
    }

    @Test
    void anotherClustersDataDirectoryGetsNothingThatWasSpooledForTheFirst() throws Exception {
        bench.store(1, 3);
        try (WalRestorer restorer = bench.restorer(2, store)) {
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
            Path data = bench.cluster.root();
            Files.move(data, folder.resolve("before"));
            new Cluster(data, Cluster.OTHER_ID);
            assertThatThrownBy(() -> restorer.restore(segment(2), RECOVERY, () -> false))
                    .hasMessageContaining("belongs to the cluster");
            assertThat(bench.cluster.wal("RECOVERYXLOG")).doesNotExist();
            assertThat(bench.spooled()).isEmpty();
        }
    }

    @Test
    void aDataDirectoryThatWasRestoredAnewBeginsAnew() throws Exception {
        bench.store(1, 3);
        try (WalRestorer restorer = bench.restorer(2, store)) {
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
            Files.move(bench.cluster.root(), folder.resolve("before"));
            new Cluster(bench.cluster.root(), Cluster.ID).recover();
            store.requests();
            bench.restore(restorer, 2);
            assertThat(store.requests()).contains("GET " + segment(2) + ".zst");
        }
    }

    @Test
    void aSpoolOnAnotherFileSystemIsCopiedFrom() throws Exception {
        Path memory = Path.of("/dev/shm");
        assumeThat(memory).as("a second file system that anybody may write to").isDirectory();
        assumeThat(Files.getFileStore(memory)).isNotEqualTo(Files.getFileStore(folder));
        Path spool = Files.createTempDirectory(memory, "pgsidecar-spool");
        bench.store(1, 6);
        try (WalRestorer restorer =
                bench.restorer(new PrefetchSettings(2, spool, 1 << 30), PrefetchBench.PATIENT, store)) {
            for (int i = 1; i <= 6; i++) {
                bench.restore(restorer, i);
            }
            assertThat(status(restorer).handedOver()).isEqualTo(5);
            await(() -> status(restorer).segments() == 0);
            assertThat(spool).isEmptyDirectory();
        } finally {
            Files.delete(spool);
        }
    }

    @Test
    void neverHoldsMoreThanItMay() throws Exception {
        bench.store(1, 12);
        long two = 2 * Cluster.SEGMENT_SIZE + 1;
        try (WalRestorer restorer =
                bench.restorer(new PrefetchSettings(8, bench.spool, two), PrefetchBench.PATIENT, store)) {
            for (int i = 1; i <= 12; i++) {
                bench.restore(restorer, i);
                assertThat(status(restorer).bytes()).isLessThanOrEqualTo(two);
                assertThat(bench.spooled()).hasSizeLessThanOrEqualTo(2);
            }
            assertThat(status(restorer).handedOver()).isEqualTo(11);
        }
        try (WalRestorer none = bench.restorer(
                new PrefetchSettings(8, bench.spool, Cluster.SEGMENT_SIZE - 1), PrefetchBench.PATIENT, store)) {
            bench.restore(none, 1);
            assertThat(status(none).segments()).isZero();
            assertThat(status(none).problem()).isEmpty();
        }
    }

    @Test
    void asksOnlyRepositoriesThatDidNotFail() throws Exception {
        bench.store(1, 3);
        RecordingStore away = new RecordingStore(FilesystemStore.open(folder.resolve("away")));
        try (WalRestorer restorer = bench.restorer(2, away, store)) {
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
            bench.restore(restorer, 2);
            bench.restore(restorer, 3);
            assertThat(away.requests()).hasSize(1);
        }
    }

    @Test
    void whatIsStoredWithXzIsNotReadInParallelSinceTheHeapIsSmall() throws Exception {
        for (int i = 1; i <= 3; i++) {
            bench.cluster.store(bench.archive, segment(i), Compression.XZ);
        }
        bench.cluster.store(bench.archive, segment(4), Compression.ZSTD);
        bench.store(5, 5);
        try (WalRestorer restorer = bench.restorer(2, store)) {
            for (int i = 1; i <= 3; i++) {
                bench.restore(restorer, i);
                await(() -> status(restorer).segments() == 0);
            }
            assertThat(store.count(request -> request.equals("GET " + segment(3) + ".xz")))
                    .isOne();
            assertThat(status(restorer).handedOver()).isZero();
            bench.restore(restorer, 4);
            bench.awaitSpooled(restorer, 5);
        }
    }
}
