package io.pgsidecar.agent.command;

import io.pgsidecar.archive.backup.RestoreProgress;
import java.io.Console;

/** A line on the terminal that tells how far a restore is; nothing where no person watches. For one thread at a time. */
final class RestoreWatch implements RestoreProgress, AutoCloseable {

    private static final long INTERVAL = 500_000_000;

    private final boolean watched;
    private final long begun = System.nanoTime();
    private long shown = begun;

    private RestoreWatch(boolean watched) {
        this.watched = watched;
    }

    @SuppressWarnings("SystemConsoleNull") // Which it may be all the same, says its documentation.
    static RestoreWatch onTerminal() {
        Console console = System.console();
        return new RestoreWatch(console != null && console.isTerminal());
    }

    @Override
    public void at(long done, long total) {
        long now = System.nanoTime();
        if (watched && now - shown > INTERVAL) {
            shown = now;
            System.err.print("\r\033[K" + line(done, total, (now - begun) / 1e9));
        }
    }

    /** As {@code restoring: 1.2 GB of 4.0 GB, 310.0 MB/s, 9 s left}. */
    static String line(long done, long total, double seconds) {
        double rate = done / Math.max(seconds, 0.001);
        String line = "restoring: " + BackupWatch.size(done);
        if (total > 0) {
            line += " of " + BackupWatch.size(total);
        }
        line += ", " + BackupWatch.size((long) rate) + "/s";
        return total > done && rate > 0 ? line + ", %d s left".formatted((long) ((total - done) / rate)) : line;
    }

    @Override
    public void close() {
        if (watched) {
            System.err.print("\r\033[K");
        }
    }
}
