package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.PrefetchBench.RECOVERY;
import static io.pgsidecar.archive.wal.PrefetchBench.await;
import static io.pgsidecar.archive.wal.PrefetchBench.segment;
import static io.pgsidecar.archive.wal.PrefetchBench.status;
import static io.pgsidecar.archive.wal.WalArchiverTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.wal.WalException.Reason;
import io.pgsidecar.archive.wal.WalRestorer.Outcome;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A prefetch that fails, hangs or brings rubbish: the request then asks by itself. */
@Timeout(120)
class PrefetcherFaultsTest {

    private static final Prefetcher.Bounds IMPATIENT = new Prefetcher.Bounds(
            Duration.ofMillis(200), Duration.ofMinutes(1), Duration.ofMillis(20), Duration.ofMillis(200));

    @TempDir
    private Path folder;

    private PrefetchBench bench;
    private RecordingStore store;

    @BeforeEach
    void create() throws Exception {
        bench = new PrefetchBench(folder);
        bench.store(1, 6);
        store = new RecordingStore(bench.archive);
    }

    /** A store in which the first look for the second segment meets something. */
    private ObjectStore whereThePrefetchMeets(IoStep step) {
        AtomicBoolean met = new AtomicBoolean();
        return new ForwardingStore(store) {
            @Override
            public InputStream open(ObjectKey key, long offset) throws IOException {
                InputStream in = super.open(key, offset);
                return key.name().startsWith(segment(2)) && !met.getAndSet(true) ? step.apply(in) : in;
            }
        };
    }

    @FunctionalInterface
    private interface IoStep {
        InputStream apply(InputStream in) throws IOException;
    }

    @Test
    void aRequestWaitsForItsSegmentThatIsOnItsWay() throws Exception {
        CountDownLatch opened = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ObjectStore slow = whereThePrefetchMeets(in -> {
            opened.countDown();
            awaitQuietly(go);
            return in;
        });
        try (WalRestorer restorer = bench.restorer(1, slow);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            bench.restore(restorer, 1);
            opened.await();
            CountDownLatch waits = new CountDownLatch(2);
            Future<Outcome> earlier = executor.submit(() -> restorer.restore(segment(2), RECOVERY, waiting(waits)));
            await(() -> waits.getCount() == 1);
            // PostgreSQL gave up and asks again: both wait for one download, and the later one gets it.
            Future<Outcome> later = executor.submit(() -> restorer.restore(segment(2), RECOVERY, waiting(waits)));
            waits.await();
            assertThatThrownBy(earlier::get).hasMessageContaining("given up");
            go.countDown();
            assertThat(later.get()).isEqualTo(Outcome.RESTORED);
            assertThat(bench.cluster.wal("RECOVERYXLOG")).hasBinaryContent(bench.cluster.content(segment(2)));
            assertThat(store.count(request -> request.equals("GET " + segment(2) + ".zst")))
                    .isOne();
        }
    }

