package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.WalArchiverTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.CompressedSamples;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.FaultyStore.Fault;
import io.pgsidecar.archive.wal.WalException.Reason;
import io.pgsidecar.archive.wal.WalRestorer.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The restorer and a store that fails or hangs; requests that are given up; objects that never end. */
@Timeout(120)
class WalRestorerFaultsTest {

    private static final ObjectKey KEY = Cluster.key(Cluster.SEGMENT, Compression.ZSTD);
    private static final String RECOVERY = "pg_wal/RECOVERYXLOG";

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore store;

    @BeforeEach
    void create() throws Exception {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
        new RepositoryOwner("r1", store, Cluster.LAYOUT).claim(Cluster.ID, Cluster.SEGMENT_SIZE);
    }

    private void store(String name) throws IOException {
        Cluster.put(
                store,
                Cluster.key(name, Compression.ZSTD),
                CompressedSamples.compressed(Compression.ZSTD, cluster.content(name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {Cluster.SEGMENT, Cluster.HISTORY})
    void whicheverCallFailsTheAnswerIsNeverAbsent(String name) throws Exception {
        for (boolean present : new boolean[] {true, false}) {
            if (present) {
                store(name);
            } else {
                store.delete(List.of(Cluster.key(name, Compression.ZSTD)));
            }
            FaultyStore counting = FaultyStore.counting(store);
            assertThat(cluster.restore(name, counting)).isEqualTo(present ? Outcome.RESTORED : Outcome.ABSENT);
            for (ObjectStoreException.Reason reason : List.of(
                    ObjectStoreException.Reason.UNAVAILABLE,
                    ObjectStoreException.Reason.DENIED,
                    ObjectStoreException.Reason.OTHER)) {
                for (Fault fault : Fault.values()) {
                    for (int n = 1; n <= counting.calls(); n++) {
                        Files.deleteIfExists(cluster.wal("RECOVERYXLOG"));
                        FaultyStore faulty = new FaultyStore(store, n, reason, fault);
                        assertThatThrownBy(
                                        () -> cluster.restore(name, faulty),
                                        "%s, %s, call %d of %d".formatted(reason, fault, n, counting.calls()))
                                .isInstanceOfSatisfying(
                                        WalException.class,
                                        e -> assertThat(e.reason()).isNotEqualTo(Reason.CORRUPT));
                        assertThat(cluster.root().resolve("pg_wal").toFile().list())
                                .containsExactly("archive_status");
                    }
                }
            }
        }
    }

    /** The same for a repository without a marker, where a segment has to tell whose it is. */
    @Test
    void whicheverCallFailsWithoutAMarkerTheAnswerIsNeverAbsent() throws Exception {
        store.delete(List.of(Cluster.LAYOUT.marker()));
        store(Cluster.NEXT_SEGMENT);
        FaultyStore counting = FaultyStore.counting(store);
        assertThat(cluster.restore(Cluster.SEGMENT, counting)).isEqualTo(Outcome.ABSENT);
        for (int n = 1; n <= counting.calls(); n++) {
            for (Fault fault : Fault.values()) {
                FaultyStore faulty = new FaultyStore(store, n, ObjectStoreException.Reason.UNAVAILABLE, fault);
                assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> cluster.restore(Cluster.SEGMENT, faulty));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ObjectStoreException.Reason.class,
            names = {"UNAVAILABLE", "DENIED"})
    void whatMayPassIsTriedAgainForAWhile(ObjectStoreException.Reason reason) throws Exception {
        store(Cluster.SEGMENT);
        for (int n = 1; n <= 2; n++) {
            FaultyStore faulty = new FaultyStore(store, n, reason, Fault.BEFORE);
            WalRestorer patient =
                    new WalRestorer(cluster.data(), List.of(Cluster.repository(faulty)), Duration.ofMinutes(1));
            assertThat(patient.restore(Cluster.SEGMENT, RECOVERY, () -> false)).isEqualTo(Outcome.RESTORED);
        }
    }

    @Test
    void theRetryEndsWithTheBudgetAndSaysWhy() {
        ObjectStore away = FilesystemStore.open(folder.resolve("absent"));
        WalRestorer restorer =
                new WalRestorer(cluster.data(), List.of(Cluster.repository(away)), Duration.ofMillis(300));
        long began = System.nanoTime();
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> restorer.restore(Cluster.SEGMENT, RECOVERY, () -> false));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }

    /** Without an end of its own this test would take a day. */
    @Test
    void aStandbyIsNotKeptWaitingForLongSinceItMayHaveToBePromoted() throws Exception {
        Files.createFile(cluster.root().resolve("standby.signal"));
        ObjectStore away = FilesystemStore.open(folder.resolve("absent"));
        WalRestorer restorer = new WalRestorer(cluster.data(), List.of(Cluster.repository(away)), Duration.ofDays(1));
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> restorer.restore(Cluster.SEGMENT, RECOVERY, () -> false));
    }

    @Test
    void nobodyWaitsSoNobodyTriesAgain() {
        ObjectStore away = FilesystemStore.open(folder.resolve("absent"));
        WalRestorer restorer = new WalRestorer(cluster.data(), List.of(Cluster.repository(away)), Duration.ofDays(1));
        AtomicInteger asked = new AtomicInteger();
        assertRefused(
                Reason.REPOSITORY_UNAVAILABLE,
                () -> restorer.restore(Cluster.SEGMENT, RECOVERY, () -> asked.incrementAndGet() > 1));
    }

    @Test
    void anInterruptedRetryEnds() throws Exception {
        ObjectStore away = FilesystemStore.open(folder.resolve("absent"));
        WalRestorer restorer = new WalRestorer(cluster.data(), List.of(Cluster.repository(away)), Duration.ofDays(1));
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Outcome> call = executor.submit(() -> {
                thread.complete(Thread.currentThread());
                return restorer.restore(Cluster.SEGMENT, RECOVERY, () -> false);
            });
            thread.get().interrupt();
            assertThatThrownBy(call::get).hasCauseInstanceOf(InterruptedException.class);
        }
    }

    /**
     * PostgreSQL gave up on the first request and asked for the next segment, which is in place. The first one's segment
     * in its stead would be taken for the end of WAL.
     */
    @Test
    void aRequestThatWasGivenUpNeverReplacesWhatALaterOneHasPutInPlace() throws Exception {
        store(Cluster.SEGMENT);
        store(Cluster.NEXT_SEGMENT);
        for (boolean toldOfIt : new boolean[] {true, false}) {
            BlockingStore slow = new BlockingStore(store);
            // One restorer; the store of its first request hangs.
            AtomicBoolean first = new AtomicBoolean(true);
            ObjectStore sometimesSlow = new ForwardingStore(store) {
                @Override
                public InputStream open(ObjectKey key, long offset) throws IOException {
                    return key.equals(KEY) && first.get() ? slow.open(key, offset) : super.open(key, offset);
                }
            };
            WalRestorer restorer = cluster.restorer(sometimesSlow);
            AtomicBoolean abandoned = new AtomicBoolean();
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Outcome> late =
                        executor.submit(() -> restorer.restore(Cluster.SEGMENT, RECOVERY, abandoned::get));
                slow.awaitBlocked();
                abandoned.set(toldOfIt);
                assertThat(restorer.restore(Cluster.NEXT_SEGMENT, RECOVERY, () -> false))
                        .isEqualTo(Outcome.RESTORED);
                slow.release();
                assertThatThrownBy(late::get)
                        .hasCauseInstanceOf(WalException.class)
                        .hasMessageContaining("given up");
            }
            assertThat(cluster.wal("RECOVERYXLOG")).hasBinaryContent(cluster.content(Cluster.NEXT_SEGMENT));
            assertThat(cluster.root().resolve("pg_wal").toFile().list())
                    .containsExactlyInAnyOrder("archive_status", "RECOVERYXLOG");
            first.set(false);
            assertThat(restorer.restore(Cluster.SEGMENT, RECOVERY, () -> false)).isEqualTo(Outcome.RESTORED);
            assertThat(cluster.wal("RECOVERYXLOG")).hasBinaryContent(cluster.content(Cluster.SEGMENT));
        }
    }

