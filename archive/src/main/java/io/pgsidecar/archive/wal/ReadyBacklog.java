package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What PostgreSQL waits to have archived, by the {@code .ready} files of {@code pg_wal/archive_status}.
 *
 * @param files how many
 * @param oldest when the oldest one was marked; empty if there is none
 */
public record ReadyBacklog(long files, Optional<Instant> oldest) {

    /** Nothing waits. */
    public static final ReadyBacklog NONE = new ReadyBacklog(0, Optional.empty());

    private static final String READY = "*.ready";

    /**
     * Counts them, without a connection. One that is archived meanwhile may be counted or not.
     *
     * @throws IOException if the folder cannot be read; that there is none is no error
     */
    public static ReadyBacklog read(DataDirectory data) throws IOException {
        long files = 0;
        Optional<Instant> oldest = Optional.empty();
        try (DirectoryStream<Path> marks = Files.newDirectoryStream(data.wal().resolve("archive_status"), READY)) {
            for (Path mark : marks) {
                Optional<Instant> marked = marked(mark);
                files += marked.isPresent() ? 1 : 0;
                oldest = Stream.concat(oldest.stream(), marked.stream()).min(Instant::compareTo);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return NONE; // No cluster here, or not any more.
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return new ReadyBacklog(files, oldest);
    }

    private static Optional<Instant> marked(Path mark) throws IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(mark).toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty(); // PostgreSQL has renamed it: it is archived.
        }
    }
}