    @Test
    void aPrefetchThatHangsIsNotWaitedForAndDoesNotKeepTheAgentFromEnding() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        ObjectStore hangs = whereThePrefetchMeets(in -> {
            awaitQuietly(never);
            return in;
        });
        WalRestorer restorer = bench.restorer(new PrefetchSettings(1, bench.spool, 1 << 30), IMPATIENT, hangs);
        try (restorer) {
            bench.restore(restorer, 1);
            bench.restore(restorer, 2);
            assertThat(status(restorer).handedOver()).isZero();
            // Its connection is still taken: no more of them than allowed.
            bench.restore(restorer, 3);
            assertThat(status(restorer).segments()).isZero();
        }
        never.countDown();
        await(() -> status(restorer).bytes() == 0);
        assertThat(bench.spooled()).isEmpty();
    }

    @Test
    void aPrefetchThatFailsIsNoError() throws Exception {
        for (ObjectStoreException.Reason reason : ObjectStoreException.Reason.values()) {
            ObjectStore fails = whereThePrefetchMeets(in -> {
                in.close();
                throw new ObjectStoreException(reason, "not now", null);
            });
            try (WalRestorer restorer = bench.restorer(2, fails)) {
                bench.restore(restorer, 1);
                await(() -> status(restorer).segments() == 0);
                bench.restore(restorer, 2);
                bench.restore(restorer, 3);
                assertThat(status(restorer).problem()).isEmpty();
            }
        }
    }

    @Test
    void aPrefetchThatIsCutOffOrDamagedOnTheWayIsNotUsed() throws Exception {
        for (boolean cut : new boolean[] {true, false}) {
            ObjectStore lies = whereThePrefetchMeets(in -> new FilterInputStream(in) {
                private long seen;

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    int n = super.read(bytes, offset, length);
                    seen += n;
                    if (seen > Cluster.SEGMENT_SIZE / 2) {
                        if (cut) {
                            return -1;
                        }
                        bytes[offset] ^= 1;
                    }
                    return n;
                }
            });
            try (WalRestorer restorer = bench.restorer(2, lies)) {
                bench.restore(restorer, 1);
                await(() -> status(restorer).segments() == 0);
                assertThat(bench.spooled()).isEmpty();
                bench.restore(restorer, 2);
            }
        }
    }

    @Test
    void whatIsDamagedInTheArchiveIsAnErrorOfTheRequestAlone() throws Exception {
        Cluster.put(bench.archive, Cluster.key(segment(2), Compression.ZSTD), new byte[100]);
        try (WalRestorer restorer = bench.restorer(2, store)) {
            bench.restore(restorer, 1);
            await(() -> status(restorer).segments() == 0);
            assertRefused(Reason.CORRUPT, () -> restorer.restore(segment(2), RECOVERY, () -> false));
            assertThat(bench.cluster.wal("RECOVERYXLOG")).hasBinaryContent(bench.cluster.content(segment(1)));
        }
    }

    @Test
    void aRequestThatWasGivenUpPutsNothingInPlaceAndLeavesTheSegmentToTheNext() throws Exception {
        try (WalRestorer restorer = bench.restorer(1, store)) {
            bench.restore(restorer, 1);
            bench.awaitSpooled(restorer, 2);
            assertRefused(Reason.FAILED, () -> restorer.restore(segment(2), RECOVERY, () -> true));
            assertThat(bench.cluster.wal("RECOVERYXLOG")).hasBinaryContent(bench.cluster.content(segment(1)));
            bench.restore(restorer, 2);
            assertThat(status(restorer).handedOver()).isOne();
        }
    }

    @Test
    void theEndStopsWhatIsUnderWayAndEmptiesTheSpool() throws Exception {
        CountDownLatch opened = new CountDownLatch(1);
        ObjectStore slow = whereThePrefetchMeets(in -> {
            opened.countDown();
            return new FilterInputStream(in) {
                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    try {
                        Thread.sleep(Duration.ofMillis(20)); // A store that trickles, and can be interrupted.
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    return super.read(bytes, offset, Math.min(length, 100));
                }
            };
        });
        WalRestorer restorer = bench.restorer(1, slow);
        bench.restore(restorer, 1);
        opened.await();
        restorer.close();
        assertThat(status(restorer).segments()).isZero();
        assertThat(status(restorer).bytes()).isZero();
        assertThat(bench.spooled()).isEmpty();
        // A request that comes all the same is served, and begins nothing.
        bench.restore(restorer, 3);
        assertThat(status(restorer).segments()).isZero();
    }

    /** Two timelines, a store that fails a fifth of its calls: what is handed over is right, what is said is true. */
    @Test
    void randomRecoveriesGetWhatWasArchivedAndNeverAFalseAbsent() throws Exception {
        long seed = Long.getLong("pgsidecar.seed", System.nanoTime());
        Random random = new Random(seed);
        System.out.println("PrefetcherFaultsTest: -Dpgsidecar.seed=" + seed);
        bench.store(7, 12);
        for (int i = 8; i <= 14; i++) {
            bench.cluster.store(bench.archive, segment(2, i), i % 2 == 0 ? Compression.GZIP : Compression.ZSTD);
        }
        AtomicInteger failed = new AtomicInteger();
        ObjectStore flaky = new ForwardingStore(store) {
            @Override
            ObjectStore target() {
                synchronized (random) {
                    if (random.nextInt(5) > 0) {
                        return super.target();
                    }
                }
                failed.incrementAndGet();
                return new FaultyStore(
                        super.target(), 1, ObjectStoreException.Reason.UNAVAILABLE, FaultyStore.Fault.BEFORE);
            }
        };
        try (WalRestorer restorer = bench.restorer(4, flaky)) {
            for (int round = 0; round < 5; round++) {
                int number = 1 + random.nextInt(5);
                int timeline = 1;
                while (number <= 15) {
                    timeline = number >= 8 ? 2 : timeline;
                    String name = segment(timeline, number);
                    boolean archived = number <= 14;
                    try {
                        Outcome outcome = restorer.restore(name, RECOVERY, () -> false);
                        assertThat(outcome).as(name).isEqualTo(archived ? Outcome.RESTORED : Outcome.ABSENT);
                        if (archived) {
                            assertThat(bench.cluster.wal("RECOVERYXLOG"))
                                    .as(name)
                                    .hasBinaryContent(bench.cluster.content(name));
                        }
                        number++;
                    } catch (WalException e) {
                        assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.REPOSITORY_UNAVAILABLE);
                    }
                }
            }
            assertThat(failed).hasPositiveValue();
        }
        assertThat(bench.spooled()).isEmpty();
    }

    /** A caller that is told of when it is first asked whether it still waits. */
    private static BooleanSupplier waiting(CountDownLatch waits) {
        AtomicBoolean asked = new AtomicBoolean();
        return () -> {
            if (!asked.getAndSet(true)) {
                waits.countDown();
            }
            return false;
        };
    }

    /** As a store that knows no interruption. */
    private static void awaitQuietly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
