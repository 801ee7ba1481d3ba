package io.pgsidecar.archive.backup;

/** Holds all readers of a backup together to so many bytes a second. Safe for several threads. */
final class Pace {

    private static final long NANOS = 1_000_000_000L;
    private static final long MAX_AHEAD = NANOS / 10;

    private final long bytesPerSecond;
    private long nextFree;

    /**
     * A pace.
     *
     * @param bytesPerSecond 0 for none
     */
    Pace(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Waits until so many bytes more may be read. */
    void take(long bytes) throws InterruptedException {
        if (bytesPerSecond == 0) {
            return;
        }
        long wait;
        synchronized (this) {
            long now = System.nanoTime();
            nextFree = Math.max(nextFree, now - MAX_AHEAD) + bytes * NANOS / bytesPerSecond;
            wait = nextFree - now;
        }
        if (wait > 0) {
            Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
        }
    }
}
