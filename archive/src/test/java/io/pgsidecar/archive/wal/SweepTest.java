package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.SwitchedStore.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What PostgreSQL has left waiting when it exited. */
@Timeout(120)
class SweepTest {

    private static final OptionalLong BY_HAND = OptionalLong.empty();
    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore sound;
    private SwitchedStore store;

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        sound = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
        store = new SwitchedStore(sound);
        for (int n = 1; n <= 5; n++) {
            cluster.write(segment(n));
        }
        cluster.write(Cluster.HISTORY);
    }

    private static String segment(int n) {
        return "0000000100000000%08X".formatted(n);
    }

    private void assertStored(String name) throws IOException {
        assertThat(Cluster.stored(sound, Cluster.key(name, Compression.ZSTD)))
                .as(name)
                .isEqualTo(cluster.content(name));
    }

    /** An archiver that PostgreSQL has asked for its first segment. */
    private WalArchiver asked(int lookAhead) throws Exception {
        WalArchiver archiver = cluster.archiver(store, lookAhead);
        archiver.archive("pg_wal/" + segment(1), BY_HAND);
        return archiver;
    }

    @Test
    void archivesAllThatWaitsHistoriesFirstAndChangesNoMark() throws Exception {
        try (WalArchiver archiver = asked(0)) {
            SweepReport report = archiver.sweep(LONG).orElseThrow();
            assertThat(report.archived()).isEqualTo(5);
            assertThat(report.archivedNames())
                    .containsExactly(Cluster.HISTORY, segment(2), segment(3), segment(4), segment(5));
            assertThat(report.left()).isZero();
            assertThat(report.leftNames()).isEmpty();
            for (int n = 1; n <= 5; n++) {
                assertStored(segment(n));
                assertThat(cluster.wal("archive_status/" + segment(n) + ".ready"))
                        .exists();
            }
            assertStored(Cluster.HISTORY);
            assertThat(archiver.sweep(LONG)).contains(new SweepReport(0, List.of(), 0, List.of()));
        }
    }

    @Test
    void severalAtATimeFindTheSame() throws Exception {
        try (WalArchiver archiver = asked(3)) {
            SweepReport report = archiver.sweep(LONG).orElseThrow();
            assertThat(report.left()).isZero();
            for (int n = 1; n <= 5; n++) {
                assertStored(segment(n));
            }
        }
    }

    /** In a copy of the data directory, whose archive_command was emptied, everything waits for ever. */
    @Test
    void wherePostgresNeverAskedNothingIsArchived() throws Exception {
        try (WalArchiver archiver = cluster.archiver(store, 2)) {
            assertThat(archiver.sweep(LONG)).isEmpty();
            assertThat(store.written()).isEmpty();
        }
    }

    @Test
    void whatCannotBeArchivedIsNamedAndDoesNotStopTheOthers() throws Exception {
        cluster.write(segment(3), new byte[10]);
        try (WalArchiver archiver = asked(0)) {
            SweepReport report = archiver.sweep(LONG).orElseThrow();
            assertThat(report.archived()).isEqualTo(4);
            assertThat(report.left()).isEqualTo(1);
            assertThat(report.leftNames()).containsExactly(segment(3));
            assertStored(segment(5));
        }
    }

    @Test
    void whileTheRepositoryIsAwayItIsTriedAgainWithinTheTime() throws Exception {
        try (WalArchiver archiver = asked(0)) {
            store.become(Mode.AWAY);
            Thread back = Thread.startVirtualThread(() -> store.become(Mode.WELL));
            assertThat(archiver.sweep(LONG).orElseThrow().left()).isZero();
            back.join();
            assertStored(segment(5));
        }
    }

    @Test
    void whenTheTimeIsUpItEndsAlsoIfTheRepositoryHangs() throws Exception {
        for (Mode mode : new Mode[] {Mode.AWAY, Mode.HANGING}) {
            store.become(Mode.WELL);
            try (WalArchiver archiver = asked(0)) {
                store.become(mode);
                SweepReport report = archiver.sweep(Duration.ofMillis(50)).orElseThrow();
                assertThat(report.archived()).isZero();
                assertThat(report.left()).isEqualTo(5);
                assertThat(report.leftNames()).contains(Cluster.HISTORY);
            }
        }
    }
}
