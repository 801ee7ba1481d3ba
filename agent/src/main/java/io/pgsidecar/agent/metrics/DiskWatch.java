package io.pgsidecar.agent.metrics;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the disks from time to time, on a thread of its own: where a file system hangs, only the age of what was seen
 * grows.
 */
public final class DiskWatch implements AutoCloseable {

    private final Path data;
    private final Duration interval;
    private final Thread thread;
    private volatile @Nullable DiskLook last;

    /** Of a data directory; begins at {@link #start()}. */
    public DiskWatch(Path data, Duration interval) {
        this.data = data;
        this.interval = interval;
        // No virtual one: a call that hangs in the kernel would take a core's thread with it.
        this.thread = Thread.ofPlatform().daemon().name("disk-watch").unstarted(this::run);
    }

    /** Begins to look. */
    public void start() {
        thread.start();
    }

    /** What was seen last; empty before the first look has ended. */
    public Optional<DiskLook> last() {
        return Optional.ofNullable(last);
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                last = DiskLook.at(data);
                Thread.sleep(interval);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends; does not wait for a disk. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
