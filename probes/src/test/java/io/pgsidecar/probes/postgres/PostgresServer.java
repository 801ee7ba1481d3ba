package io.pgsidecar.probes.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL in a folder of its own, on a free port of 127.0.0.1. A child process of this one: it does not
 * outlive a JVM that closes it, and its signals are PostgreSQL's own.
 */
public final class PostgresServer implements AutoCloseable {

    /** Another process of the same test has others: it cannot know what this one has given out. */
    private static final int LOWEST_PORT = Integer.getInteger("pgsidecar.ports.from", 15_000);

    private static final int HIGHEST_PORT = Integer.getInteger("pgsidecar.ports.to", 32_000);
    private static final Set<Integer> GIVEN_OUT = ConcurrentHashMap.newKeySet();
    /** Longer than the minute for which PostgreSQL's archiver rests after it has failed three times. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final PostgresBinaries binaries;
    private final Path home;
    private final int port;
    private final String password;
    private @Nullable Process process;

    private PostgresServer(PostgresBinaries binaries, Path home, int port, String password) {
        this.binaries = binaries;
        this.home = home;
        this.port = port;
        this.password = password;
    }

    /**
     * Makes a new cluster, not started. Local logins need no password, superuser is {@code postgres}.
     *
     * @param home an existing folder; the data directory becomes {@code data} in it
     * @param initdb further options
     */
    public static PostgresServer create(PostgresBinaries binaries, Path home, String... initdb) {
        return create(binaries, home, "", List.of(initdb));
    }

