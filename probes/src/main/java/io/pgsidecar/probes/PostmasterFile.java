package io.pgsidecar.probes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** {@code postmaster.pid}: its eighth line is the status that pg_ctl waits for (PostgreSQL's {@code pidfile.h}). */
public final class PostmasterFile {

    private static final String NAME = "postmaster.pid";
    private static final int START_LINE = 2;
    private static final int STATUS_LINE = 7;

    private PostmasterFile() {}

    /**
     * Whether there is one, or it cannot be told. PostgreSQL removes it as the last thing it does; after a crash it
     * stays.
     */
    public static boolean mayExist(Path dataDirectory) {
        return !Files.notExists(dataDirectory.resolve(NAME));
    }

    /** {@code starting}, {@code stopping}, {@code ready} or {@code standby}; empty if there is none to read. */
    public static Optional<String> status(Path dataDirectory) {
        return line(dataDirectory, STATUS_LINE);
    }

    /** When the postmaster started, to the second; empty if there is nothing to read. */
    static Optional<Instant> started(Path dataDirectory) {
        return line(dataDirectory, START_LINE)
                .filter(text -> text.matches("[0-9]{1,12}"))
                .map(text -> Instant.ofEpochSecond(Long.parseLong(text)));
    }

    private static Optional<String> line(Path dataDirectory, int number) {
        try {
            List<String> lines = Files.readAllLines(dataDirectory.resolve(NAME), StandardCharsets.ISO_8859_1);
            return lines.size() > number ? Optional.of(lines.get(number).strip()) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
