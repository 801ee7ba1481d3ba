package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.FaultyStore.Fault;
import io.pgsidecar.archive.wal.WalArchiver.Outcome;
import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The archiver and a store that fails, hangs or loses answers; and several callers at once. */
@Timeout(120)
class WalArchiverFaultsTest {

    private static final String PATH = "pg_wal/" + Cluster.SEGMENT;
    private static final ObjectKey KEY = Cluster.key(Cluster.SEGMENT, Compression.ZSTD);

    @TempDir
    private Path folder;

    private Cluster cluster;

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        cluster.write(Cluster.SEGMENT);
        cluster.write(Cluster.HISTORY);
    }

    private ObjectStore newStore(String name) throws IOException {
        return FilesystemStore.open(Files.createDirectory(folder.resolve(name)));
    }

    @ParameterizedTest
    @CsvSource({
        "UNAVAILABLE, REPOSITORY_UNAVAILABLE",
        "DENIED, REPOSITORY_DENIED",
        "OTHER, FAILED",
    })
    void whicheverCallFailsTheNextTryStoresTheRightContent(ObjectStoreException.Reason thrown, Reason expected)
            throws Exception {
        for (String name : List.of(Cluster.SEGMENT, Cluster.HISTORY)) {
            FaultyStore counting = FaultyStore.counting(newStore("counted" + name));
            cluster.archiver(counting).archive("pg_wal/" + name, OptionalLong.empty());
            assertThat(counting.calls()).isGreaterThan(8);
            for (Fault fault : Fault.values()) {
                for (int n = 1; n <= counting.calls(); n++) {
                    ObjectStore sound = newStore(name + fault + n);
                    WalArchiver archiver = cluster.archiver(new FaultyStore(sound, n, thrown, fault));
                    String what = "%s, call %d of %d, %s".formatted(name, n, counting.calls(), fault);
                    assertThatThrownBy(() -> archiver.archive("pg_wal/" + name, OptionalLong.empty()), what)
                            .isInstanceOfSatisfying(
                                    WalException.class,
                                    e -> assertThat(e.reason()).isEqualTo(expected))
                            .hasMessageContaining("\"r1\"");
                    // The same agent goes on, or another one after a restart.
                    WalArchiver next = n % 2 == 0 ? archiver : cluster.archiver(sound);
                    next.archive("pg_wal/" + name, OptionalLong.empty());
                    assertThat(Cluster.stored(sound, Cluster.key(name, Compression.ZSTD)))
                            .as(what)
                            .isEqualTo(cluster.content(name));
                    assertThat(folder.resolve(name + fault + n).resolve(".pgsidecar-tmp"))
                            .as(what)
                            .isEmptyDirectory();
                }
            }
        }
    }

    @Test
    void whicheverCallFailsWhenItIsStoredAlreadyItStaysAsItIs() throws Exception {
        ObjectStore store = newStore("repository");
        cluster.archiver(store).archive(PATH, OptionalLong.empty());
        byte[] before = Cluster.raw(store, KEY);
        FaultyStore counting = FaultyStore.counting(store);
        assertThat(cluster.archiver(counting).archive(PATH, OptionalLong.empty()))
                .isEqualTo(Outcome.ALREADY_STORED);
        for (int n = 1; n <= counting.calls(); n++) {
            FaultyStore faulty = new FaultyStore(store, n, ObjectStoreException.Reason.UNAVAILABLE, Fault.BEFORE);
            WalArchiverTest.assertRefused(
                    Reason.REPOSITORY_UNAVAILABLE,
                    () -> cluster.archiver(faulty).archive(PATH, OptionalLong.empty()));
            assertThat(Cluster.raw(store, KEY)).isEqualTo(before);
        }
    }

    @Test
    void callsForTheSameFileShareOneStore() throws Exception {
        FaultyStore alone = FaultyStore.counting(newStore("alone"));
        cluster.archiver(alone).archive(PATH, OptionalLong.empty());

        FaultyStore counting = FaultyStore.counting(newStore("repository"));
        BlockingStore store = new BlockingStore(counting);
        WalArchiver archiver = cluster.archiver(store);
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Outcome>> calls = new ArrayList<>();
            CountDownLatch started = new CountDownLatch(8);
            for (int i = 0; i < 8; i++) {
                calls.add(executor.submit(() -> {
                    threads.add(Thread.currentThread());
                    started.countDown();
                    return archiver.archive(PATH, OptionalLong.empty());
                }));
            }
            started.await();
            store.awaitBlocked();
            // All but the one in the store wait for it.
            while (threads.stream().anyMatch(t -> t.getState() != Thread.State.WAITING)) {
                Thread.onSpinWait();
            }
            store.release();
            for (Future<Outcome> call : calls) {
                assertThat(call.get()).isEqualTo(Outcome.STORED);
            }
        }
        assertThat(counting.calls()).isEqualTo(alone.calls());
    }

    /** The one that works is told to stop; the others were not, and must get an answer of their own. */
    @Test
    void anInterruptedCallDoesNotFailThoseThatWaitForIt() throws Exception {
        ObjectStore sound = newStore("repository");
        BlockingStore store = new BlockingStore(sound);
        WalArchiver archiver = cluster.archiver(store);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<Thread> working = new CompletableFuture<>();
            CompletableFuture<Thread> waiting = new CompletableFuture<>();
            Future<Outcome> first = executor.submit(() -> {
                working.complete(Thread.currentThread());
                return archiver.archive(PATH, OptionalLong.empty());
            });
            store.awaitBlocked();
            Future<Outcome> second = executor.submit(() -> {
                waiting.complete(Thread.currentThread());
                return archiver.archive(PATH, OptionalLong.empty());
            });
            awaitWaiting(waiting.get());
            working.get().interrupt();
            store.release();
            assertThatThrownBy(first::get).hasCauseInstanceOf(Exception.class);
            assertThat(second.get()).isEqualTo(Outcome.STORED);
        }
        assertThat(Cluster.stored(sound, KEY)).isEqualTo(cluster.content(Cluster.SEGMENT));
    }

    @Test
    void aThreadThatIsInterruptedStoresNothingHalf() throws Exception {
        ObjectStore store = newStore("repository");
        WalArchiver archiver = cluster.archiver(store);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> archiver.archive(PATH, OptionalLong.empty()))
                    .isInstanceOfAny(InterruptedException.class, WalException.class);
        } finally {
            boolean ignored = Thread.interrupted();
        }
        assertThat(store.stat(KEY)).isEmpty();
        assertThat(archiver.archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.STORED);
    }

    private static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }
}
