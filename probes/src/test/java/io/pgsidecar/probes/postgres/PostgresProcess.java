package io.pgsidecar.probes.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A process of a server, by the title that PostgreSQL gives it on Linux, such as {@code startup} or {@code walreceiver}. */
public final class PostgresProcess {

    private final PostgresServer server;
    private final ProcessHandle handle;

    private PostgresProcess(PostgresServer server, ProcessHandle handle) {
        this.server = server;
        this.handle = handle;
    }

    /** The server's process of the title, if there is one now. */
    public static Optional<PostgresProcess> of(PostgresServer server, String title) {
        return server.running()
                ? ProcessHandle.of(server.pid()).stream()
                        .flatMap(ProcessHandle::children)
                        .filter(child -> title(child).contains(": " + title))
                        .findFirst()
                        .map(child -> new PostgresProcess(server, child))
                : Optional.empty();
    }

    /** Java tells the command line of the start, and PostgreSQL writes its title over it. */
    private static String title(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** Sends it a signal: STOP freezes it, CONT lets it go on. */
    public void signal(String name) {
        server.signal(name, handle.pid());
    }
}
