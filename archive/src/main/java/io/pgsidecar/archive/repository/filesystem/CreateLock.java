package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * At most one process, and one thread of it, gives a name on a file system without hard links: a rename alone would
 * replace what is there. The system lets go of the lock when its process ends, however it ends.
 */
final class CreateLock implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** Java's file locks are between processes only. */
    private static final ReentrantLock THIS_PROCESS = new ReentrantLock();

    private final FileChannel channel;

    private CreateLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Waits for the lock, a bounded time. To be closed by the same thread. */
    static CreateLock acquire(Path file) throws IOException {
        return acquire(file, PATIENCE);
    }

    static CreateLock acquire(Path file, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        boolean acquired = false;
        try {
            if (!THIS_PROCESS.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw held(file, patience);
            }
            try {
                CreateLock lock = lock(file, deadline, patience);
                acquired = true;
                return lock;
            } finally {
                if (!acquired) {
                    THIS_PROCESS.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + file);
        }
    }

    private static CreateLock lock(Path file, long deadline, Duration patience)
            throws IOException, InterruptedException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean acquired = false;
        try {
            while (true) {
                @Nullable FileLock lock = tryLock(channel, file);
                if (lock != null) {
                    acquired = true;
                    return new CreateLock(channel);
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw held(file, patience);
                }
                Thread.sleep(PAUSE);
            }
        } finally {
            if (!acquired) {
                channel.close();
            }
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel, Path file) throws IOException {
        try {
            return channel.tryLock();
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new ObjectStoreException(
                    Reason.UNAVAILABLE,
                    ("cannot lock %s: %s; the file system has no hard links either, so nothing can be stored there"
                                    + " without the risk of overwriting")
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    private static ObjectStoreException held(Path file, Duration patience) {
        return new ObjectStoreException(
                Reason.UNAVAILABLE, "another process has held %s for %d s".formatted(file, patience.toSeconds()), null);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            THIS_PROCESS.unlock();
        }
    }
}
