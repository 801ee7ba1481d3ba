package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the segments that recovery will ask for next, while PostgreSQL replays. It only ever spares a request its
 * wait: what it did not find, could not fetch or may not use any more, the request asks for itself, with all the rules.
 * That a segment was absent is forgotten at once.
 *
 * <p>What is spooled belongs to one system identifier, one data directory and one timeline, and follows the segment
 * that was asked for last. Safe for several threads.
 */
final class Prefetcher implements AutoCloseable {

    /**
     * Bounds of time.
     *
     * @param stalledAfter a download in which nothing comes in for so long is not waited for any more
     * @param idleAfter a recovery that has asked for nothing for so long is over, or paused
     * @param look how often it is looked whether the recovery is over
     * @param close how long the end waits for downloads
     */
    record Bounds(Duration stalledAfter, Duration idleAfter, Duration look, Duration close) {
        static final Bounds DEFAULT =
                new Bounds(Duration.ofSeconds(3), Duration.ofMinutes(5), Duration.ofSeconds(5), Duration.ofSeconds(5));
    }

    /** Whose segments they are. */
    private record Identity(long systemIdentifier, String directory) {}

    private static final Logger log = LoggerFactory.getLogger(Prefetcher.class);

    private final DataDirectory data;
    private final WalSources sources;
    private final int max;
    private final long spoolBytes;
    private final Bounds bounds;
    private final Spool spool;
    private final Semaphore downloads;
    private final LongAdder handedOver = new LongAdder();

    // Guarded by this.
    private final Map<WalSegmentName, SpooledSegment> segments = new TreeMap<>();
    private @Nullable Identity identity;
    private int window;
    private long held;
    private long lastRequest;
    private boolean closed;
    private @Nullable Thread watch;

    /** @throws IllegalArgumentException if the spool lies in the data directory */
    Prefetcher(DataDirectory data, WalSources sources, PrefetchSettings settings, Bounds bounds) {
        this.data = data;
        this.sources = sources;
        this.max = settings.segments();
        this.spoolBytes = settings.spoolBytes();
        this.bounds = bounds;
        this.spool = new Spool(settings.spool(), data);
        this.downloads = new Semaphore(max);
    }

    /**
     * Hands a segment over if it is spooled, or on its way.
     *
     * @return its size in bytes, when it is in place; empty if it has to be asked for
     * @throws WalException {@code FAILED} if nobody waits for it any more
     */
    OptionalLong take(WalSegmentName name, long systemIdentifier, Destinations.Claim claim)
            throws WalException, InterruptedException {
        SpooledSegment segment = find(name, systemIdentifier);
        if (segment == null) {
            return OptionalLong.empty();
        }
        boolean whole = segment.await(bounds.stalledAfter(), claim::isCurrent);
        if (!claim.isCurrent()) {
            throw claim.givenUp(); // It stays for the request that came after.
        }
        synchronized (this) {
            if (!segments.remove(name, segment)) {
                return OptionalLong.empty();
            }
        }
        try {
            if (!whole) {
                return OptionalLong.empty();
            }
            spool.handOver(segment, systemIdentifier, claim);
            handedOver.increment();
            return OptionalLong.of(segment.size());
        } catch (IOException | WalException e) {
            if (e instanceof WalException failure && !claim.isCurrent()) {
                throw failure;
            }
            log.atDebug().addKeyValue("file", name).log("Not taken from the spool: {}", e.toString());
            return OptionalLong.empty();
        } finally {
            discard(List.of(segment));
        }
    }

    /** The spooled segment of the name; whatever the request shows to be of no use any more goes. */
    private @Nullable SpooledSegment find(WalSegmentName name, long systemIdentifier) {
        Identity now = identity(systemIdentifier);
        List<SpooledSegment> useless = new ArrayList<>();
        @Nullable SpooledSegment found;
        synchronized (this) {
            lastRequest = System.nanoTime();
            for (SpooledSegment segment : segments.values()) {
                if (now == null
                        || !now.equals(identity)
                        || !PrefetchPlan.keeps(segment.name(), name, segment.size(), max)) {
                    useless.add(segment);
                }
            }
            useless.forEach(segment -> segments.remove(segment.name()));
            found = segments.get(name);
        }
        discard(useless);
        return found;
    }

