package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Console;
import java.util.Locale;

/** A line on the terminal that tells how far a backup is; nothing where no person watches. For one thread. */
final class BackupWatch implements AutoCloseable {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    private final boolean watched;

    private BackupWatch(boolean watched) {
        this.watched = watched;
    }

    @SuppressWarnings("SystemConsoleNull") // Which it may be all the same, says its documentation.
    static BackupWatch onTerminal() {
        Console console = System.console();
        return new BackupWatch(console != null && console.isTerminal());
    }

    void show(JsonNode backup) {
        if (watched) {
            System.err.print("\r\033[K" + line(backup));
        }
    }

    /** As {@code 20261125T101502: copying, 1.2 of 4.0 GB, 310.0 MB/s, 9 s left}. */
    static String line(JsonNode backup) {
        StringBuilder line = new StringBuilder(backup.path("backup").asText("backup"));
        line.append(": ").append(backup.path("phase").asText("starting").replace('-', ' '));
        long total = backup.path("bytesTotal").asLong();
        if (total > 0) {
            line.append(", %s of %s, %s/s"
                    .formatted(
                            size(backup.path("bytesDone").asLong()),
                            size(total),
                            size(backup.path("bytesPerSecond").asLong())));
        }
        if (backup.path("secondsLeft").isNumber()) {
            line.append(", %d s left".formatted(backup.path("secondsLeft").asLong()));
        }
        return line.toString();
    }

    /** As people write it, with one digit behind the point from kB on (1 kB = 1024 B, as PostgreSQL counts). */
    static String size(long bytes) {
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }

    @Override
    public void close() {
        if (watched) {
            System.err.print("\r\033[K");
        }
    }
}