    @Test
    void aRequestWhoseCallerHasGonePutsNothingInPlace() throws Exception {
        store(Cluster.SEGMENT);
        assertRefused(Reason.FAILED, () -> cluster.restorer(store).restore(Cluster.SEGMENT, RECOVERY, () -> true));
        assertThat(cluster.wal("RECOVERYXLOG")).doesNotExist();
    }

    /** Its header says 1 MB: no more than that may go to the disk that PostgreSQL writes to. */
    @Test
    void anObjectThatNeverEndsDoesNotFillTheDisk() throws Exception {
        ObjectKey plain = Cluster.key(Cluster.SEGMENT, Compression.NONE);
        Cluster.put(store, plain, cluster.content(Cluster.SEGMENT));
        AtomicInteger read = new AtomicInteger();
        ObjectStore endless = new ForwardingStore(store) {
            @Override
            public InputStream open(ObjectKey key, long offset) throws IOException {
                return key.equals(plain) ? new EndlessInput(super.open(key, offset), read) : super.open(key, offset);
            }
        };
        assertRefused(Reason.CORRUPT, () -> cluster.restore(Cluster.SEGMENT, endless));
        assertThat(read.get()).isLessThan(3 * Cluster.SEGMENT_SIZE);
        assertThat(cluster.root().resolve("pg_wal").toFile().list()).containsExactly("archive_status");
    }

    private static final class EndlessInput extends InputStream {
        private final InputStream start;
        private final AtomicInteger read;

        EndlessInput(InputStream start, AtomicInteger read) {
            this.start = start;
            this.read = read;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = start.read(bytes, offset, length);
            int given = n < 0 ? length : n;
            read.addAndGet(given);
            return given;
        }

        @Override
        public void close() throws IOException {
            start.close();
        }
    }
}
