package io.pgsidecar.agent.command;

import io.pgsidecar.archive.wal.ContentReport;
import java.io.Console;
import java.util.Locale;

/** A line on the terminal that tells how far a long reading is; nothing where no person watches. For one thread at a time. */
final class ReadProgress implements AutoCloseable {

    private static final long INTERVAL = 500_000_000;

    private final String name;
    private final boolean watched;
    private long shown = System.nanoTime();

    private ReadProgress(String name, boolean watched) {
        this.name = name;
        this.watched = watched;
    }

    @SuppressWarnings("SystemConsoleNull") // Which it may be all the same, says its documentation.
    static ReadProgress onTerminal(String name) {
        Console console = System.console();
        return new ReadProgress(name, console != null && console.isTerminal());
    }

    void show(ContentReport report) {
        if (watched && System.nanoTime() - shown > INTERVAL) {
            shown = System.nanoTime();
            System.err.printf(
                    Locale.ROOT,
                    "\r%s: %,d objects read, %,d MB, %,d damaged",
                    name,
                    report.read() + report.damaged() + report.locked(),
                    report.bytes() >> 20,
                    report.damaged());
        }
    }

    @Override
    public void close() {
        if (watched) {
            System.err.print("\r\033[K");
        }
    }
}
