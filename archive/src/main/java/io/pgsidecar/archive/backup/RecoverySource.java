package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whose WAL a recovery reads, if it is not the cluster's own. It is kept in {@code recovery.signal}: PostgreSQL only
 * looks whether that file is there, and removes it when the recovery has ended. So the word holds exactly as long as the
 * recovery does, and no backup takes it along.
 */
public final class RecoverySource {

    private static final String PREFIX = "wal-of-server: ";

    private RecoverySource() {}

    /** What {@code recovery.signal} has in it. */
    static String text(Optional<String> server) {
        return server.map(name -> PREFIX + name + "\n").orElse("");
    }

    /**
     * The server whose WAL the recovery of a data directory reads; empty if it is the directory's own, or if no recovery
     * is under way, or that of a standby.
     */
    public static Optional<String> of(Path data) throws IOException {
        if (Files.exists(data.resolve("standby.signal"))) {
            return Optional.empty(); // It counts before the other one.
        }
        try {
            return Files.readString(data.resolve("recovery.signal"), StandardCharsets.ISO_8859_1)
                    .lines()
                    .filter(line -> line.startsWith(PREFIX))
                    .map(line -> line.substring(PREFIX.length()).strip())
                    .findFirst();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