    private @Nullable Identity identity(long systemIdentifier) {
        try {
            return new Identity(systemIdentifier, data.identity());
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Looks ahead of a segment that recovery was given.
     *
     * @param prefetched whether it came from the spool
     */
    void restored(WalSegmentName name, long segmentSize, long systemIdentifier, boolean prefetched) {
        Identity now = identity(systemIdentifier);
        if (max == 0 || now == null || !data.isRecovering() || !spool.open()) {
            return;
        }
        long free;
        boolean durable;
        try {
            free = spool.free();
            durable = spool.sharesFileSystem();
        } catch (IOException e) {
            spool.failed(e.toString());
            return;
        }
        List<SpooledSegment> begun = new ArrayList<>();
        synchronized (this) {
            if (closed) {
                return;
            }
            identity = now;
            lastRequest = System.nanoTime();
            window = PrefetchPlan.window(window, prefetched, max);
            int fitting = PrefetchPlan.fitting(segmentSize, held, spoolBytes, free);
            for (WalSegmentName next : PrefetchPlan.ahead(name, segmentSize, window)) {
                if (segments.containsKey(next)) {
                    continue;
                }
                if (begun.size() >= fitting || !downloads.tryAcquire()) {
                    break;
                }
                SpooledSegment segment =
                        new SpooledSegment(next, segmentSize, spool.path(next), durable, () -> free(segmentSize));
                held += segmentSize;
                segments.put(next, segment);
                begun.add(segment);
            }
            watch();
        }
        for (SpooledSegment segment : begun) {
            Thread.ofVirtual().name("prefetch " + segment.name()).start(() -> download(segment, systemIdentifier));
        }
    }

    private void download(SpooledSegment segment, long systemIdentifier) {
        boolean came = false;
        try {
            segment.begin();
            WalFileName file = WalFileName.parse(segment.name().toString());
            came = sources.fetchAhead(file, systemIdentifier, segment).isPresent();
            if (came) {
                spool.works();
            }
        } catch (WalException e) {
            if (e.getCause() instanceof IncomingFile.LocalFailure failure) {
                spool.failed(String.valueOf(failure.getMessage()));
            }
            log.atDebug().addKeyValue("file", segment.name()).log("Not prefetched: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.atWarn().addKeyValue("file", segment.name()).setCause(e).log("Prefetch failed");
        } finally {
            if (!came) {
                synchronized (this) {
                    segments.remove(segment.name(), segment);
                    window = 0; // The archive ends here, or cannot be reached.
                }
            }
            segment.end();
            downloads.release();
        }
    }

    private synchronized void free(long bytes) {
        held -= bytes;
    }

    /** What is left when a recovery ends would lie there for ever. To be called with the lock held. */
    private void watch() {
        if (watch == null && !segments.isEmpty()) {
            watch = Thread.ofVirtual().name("prefetch watch").start(this::watchRecovery);
        }
    }

    private void watchRecovery() {
        try {
            while (true) {
                Thread.sleep(bounds.look());
                synchronized (this) {
                    if (closed || segments.isEmpty()) {
                        watch = null;
                        return;
                    }
                }
                if (!data.isRecovering() || idle()) {
                    clear();
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private synchronized boolean idle() {
        return System.nanoTime() - lastRequest > bounds.idleAfter().toNanos();
    }

    private void clear() {
        List<SpooledSegment> all;
        synchronized (this) {
            all = List.copyOf(segments.values());
            segments.clear();
            window = 0;
        }
        discard(all);
    }

    private void discard(List<SpooledSegment> useless) {
        for (SpooledSegment segment : useless) {
            try {
                segment.discard();
            } catch (IOException e) {
                spool.failed(e.toString());
            }
        }
    }

    /** What is spooled, and what came of it. */
    synchronized PrefetchStatus status() {
        return new PrefetchStatus(segments.size(), held, handedOver.sum(), spool.problem());
    }

    /** Stops the downloads and empties the spool; waits for it, but not for long. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (watch != null) {
                watch.interrupt();
            }
        }
        clear();
        try {
            if (max > 0 && !downloads.tryAcquire(max, bounds.close().toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("A prefetch did not end in time; the next start of the agent removes what it leaves");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
