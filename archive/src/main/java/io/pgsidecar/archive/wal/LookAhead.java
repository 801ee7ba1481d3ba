package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives the files that PostgreSQL is going to ask for, some at a time, while it asks for one after another. What goes
 * wrong here is never PostgreSQL's answer: the file is tried again when it asks.
 *
 * <p>While a repository fails it rests, so that an outage is not met with more load: the next file that PostgreSQL asks
 * for and gets archived wakes it. A file that cannot be archived as it is (another content is stored, it is damaged)
 * is left alone until PostgreSQL has asked for it.
 *
 * <p>Safe for several threads. {@link #asked} and {@link #archived} return at once.
 */
final class LookAhead implements AutoCloseable {

    /** What is done with a file. */
    interface Target {
        /** Whether nothing is to be done: archived as it is, or gone. */
        boolean isDone(WalFileName name);

        void archive(WalFileName name) throws WalException, InterruptedException;
    }

    /** So far ahead of PostgreSQL, for each that is archived at a time: one that takes longer does not stop the others. */
    private static final int AHEAD = 4;

    private static final int BLOCKED_KEPT = 256;
    private static final Duration CLOSE_TIME = Duration.ofSeconds(10);
    private static final Logger log = LoggerFactory.getLogger(LookAhead.class);

    private final ReadyFiles ready;
    private final Target target;
    private final int window;
    private final Semaphore idle;
    private final AtomicLong asks = new AtomicLong();
    private final Set<WalFileName> active = ConcurrentHashMap.newKeySet();
    private final Set<WalFileName> blocked = new LinkedHashSet<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("look-ahead-", 0).factory());
    private volatile @Nullable WalFileName position;
    private volatile boolean resting;
    private volatile boolean closed;

    /**
     * Begins with the first call of {@link #asked}.
     *
     * @param parallel files at a time, at least 1
     */
    LookAhead(ReadyFiles ready, Target target, int parallel) {
        this.ready = ready;
        this.target = target;
        this.window = parallel * AHEAD;
        this.idle = new Semaphore(parallel);
    }

    /** PostgreSQL asks for a file: those after it are next. */
    void asked(WalFileName name) {
        synchronized (blocked) {
            blocked.remove(name);
        }
        position = name;
        wake();
    }

    /** A file that PostgreSQL asked for is in every repository: they are well. */
    void archived() {
        if (resting) {
            resting = false;
            log.info("Looking ahead again");
            wake();
        }
    }

    /** A file, asked for or not, could not be archived. */
    void failed(WalFileName name, WalException failure) {
        if (!failure.reason().isOfTheFile()) {
            resting = true;
            return;
        }
        synchronized (blocked) {
            blocked.add(name);
            if (blocked.size() > BLOCKED_KEPT) {
                blocked.remove(blocked.iterator().next());
            }
        }
    }

    private void wake() {
        asks.incrementAndGet();
        startOne();
    }

    private void startOne() {
        if (!closed && !resting && idle.tryAcquire()) {
            try {
                threads.execute(this::work);
            } catch (RuntimeException e) { // Closed just now.
                idle.release();
            }
        }
    }

    private void work() {
        long seen;
        try {
            seen = asks.get();
            for (WalFileName name = next(); name != null; name = next()) {
                try {
                    startOne(); // There may be more; whoever finds nothing ends.
                    archive(name);
                } finally {
                    active.remove(name);
                }
                seen = asks.get();
            }
        } finally {
            idle.release();
        }
        if (seen != asks.get()) {
            startOne(); // Asked between the last look and the end, when this one still counted as busy.
        }
    }

    private void archive(WalFileName name) {
        try {
            target.archive(name);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (WalException e) {
            failed(name, e);
            // A file that is gone, by pg_rewind or a hand, is nobody's trouble.
            if (!target.isDone(name)) {
                log.atInfo()
                        .addKeyValue("file", name)
                        .addKeyValue("reason", e.reason())
                        .log("Not archived ahead: {}", e.getMessage());
            }
        } catch (RuntimeException | Error e) {
            resting = true;
            log.atError().addKeyValue("file", name).setCause(e).log("Look-ahead failed");
        }
    }

    /** The next file, now {@link #active}; null if there is none. */
    private synchronized @Nullable WalFileName next() {
        WalFileName asked = position;
        if (asked == null || closed || resting || Thread.currentThread().isInterrupted()) {
            return null;
        }
        List<WalFileName> waiting;
        try {
            waiting = ready.after(asked, window);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (IOException e) {
            log.debug("archive_status cannot be read: {}", e.toString());
            return null;
        }
        for (WalFileName name : waiting) {
            if (!isBlocked(name) && active.add(name)) {
                if (!target.isDone(name)) {
                    return name;
                }
                active.remove(name);
            }
        }
        return null;
    }

    private boolean isBlocked(WalFileName name) {
        synchronized (blocked) {
            return blocked.contains(name);
        }
    }

    /** Stops what is under way; not longer than ten seconds. */
    @Override
    public void close() {
        closed = true;
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE_TIME.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("Some files are still being archived ahead; PostgreSQL will ask for them");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
