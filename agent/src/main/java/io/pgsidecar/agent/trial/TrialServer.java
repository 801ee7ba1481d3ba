package io.pgsidecar.agent.trial;

import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** PostgreSQL in a trial's folder. For one thread, but for {@link #breakOff}. */
final class TrialServer {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final int STOP_SECONDS = 60;
    private static final int LOG_LINES = 20;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    /** For one statement, as the check of a large index is. */
    private static final Duration QUERY = Duration.ofHours(12);

    private final PostgresPrograms programs;
    private final TrialFolder folder;
    private final int port;
    private final String password = HexFormat.of().formatHex(new SecureRandom().generateSeed(24));
    /** Of the session that waits, if there is one. */
    private final AtomicReference<@Nullable Connection> session = new AtomicReference<>();

    private @Nullable Process postgres;

    TrialServer(PostgresPrograms programs, TrialFolder folder, int port) {
        this.programs = programs;
        this.folder = folder;
        this.port = port;
    }

    /**
     * Starts it, and waits until it has recovered.
     *
     * @throws BackupException {@code FAILED} with the end of its log if it does not get there in time
     */
    void start(Duration timeout) throws BackupException, IOException, InterruptedException {
        long until = System.nanoTime() + timeout.toNanos();
        Process process = command("postgres", "-D", folder.data().toString()).start();
        postgres = process;
        process.getOutputStream().close();
        while (!isReady()) {
            if (process.waitFor(POLL)) {
                throw failed("PostgreSQL exited with %d when it was started on the restored backup"
                        .formatted(process.exitValue()));
            }
            if (System.nanoTime() - until > 0) {
                throw failed(
                        "PostgreSQL did not recover the restored backup within %d s".formatted(timeout.toSeconds()));
            }
        }
    }

    /** As the server writes it into its last line; only a server that accepts connections is ready. */
    private boolean isReady() throws IOException {
        try {
            List<String> lines = Files.readAllLines(folder.data().resolve("postmaster.pid"));
            return lines.size() >= 8 && lines.get(7).strip().equals("ready");
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /**
     * Makes a superuser of ours. Nobody knows the name of one that is there, nor a password: so a server of one process
     * does it, which asks for neither. Settings of databases and users go, since they may load code.
     */
    void createUser() throws BackupException, IOException, InterruptedException {
        Process process = command(
                        "postgres", "--single", "-D", folder.data().toString(), "-c", "exit_on_error=true", "template1")
                .start();
        postgres = process;
        try (var in = process.getOutputStream()) {
            in.write("DELETE FROM pg_db_role_setting\nCREATE ROLE %s SUPERUSER LOGIN PASSWORD '%s'\n"
                    .formatted(TrialSettings.USER, password)
                    .getBytes(StandardCharsets.US_ASCII));
        }
        if (process.waitFor() != 0) {
            throw failed("the restored backup could not be worked with");
        }
    }

    int port() {
        return port;
    }

    /** Makes a session that waits for its server fail, by whichever thread: the check of a large index takes hours. */
    void breakOff() {
        Connection waiting = session.get();
        if (waiting != null) {
            try {
                waiting.abort(Runnable::run);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Logs in; the caller closes the connection. */
    Connection connect(String database) throws SQLException, IOException {
        Connection connection = new InstanceAddress(
                        "127.0.0.1",
                        port,
                        database,
                        TrialSettings.USER,
                        () -> Optional.of(password),
                        CONNECT,
                        QUERY,
                        folder.data())
                .connect();
        session.set(connection);
        return connection;
    }

    void stop() throws BackupException, IOException, InterruptedException {
        Process process = postgres;
        if (process != null && process.isAlive()) {
            pgCtl("fast");
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                throw failed("PostgreSQL did not stop within %d s".formatted(STOP_SECONDS));
            }
        }
    }

    /** Ends it at once, if it runs. By itself it would leave its memory behind. */
    void kill() throws IOException, InterruptedException {
        Process process = postgres;
        if (process == null || !process.isAlive()) {
            return;
        }
        if (Files.exists(folder.data().resolve("postmaster.pid"))) {
            pgCtl("immediate");
        }
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private void pgCtl(String mode) throws IOException, InterruptedException {
        Process process = command(
                        "pg_ctl",
                        "stop",
                        "-D",
                        folder.data().toString(),
                        "-m",
                        mode,
                        "-t",
                        Integer.toString(STOP_SECONDS))
                .start();
        process.getOutputStream().close();
        process.waitFor();
    }

    private ProcessBuilder command(String program, String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(programs.program(program).toString());
        builder.command().addAll(List.of(arguments));
        builder.directory(folder.path().toFile());
        Map<String, String> environment = builder.environment();
        // Variables of PostgreSQL's, as PGDATA and PGPORT, are for another server.
        environment.keySet().removeIf(name -> name.startsWith("PG"));
        environment.put("LC_ALL", "C");
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()));
    }

    private BackupException failed(String message) throws IOException {
        Path log = folder.log();
        List<String> lines = Files.exists(log)
                ? new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                        .lines()
                        .toList()
                : List.of();
        return new BackupException(
                BackupException.Reason.FAILED,
                message + ". Its log ends with:\n"
                        + String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())),
                null);
    }
}
