package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgsidecar.agent.wal.Words;
import java.io.Console;

/** A line on the terminal that tells how far a backup is; nothing where no person watches. For one thread. */
final class BackupWatch implements AutoCloseable {

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
                            Words.size(backup.path("bytesDone").asLong()),
                            Words.size(total),
                            Words.size(backup.path("bytesPerSecond").asLong())));
        }
        if (backup.path("secondsLeft").isNumber()) {
            line.append(", %d s left".formatted(backup.path("secondsLeft").asLong()));
        }
        return line.toString();
    }

    @Override
    public void close() {
        if (watched) {
            System.err.print("\r\033[K");
        }
    }
}
