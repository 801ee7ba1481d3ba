package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalArchiver.Outcome;
import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What waits behind the file that PostgreSQL asks for is archived too; what goes wrong there is nobody's answer. */
@Timeout(120)
class LookAheadTest {

    private static final OptionalLong BY_HAND = OptionalLong.empty();

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore store;
    private Recording recording;

    /** Counts what is asked of a store by name, and does as a test says. */
    private static final class Recording extends ForwardingStore {
        final AtomicInteger calls = new AtomicInteger();
        final Set<String> asked = ConcurrentHashMap.newKeySet();
        volatile String hanging = "nothing";
        volatile boolean away;

        Recording(ObjectStore store) {
            super(store);
        }

        @Override
        ObjectStore target() {
            calls.incrementAndGet();
            return super.target();
        }

        @Override
        public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
            asked.add(stem.name());
            await(() -> !stem.name().equals(hanging));
            if (away) {
                calls.incrementAndGet();
                throw new ObjectStoreException(ObjectStoreException.Reason.UNAVAILABLE, "away", null);
            }
            return super.variants(stem, endings);
        }
    }

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
        recording = new Recording(store);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private static String segment(int n) {
        return "0000000100000000%08X".formatted(n);
    }

    private static String path(String name) {
        return "pg_wal/" + name;
    }

    private void write(int from, int to) throws IOException {
        for (int n = from; n <= to; n++) {
            cluster.write(segment(n));
        }
    }

    private boolean isStored(String name) {
        try {
            return store.stat(Cluster.key(name, Compression.ZSTD)).isPresent();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void whatWaitsBehindIsArchivedAndAnsweredWithoutTheRepository() throws Exception {
        write(1, 5);
        cluster.write(Cluster.HISTORY);
        try (WalArchiver archiver = cluster.archiver(recording, 2)) {
            archiver.archive(path(segment(1)), BY_HAND);
            // Two at a time: the last one may be stored before another one is.
            await(() -> IntStream.rangeClosed(2, 5).allMatch(n -> isStored(segment(n))) && isStored(Cluster.HISTORY));
            // The last one may not be acknowledged yet; the call for it then waits for that.
            archiver.archive(path(segment(5)), BY_HAND);
            int calls = recording.calls.get();
            for (String name : List.of(segment(2), segment(3), segment(4))) {
                assertThat(archiver.archive(path(name), BY_HAND)).isEqualTo(Outcome.STORED);
                assertThat(Cluster.stored(store, Cluster.key(name, Compression.ZSTD)))
                        .isEqualTo(cluster.content(name));
            }
            assertThat(recording.calls).hasValue(calls);
            // Whoever asks once more has a reason to.
            assertThat(archiver.archive(path(segment(2)), BY_HAND)).isEqualTo(Outcome.ALREADY_STORED);
            assertThat(recording.calls.get()).isGreaterThan(calls);
        }
    }

    @Test
    void withoutItNothingIsArchivedThatWasNotAskedFor() throws Exception {
        write(1, 3);
        try (WalArchiver archiver = cluster.archiver(recording, 0)) {
            archiver.archive(path(segment(1)), BY_HAND);
            assertThat(recording.asked).containsExactly(segment(1));
        }
    }

    @Test
    void itStaysNearSoThatALongBacklogIsNotAllRememberedAtOnce() throws Exception {
        write(1, 40);
        recording.hanging = segment(2);
        try (WalArchiver archiver = cluster.archiver(recording, 2);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            archiver.archive(path(segment(1)), BY_HAND);
            await(() -> isStored(segment(9)));
            // PostgreSQL has not gone on: two at a time, four of each in advance, and no more.
            Future<Outcome> call = executor.submit(() -> archiver.archive(path(segment(2)), BY_HAND));
            await(() -> isStored(segment(10)));
            assertThat(isStored(segment(12))).isFalse();
            recording.hanging = "nothing";
            assertThat(call.get()).isEqualTo(Outcome.STORED);
        }
    }

    @Test
    void aFileThatIsBeingArchivedAheadIsWaitedFor() throws Exception {
        write(1, 2);
        recording.hanging = segment(2);
        try (WalArchiver archiver = cluster.archiver(recording, 2);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            archiver.archive(path(segment(1)), BY_HAND);
            await(() -> recording.asked.contains(segment(2)));
            recording.asked.clear();
            Future<Outcome> call = executor.submit(() -> archiver.archive(path(segment(2)), BY_HAND));
            recording.hanging = "nothing";
            assertThat(call.get()).isEqualTo(Outcome.STORED);
            assertThat(recording.asked).isEmpty();
        }
    }

    @Test
    void aFileThatFailedAheadIsTriedAgainForWhoeverAsks() throws Exception {
        write(1, 2);
        recording.hanging = segment(2);
        try (WalArchiver archiver = cluster.archiver(recording, 1);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            archiver.archive(path(segment(1)), BY_HAND);
            await(() -> recording.asked.contains(segment(2)));
            Future<Outcome> call = executor.submit(() -> archiver.archive(path(segment(2)), BY_HAND));
            recording.away = true;
            recording.asked.clear();
            recording.hanging = "nothing";
            assertThatThrownBy(call::get).hasRootCauseMessage("away");
            assertThat(recording.asked).as("tried again").containsExactly(segment(2));
            recording.away = false;
            assertThat(archiver.archive(path(segment(2)), BY_HAND)).isEqualTo(Outcome.STORED);
        }
    }

    @Test
    void itRestsWhileTheRepositoryIsAwayAndGoesOnAfterASuccess() throws Exception {
        write(1, 6);
        try (WalArchiver archiver = cluster.archiver(recording, 2)) {
            archiver.archive(path(segment(1)), BY_HAND);
            await(() -> isStored(segment(6)));
            recording.away = true;
            write(7, 30);
            for (int i = 0; i < 20; i++) {
                WalArchiverTest.assertRefused(
                        Reason.REPOSITORY_UNAVAILABLE, () -> archiver.archive(path(segment(7)), BY_HAND));
            }
            // Those that were under way when the first one failed, and not two for each call.
            assertThat(recording.asked).doesNotContain(segment(12));
            recording.away = false;
            archiver.archive(path(segment(7)), BY_HAND);
            await(() -> isStored(segment(15)));
        }
    }

    @Test
    void aFileThatCannotBeArchivedIsLeftAloneUntilItIsAskedForAndThoseBehindItAreNot() throws Exception {
        write(1, 4);
        cluster.archiver(store).archive(path(segment(2)), BY_HAND);
        byte[] other = Cluster.segment(segment(2), Cluster.ID, 1);
        cluster.write(segment(2), other);
        cluster.write(segment(3), Cluster.segment(segment(3), Cluster.OTHER_ID, 0));
        try (WalArchiver archiver = cluster.archiver(recording, 1)) {
            archiver.archive(path(segment(1)), BY_HAND);
            // The other cluster's file stops it: the whole data directory may be another one.
            await(() -> recording.asked.contains(segment(2)));
            recording.asked.clear();
            for (int i = 0; i < 10; i++) {
                archiver.archive(path(segment(1)), BY_HAND);
            }
            assertThat(recording.asked).doesNotContain(segment(2));
            WalArchiverTest.assertRefused(Reason.CONFLICT, () -> archiver.archive(path(segment(2)), BY_HAND));
            WalArchiverTest.assertRefused(Reason.OTHER_CLUSTER, () -> archiver.archive(path(segment(3)), BY_HAND));
            assertThat(isStored(segment(3))).isFalse();
            archiver.archive(path(segment(4)), BY_HAND);
        }
    }

    @Test
    void aFileThatHasChangedSinceIsNotAnsweredByWhatWasArchivedAhead() throws Exception {
        write(1, 2);
        try (WalArchiver archiver = cluster.archiver(recording, 1)) {
            archiver.archive(path(segment(1)), BY_HAND);
            await(() -> isStored(segment(2)));
            // As pg_rewind does: the name stays, the content is another timeline's.
            cluster.write(segment(2), Cluster.segment(segment(2), Cluster.ID, 1));
            WalArchiverTest.assertRefused(Reason.CONFLICT, () -> archiver.archive(path(segment(2)), BY_HAND));
        }
    }

    @Test
    void filesThatVanishAreNobodysTrouble() throws Exception {
        write(1, 5);
        for (int n = 2; n <= 3; n++) {
            Files.delete(cluster.wal(segment(n)));
        }
        try (WalArchiver archiver = cluster.archiver(recording, 2)) {
            archiver.archive(path(segment(1)), BY_HAND);
            await(() -> isStored(segment(4)) && isStored(segment(5)));
            assertThat(recording.asked).containsExactlyInAnyOrder(segment(1), segment(4), segment(5));
        }
    }

    @Test
    void aFileThatIsOverwrittenWhileItIsReadIsNotStored() throws Exception {
        write(1, 1);
        ObjectStore overwriting = new ForwardingStore(store) {
            @Override
            public ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException {
                cluster.write(segment(1), Cluster.segment(segment(1), Cluster.ID, 1));
                return super.newWriter(key, mode);
            }
        };
        assertThatThrownBy(() -> cluster.archiver(overwriting).archive(path(segment(1)), BY_HAND))
                .isInstanceOf(WalException.class)
                .hasMessageContaining("it changed while it was read");
        assertThat(isStored(segment(1))).isFalse();
    }

    @Test
    void toCloseStopsItAlsoWhenAStoreHangs() throws Exception {
        write(1, 3);
        ForwardingStore hanging = new ForwardingStore(store) {
            @Override
            public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
                if (!stem.name().equals(segment(1))) {
                    recording.asked.add(stem.name());
                    try {
                        Thread.sleep(Long.MAX_VALUE);
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                }
                return super.variants(stem, endings);
            }
        };
        WalArchiver archiver = cluster.archiver(hanging, 2);
        archiver.archive(path(segment(1)), BY_HAND);
        await(() -> recording.asked.size() == 2);
        archiver.close();
        assertThat(isStored(segment(2))).isFalse();
    }
}
