package io.pgsidecar.agent.backup;

import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Files in a data directory that keep a backup with a rate limit copying for minutes, however slow who comes to meet it
 * is. They are holes, and take no room. When they are thrown off the backup passes over those that it has not come to.
 */
record Ballast(Path folder) {

    private static final int FILES = 3000;
    private static final long SIZE = 1 << 20;

    static Ballast in(PostgresServer server) {
        Path folder = server.data().resolve("ballast");
        try {
            Files.createDirectories(folder);
            for (int i = 0; i < FILES; i++) {
                try (RandomAccessFile file =
                        new RandomAccessFile(folder.resolve("hole" + i).toFile(), "rw")) {
                    file.setLength(SIZE);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        RunAs.own(folder);
        return new Ballast(folder);
    }

    void throwOff() {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
