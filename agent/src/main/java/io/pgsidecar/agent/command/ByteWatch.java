package io.pgsidecar.agent.command;

import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.archive.backup.RestoreProgress;
import java.io.Console;

/** A line on the terminal that tells how far reading is; nothing where no person watches. For one thread at a time. */
final class ByteWatch implements RestoreProgress, AutoCloseable {

    private static final long INTERVAL = 500_000_000;

    private final String what;
    private final boolean watched;
    private final long begun = System.nanoTime();
    private long shown = begun;

    private ByteWatch(String what, boolean watched) {
        this.what = what;
        this.watched = watched;
    }

    /**
     * Shows something on the terminal, if there is one.
     *
     * @param what is done, as in {@code verifying}
     */
    @SuppressWarnings("SystemConsoleNull") // Which it may be all the same, says its documentation.
    static ByteWatch onTerminal(String what) {
        Console console = System.console();
        return new ByteWatch(what, console != null && console.isTerminal());
    }

    @Override
    public void at(long done, long total) {
        long now = System.nanoTime();
        if (watched && now - shown > INTERVAL) {
            shown = now;
            System.err.print("\r\033[K" + line(what, done, total, (now - begun) / 1e9));
        }
    }

    /** As {@code verifying: 1.2 GB of 4.0 GB, 310.0 MB/s, 9 s left}. */
    static String line(String what, long done, long total, double seconds) {
        long rate = Math.max(1, (long) (done / Math.max(seconds, 0.001)));
        String line = "%s: %s of %s, %s/s"
                .formatted(what, Words.size(done), total > 0 ? Words.size(total) : "?", Words.size(rate));
        return total > done ? line + ", %d s left".formatted((total - done) / rate) : line;
    }

    @Override
    public void close() {
        if (watched) {
            System.err.print("\r\033[K");
        }
    }
}
