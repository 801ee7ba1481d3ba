package io.pgsidecar.agent.pod;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A PostgreSQL, an agent and a repository's folder. The server's {@code archive_command} and {@code restore_command}
 * call the agent.
 */
public record Pod(Path home, PackagedApp app, PostgresServer server, AgentProcess agent, Path repository)
        implements AutoCloseable {

    /** A new cluster that archives into a folder; neither it nor the agent is started. */
    public static Pod create(int major, Path home, Path repository, String... initdb) {
        RunAs.folder(home);
        RunAs.folder(repository);
        PostgresServer server =
                PostgresServer.create(PostgresBinaries.fromMaven(major), RunAs.folder(home.resolve("pg")), initdb);
        return of(home, PackagedApp.built(), server, repository);
    }

    /** The same cluster once more, from a copy of this one's data directory; this server must be stopped. */
    public Pod copy(Path newHome) {
        RunAs.folder(newHome);
        return of(newHome, app, server.copyTo(RunAs.folder(newHome.resolve("pg"))), repository);
    }

    /** A pod around a server that is not started; its agent is not started either. */
    public static Pod of(Path home, PackagedApp app, PostgresServer server, Path repository) {
        AgentProcess agent =
                new AgentProcess(app, RunAs.folder(home.resolve("agent")), server.data(), server.port(), repository);
        server.configure(
                "archive_mode = on",
                "archive_command = '" + command(app, agent, "archive %p") + "'",
                "restore_command = '" + command(app, agent, "restore %f %p") + "'",
                "wal_level = replica",
                // So that what was archived can be compared with what PostgreSQL wrote.
                "wal_keep_size = 4GB",
                "max_wal_size = 4GB",
                "checkpoint_timeout = 1h");
        return new Pod(home, app, server, agent, repository);
    }

    /** What PostgreSQL runs, with {@code %p} as it is in the setting. */
    public String command(String arguments) {
        return command(app, agent, arguments);
    }

    private static String command(PackagedApp app, AgentProcess agent, String arguments) {
        return app.shim() + " --socket " + agent.socket() + " " + arguments;
    }

    /** Gives {@code restore_command} further options. */
    public void restoreWith(String options) {
        server.configure("restore_command = '" + command("restore " + options + " %f %p") + "'");
    }

    /** Runs a command after each file that was archived, with its success. */
    public void archiveAndThen(String command) {
        server.configure("archive_command = '" + command("archive %p") + " && " + command + "'");
    }

    public Shim shim() {
        return new Shim(server.data(), agent.socket());
    }

    /** Starts the agent, then the server. */
    public Pod start() {
        agent.start();
        server.start();
        return this;
    }

    /** Ends the segment that is being written, and waits until it is archived; its name. */
    public String switchAndArchive() {
        server.execute("SELECT pg_create_restore_point('so that there is something to switch')");
        String segment = server.query("SELECT pg_walfile_name(pg_switch_wal())");
        awaitArchived(segment);
        return segment;
    }

    public void awaitArchived(String segment) {
        server.awaitQuery(
                "SELECT last_archived_wal >= '" + segment
                        + "' AND last_archived_wal !~ 'history' FROM pg_stat_archiver",
                "t");
    }

    /** The stored segments by name, each the file as it is stored. */
    public Map<String, Path> storedSegments() {
        Map<String, Path> segments = new TreeMap<>();
        Path wals = repository.resolve("main/wals");
        if (!Files.isDirectory(wals)) {
            return segments;
        }
        try (Stream<Path> files = Files.walk(wals)) {
            files.filter(Files::isRegularFile)
                    .filter(f -> f.getFileName().toString().matches("[0-9A-F]{24}(\\..*)?"))
                    .forEach(f -> segments.put(f.getFileName().toString().substring(0, 24), f));
            return segments;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file that a segment is stored as; fails if it is not. */
    public Path stored(String segment) {
        Path file = storedSegments().get(segment);
        if (file == null) {
            throw new IllegalStateException(segment + " is not stored");
        }
        return file;
    }

    /** A stored file's content, decompressed. */
    public static byte[] content(Path stored) {
        try (InputStream in =
                Compression.ofName(stored.getFileName().toString()).decompress(Files.newInputStream(stored))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + stored, e);
        }
    }

    @Override
    public void close() {
        server.close();
        agent.close();
    }
}
