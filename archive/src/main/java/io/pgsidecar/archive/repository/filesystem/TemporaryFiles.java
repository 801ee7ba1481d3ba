package io.pgsidecar.archive.repository.filesystem;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where files are written before they get their name: a folder in the root, on the same file system, so that a rename
 * or a link brings them in place. Readers of the repository's layout never look into it.
 */
final class TemporaryFiles {

    private static final Logger log = LoggerFactory.getLogger(TemporaryFiles.class);

    static final String FOLDER = ".pgsidecar-tmp";

    /** A live writer writes all the time; one that has not for so long was killed. */
    static final Duration STALE = Duration.ofMinutes(15);

    private final Path folder;
    private final Folders folders;

    TemporaryFiles(Path root, Folders folders) {
        this.folder = root.resolve(FOLDER);
        this.folders = folders;
    }

    /** A name that nobody has; the file is the caller's to make. */
    Path newFile() throws IOException {
        folders.create(folder);
        return folder.resolve(UUID.randomUUID() + ".tmp");
    }

    /** Held while a name is given on file systems without hard links. */
    Path createLock() throws IOException {
        folders.create(folder);
        return folder.resolve("create.lock");
    }

    /** Removes what killed writers have left. Failing is no harm; the next one tries again. */
    void sweep() {
        try {
            if (Files.isDirectory(folder)) {
                long removed = stale(lastWrites(), now()).stream()
                        .filter(TemporaryFiles::remove)
                        .count();
                if (removed > 0) {
                    log.atInfo()
                            .addKeyValue("folder", folder)
                            .log("Removed {} temporary files that killed writers had left", removed);
                }
            }
        } catch (IOException e) {
            log.atWarn().addKeyValue("folder", folder).log("Could not sweep temporary files: {}", e.toString());
        }
    }

    /**
     * Which files killed writers have left.
     *
     * @param lastWrites by the file system's clock
     * @param now by the same; empty where it cannot be asked, as on a full disk: the latest write of anybody is then
     *     the latest time that has certainly come
     */
    static List<Path> stale(Map<Path, Instant> lastWrites, Optional<Instant> now) {
        Instant atLeast = now.or(() -> lastWrites.values().stream().max(Comparator.naturalOrder()))
                .orElse(Instant.MAX);
        return lastWrites.keySet().stream()
                .filter(f -> lastWrites.getOrDefault(f, atLeast).isBefore(atLeast.minus(STALE)))
                .toList();
    }

    private static boolean remove(Path file) {
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            log.atWarn().addKeyValue("file", file).log("Could not remove: {}", e.toString());
            return false;
        }
    }

    private Map<Path, Instant> lastWrites() throws IOException {
        Map<Path, Instant> lastWrites = new HashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.tmp")) {
            for (Path file : files) {
                try {
                    lastWrites.put(file, Files.getLastModifiedTime(file).toInstant());
                } catch (IOException e) {
                    // Published, aborted or swept by another process since it was listed.
                }
            }
        } catch (DirectoryIteratorException e) {
            throw new IOException(e.getCause());
        }
        return lastWrites;
    }

    /** The time by the file system's clock, since a server of NFS has its own: that of a file just made. */
    private Optional<Instant> now() {
        try {
            Path probe = Files.createFile(newFile());
            try {
                return Optional.of(Files.getLastModifiedTime(probe).toInstant());
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
