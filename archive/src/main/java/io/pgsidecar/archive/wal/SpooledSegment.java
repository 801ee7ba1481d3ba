package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A segment in the spool, or on its way there. Its place is free again when its download has ended and it was discarded
 * or never came. Safe for several threads.
 */
final class SpooledSegment implements Receiver {

    /** How often a waiting request looks whether its caller still waits, and whether the download stands still. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private final WalSegmentName name;
    private final long size;
    private final Path path;
    private final boolean durable;
    private final Runnable whenFree;
    private final CompletableFuture<Boolean> arrival = new CompletableFuture<>();
    private volatile long lastProgress = System.nanoTime();
    private volatile boolean discarded;
    private boolean whole;
    private boolean ended;
    private boolean freed;
    private @Nullable Thread download;

    /**
     * A segment that is to come.
     *
     * @param size in bytes
     * @param path its final name in the spool
     * @param durable whether it is to be synced there, since it will be handed over by a rename
     * @param whenFree called once
     */
    SpooledSegment(WalSegmentName name, long size, Path path, boolean durable, Runnable whenFree) {
        this.name = name;
        this.size = size;
        this.path = path;
        this.durable = durable;
        this.whenFree = whenFree;
    }

    WalSegmentName name() {
        return name;
    }

    /** In bytes. */
    long size() {
        return size;
    }

    @Override
    public Path destination() {
        return path;
    }

    @Override
    public boolean durable() {
        return durable;
    }

    @Override
    public boolean goesOn(long received) {
        lastProgress = System.nanoTime();
        return !discarded;
    }

    @Override
    public synchronized void publish(Path file) throws IOException, WalException {
        if (discarded) {
            throw givenUp();
        }
        Files.move(file, path, StandardCopyOption.ATOMIC_MOVE);
        whole = true;
    }

    /** To be called by the thread that downloads, first. */
    synchronized void begin() {
        download = Thread.currentThread();
        if (discarded) {
            download.interrupt();
        }
    }

    /** To be called by the thread that downloads, last. */
    void end() {
        boolean came;
        synchronized (this) {
            download = null;
            ended = true;
            came = whole;
        }
        arrival.complete(came);
        freeIfDone();
    }

    /**
     * Waits for the segment.
     *
     * @param stalledAfter for how long nothing may come in
     * @param wanted whether to go on waiting
     * @return whether it is there, whole
     */
    boolean await(Duration stalledAfter, BooleanSupplier wanted) throws InterruptedException {
        while (true) {
            try {
                return arrival.get(LOOK.toMillis(), TimeUnit.MILLISECONDS) && !discarded;
            } catch (TimeoutException e) {
                if (!wanted.getAsBoolean() || System.nanoTime() - lastProgress > stalledAfter.toNanos()) {
                    return false;
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Removes it, and stops its download if that is under way. Idempotent. */
    void discard() throws IOException {
        boolean remove;
        synchronized (this) {
            discarded = true;
            remove = whole;
            if (download != null) {
                download.interrupt();
            }
        }
        try {
            if (remove) {
                Files.deleteIfExists(path);
            }
        } finally {
            freeIfDone();
        }
    }

    private void freeIfDone() {
        synchronized (this) {
            if (freed || !ended || (whole && !discarded)) {
                return;
            }
            freed = true;
        }
        whenFree.run();
    }
}
