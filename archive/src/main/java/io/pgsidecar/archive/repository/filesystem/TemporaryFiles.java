package io.pgsidecar.archive.repository.filesystem;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
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

    private final Path root;
    private final Folders folders;

    TemporaryFiles(Path root, Folders folders) {
        this.root = root;
        this.folders = folders;
    }

    Path newFile() throws IOException {
        folders.create(folder());
        return folder().resolve(UUID.randomUUID() + ".tmp");
    }

    /** Held while a name is given on file systems without hard links. */
    Path createLock() throws IOException {
        folders.create(folder());
        return folder().resolve("create.lock");
    }

    /** Removes what killed writers have left. Failing is no harm; the next one tries again. */
    void sweep() {
        if (!Files.isDirectory(folder())) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder(), "*.tmp")) {
            Map<Path, Instant> written = new HashMap<>();
            for (Path file : files) {
                try {
                    written.put(file, Files.getLastModifiedTime(file).toInstant());
                } catch (NoSuchFileException e) {
                    // Its writer has finished since.
                }
            }
            if (written.isEmpty()) {
                return;
            }
            Instant stale = storeClock(Collections.max(written.values())).minus(STALE);
            int removed = 0;
            for (Map.Entry<Path, Instant> file : written.entrySet()) {
                if (file.getValue().isBefore(stale) && Files.deleteIfExists(file.getKey())) {
                    removed++;
                }
            }
            if (removed > 0) {
                log.atInfo()
                        .addKeyValue("folder", folder())
                        .log("Removed {} files that killed writers had left", removed);
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.atWarn().addKeyValue("folder", folder()).log("Could not sweep temporary files: {}", e.toString());
        }
    }

    /**
     * The time by the file system's clock: a server of NFS has its own.
     *
     * @param newest when a file was last written to; that of the writer that calls for a sweep since the disk is so full
     *     that not even an empty file can be made was written just now
     */
    private Instant storeClock(Instant newest) throws IOException {
        Path probe = newFile();
        try {
            return Files.getLastModifiedTime(Files.createFile(probe)).toInstant();
        } catch (IOException e) {
            return newest;
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    private Path folder() {
        return root.resolve(FOLDER);
    }
}
