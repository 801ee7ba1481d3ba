package io.pgsidecar.archive.backup;

/** Counts what a restore has written. Safe for several threads. */
final class RestoredBytes {

    private final RestoreProgress listener;
    private final long total;
    private long done;

    RestoredBytes(RestoreProgress listener, long total) {
        this.listener = listener;
        this.total = total;
    }

    synchronized void add(long bytes) {
        done += bytes;
        listener.at(done, total);
    }
}