    /**
     * Makes a new cluster that other users of the machine cannot log in to, not started. Superuser is {@code postgres}.
     *
     * @param home an existing folder; the data directory becomes {@code data} in it
     * @param passwordFile holds the superuser's password, which every login needs
     */
    public static PostgresServer createWithPassword(PostgresBinaries binaries, Path home, Path passwordFile) {
        try {
            return create(
                    binaries,
                    home,
                    Files.readString(passwordFile).strip(),
                    List.of("--auth=scram-sha-256", "--pwfile=" + passwordFile));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A server whose data directory is still to be made, as {@code data} in the folder. Local logins need no password.
     *
     * @param home an existing folder
     */
    public static PostgresServer planned(PostgresBinaries binaries, Path home) {
        return new PostgresServer(binaries, home, freePort(), "");
    }

    private static PostgresServer create(PostgresBinaries binaries, Path home, String password, List<String> initdb) {
        PostgresServer server = new PostgresServer(binaries, home, freePort(), password);
        return server.initdb(initdb.toArray(String[]::new));
    }

    /**
     * Makes the cluster in the data directory.
     *
     * @param options further ones of initdb
     */
    public PostgresServer initdb(String... options) {
        RunAs.own(home);
        List<String> command = new ArrayList<>(List.of(
                binaries.program("initdb").toString(),
                "--pgdata=" + data(),
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync"));
        command.addAll(List.of(options));
        run(command, home, home.resolve("initdb.log"));
        return configure(
                "listen_addresses = '127.0.0.1'",
                "port = " + port,
                // The folder's path may be longer than a socket's may be.
                "unix_socket_directories = ''",
                "log_line_prefix = '%m [%p] '",
                "shared_buffers = 16MB");
    }

    /**
     * A server over a data directory that is there, from a backup of another one. It gets a port of its own.
     *
     * @param home the folder that has the data directory as {@code data}
     */
    public static PostgresServer over(PostgresBinaries binaries, Path home) {
        PostgresServer server = new PostgresServer(binaries, home, freePort(), "");
        server.configure("port = " + server.port);
        return server;
    }

    /**
     * A second server over a data directory that is still to be made of a backup of this one. It has a port of its own;
     * {@link #takePort()} makes it known when the directory is there.
     *
     * @param newHome the folder that the data directory will be made in, as {@code data}
     */
    public PostgresServer restoredTo(Path newHome) {
        return new PostgresServer(binaries, newHome, freePort(), password);
    }

    /** Has the server listen on its own port, and not on the one of the server that the data is of. */
    public PostgresServer takePort() {
        return configure("port = " + port);
    }

    /**
     * A second server from a copy of this one's data directory; this one must be stopped. The copy has a port of its
     * own.
     */
    public PostgresServer copyTo(Path newHome) {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException("stop the server before its files are copied");
        }
        try {
            RunAs.own(newHome);
            run(
                    List.of(
                            "cp",
                            "-R",
                            "-p",
                            data().toString(),
                            newHome.resolve("data").toString()),
                    newHome,
                    newHome.resolve("copy.log"));
        } finally {
            RunAs.own(newHome);
        }
        PostgresServer copy = new PostgresServer(binaries, newHome, freePort(), password);
        copy.configure("port = " + copy.port);
        return copy;
    }

    /** The data directory. */
    public Path data() {
        return home.resolve("data");
    }

    public int port() {
        return port;
    }

    public int major() {
        return binaries.major();
    }

    /** Adds lines to {@code postgresql.conf}; the last one of a name counts. */
    public PostgresServer configure(String... lines) {
        try {
            Files.writeString(
                    data().resolve("postgresql.conf"), String.join("\n", lines) + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Makes an empty file in the data directory, such as {@code standby.signal}. */
    public PostgresServer touch(String name) {
        try {
            Files.writeString(data().resolve(name), "");
            RunAs.own(data().resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Starts the server and waits until it takes connections. */
    public PostgresServer start() {
        launch();
        awaitConnections();
        return this;
    }

    /** Starts the server and waits for nothing. */
    public PostgresServer launch() {
        List<String> command =
                RunAs.command(List.of(binaries.program("postgres").toString(), "-D", data().toString()));
        try {
            process = new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Waits until the server takes connections; fails at once if it has exited. */
    public void awaitConnections() {
        await("the server takes connections", () -> {
            if (!running()) {
                throw new IllegalStateException("PostgreSQL has exited; its log:\n" + log());
            }
            try (Connection c = connect()) {
                return c.isValid(5);
            } catch (SQLException e) {
                return false;
            }
        });
    }

    public boolean running() {
        return process != null && process.isAlive();
    }

    /** The postmaster's process. */
    public long pid() {
        Process started = process;
        if (started == null) {
            throw new IllegalStateException("never started");
        }
        return started.pid();
    }

    /** Sends a signal to the postmaster: TERM smart, INT fast, QUIT immediate shutdown. */
    public void signal(String name) {
        Process running = running() ? process : null;
        if (running != null) {
            signal(name, running.pid());
        }
    }

    /** Sends a signal to the postmaster and to all of its children: STOP freezes the whole server, CONT lets it go on. */
    public void signalAll(String name) {
        // While the postmaster is stopped no child comes, and none that has ended goes.
        boolean goOn = name.equals("CONT");
        if (!goOn) {
            signal(name);
        }
        ProcessHandle.of(pid()).stream().flatMap(ProcessHandle::children).forEach(child -> signal(name, child.pid()));
        if (goOn) {
            signal(name);
        }
    }

    /** Sends a signal to one of the server's processes; nothing if it has just ended. */
    void signal(String name, long pid) {
        try {
            run(List.of("kill", "-" + name, Long.toString(pid)), home, home.resolve("kill.log"));
        } catch (IllegalStateException e) {
            if (ProcessHandle.of(pid).isPresent()) {
                throw e;
            }
        }
    }

    /**
     * Kills all of its processes, as a node does that dies, and waits until they are gone: what is left of a postmaster
     * that is killed alone goes on writing for a moment, and keeps the next one from starting.
     */
    public void kill() {
        Process postmaster = process;
        if (postmaster == null || !postmaster.isAlive()) {
            return;
        }
        signal("STOP"); // So that it starts none behind our back.
        List<ProcessHandle> all = Stream.concat(postmaster.descendants(), Stream.of(postmaster.toHandle()))
                .toList();
        postmaster.destroyForcibly(); // First: it would make the others begin anew.
        all.forEach(ProcessHandle::destroyForcibly);
        int ignored = awaitExit();
        await("its processes are gone", () -> all.stream().allMatch(PostgresServer::isGone));
    }

    private static boolean isGone(ProcessHandle process) {
        if (!process.isAlive()) {
            return true;
        }
        try {
            // Where nobody reaps orphans, as in many a container, a dead one stays a zombie.
            String stat = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "stat"), StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'Z';
        } catch (IOException e) {
            return !process.isAlive();
        }
    }

    /** Waits until the server has exited. */
    public int awaitExit() {
        Process waited = process;
        if (waited == null) {
            throw new IllegalStateException("never started");
        }
        try {
            if (!waited.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("PostgreSQL did not exit; its log:\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return waited.exitValue();
    }

    /** A fast shutdown, waited for. */
    public void stop() {
        signal("INT");
        awaitExit();
    }

    public Connection connect() throws SQLException {
        return connect("postgres");
    }

    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database
                + "?user=postgres&password=" + password + "&connectTimeout=60&socketTimeout=180&ApplicationName=test");
    }

    /** Runs statements, each on its own. */
    public void execute(String... statements) {
        try (Connection c = connect();
                Statement s = c.createStatement()) {
            for (String statement : statements) {
                s.execute(statement);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage() + "; the server's log:\n" + log(), e);
        }
    }

    /** The first column of the first row, as text; "null" for a null. */
    public String query(String sql) {
        try (Connection c = connect();
                Statement s = c.createStatement();
                ResultSet r = s.executeQuery(sql)) {
            if (!r.next()) {
                throw new IllegalStateException("no row from " + sql);
            }
            return String.valueOf(r.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage() + "; the server's log:\n" + log(), e);
        }
    }

    /** Waits until a query's answer is the expected one; an error of the query counts as another answer. */
    public void awaitQuery(String sql, String expected) {
        await(sql + " is " + expected, () -> {
            try (Connection c = connect();
                    Statement s = c.createStatement();
                    ResultSet r = s.executeQuery(sql)) {
                return r.next() && expected.equals(r.getString(1));
            } catch (SQLException e) {
                if (!running()) {
                    throw new IllegalStateException("PostgreSQL has exited", e);
                }
                return false;
            }
        });
    }

    /** What the server has written to its log. */
    public String log() {
        try {
            // It may have been written half of a letter.
            return Files.exists(logFile()) ? new String(Files.readAllBytes(logFile()), StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A condition that may fail while it is asked. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Waits for a condition; fails with its description and the server's log when it takes too long. */
    public void await(String description, Condition condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "waited in vain until " + description + "; the server's log:\n" + log());
                }
                Thread.sleep(20);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("while waiting until " + description, e);
        }
    }

    /** Ends whatever runs, and waits for that: the folder is the caller's to remove. */
    @Override
    public void close() {
        Process running = process;
        if (running != null && running.isAlive()) {
            signal("QUIT");
            try {
                if (!running.waitFor(60, TimeUnit.SECONDS)) {
                    kill();
                }
            } catch (InterruptedException e) {
                kill();
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * A port that nobody listens on, and that this process has not given out before. Below those that systems give to
     * outgoing connections: one of those is taken again before a server has started on it. Of two neighbours this
     * takes the even one; the odd ones are for object stores, which may not have started yet either.
     */
    public static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT / 2, HIGHEST_PORT / 2) * 2;
            try (ServerSocket s = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (GIVEN_OUT.add(s.getLocalPort())) {
                    return port;
                }
            } catch (BindException e) {
                // Somebody has it: another one.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Path logFile() {
        return home.resolve("postgres.log");
    }

    private static void run(List<String> command, Path directory, Path log) {
        try {
            Process p = new ProcessBuilder(RunAs.command(command))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            try {
                if (!p.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || p.exitValue() != 0) {
                    throw new IllegalStateException(command + " failed:\n" + Files.readString(log));
                }
            } finally {
                p.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
