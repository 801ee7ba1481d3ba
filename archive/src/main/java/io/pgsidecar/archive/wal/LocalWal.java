package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What PostgreSQL has finished and still keeps in {@code pg_wal}, by its own marks in {@code archive_status}: what an
 * archive has to have, or has to get.
 *
 * @param finished in no order; as many as PostgreSQL keeps
 */
public record LocalWal(List<Finished> finished) {

    private static final String READY = ".ready";
    private static final String DONE = ".done";

    /**
     * A finished file.
     *
     * @param acknowledged whether PostgreSQL takes it for archived
     * @param since when PostgreSQL marked it so
     */
    public record Finished(WalFileName name, boolean acknowledged, Instant since) {}

    public LocalWal {
        finished = List.copyOf(finished);
    }

    /**
     * Reads the marks, without a connection.
     *
     * @throws WalException if there is no data directory, or it cannot be read
     */
    public static LocalWal read(DataDirectory data) throws WalException {
        Path status = data.wal().resolve("archive_status");
        List<Finished> finished = new ArrayList<>();
        try (DirectoryStream<Path> marks = Files.newDirectoryStream(status)) {
            for (Path mark : marks) {
                read(mark).ifPresent(finished::add);
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new WalException(
                    WalException.Reason.FAILED, "cannot read %s: %s".formatted(status, e.getMessage()), null, null, e);
        }
        return new LocalWal(finished);
    }

    private static Optional<Finished> read(Path mark) throws IOException {
        String text = mark.getFileName().toString();
        boolean acknowledged = text.endsWith(DONE);
        if (!acknowledged && !text.endsWith(READY)) {
            return Optional.empty();
        }
        try {
            WalFileName name =
                    WalFileName.parse(text.substring(0, text.length() - (acknowledged ? DONE : READY).length()));
            return Optional.of(new Finished(
                    name, acknowledged, Files.getLastModifiedTime(mark).toInstant()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty(); // PostgreSQL has renamed or removed it meanwhile.
        }
    }
}
