package io.pgsidecar.agent.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.PackagedApp;
import io.pgsidecar.agent.pod.PrimaryService;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A pod of a set: {@code postgres-0} and so on. Its volume can be lost; each of its starts begins with
 * {@code pgsidecar bootstrap}, as an init container.
 *
 * @param server over the data directory, which need not be there
 */
record Member(String name, Path home, PostgresServer server, AgentProcess agent) implements AutoCloseable {

    static Member of(int major, String name, Path set, PrimaryService service) {
        Path home = RunAs.folder(set.resolve(name));
        RunAs.folder(set.resolve("repository"));
        PostgresServer server =
                PostgresServer.planned(PostgresBinaries.fromMaven(major), RunAs.folder(home.resolve("pg")));
        AgentProcess agent = new AgentProcess(RunAs.folder(home.resolve("agent")), server, set.resolve("repository"))
                .set("bootstrap.primaryHost", "127.0.0.1")
                .set("bootstrap.primaryPort", Integer.toString(service.port()))
                .set("bootstrap.timeout", "0s")
                .set("bootstrap.interval", "200ms");
        return new Member(name, home, server, agent);
    }

    /** The init container, run to its end. */
    Program bootstrap(String... settings) {
        return Program.run(bootstrapCommand(settings), Map.of("POD_NAME", name));
    }

    private List<String> bootstrapCommand(String... settings) {
        Path config = agent.writeConfig(settings);
        return List.of(
                PackagedApp.built().pgsidecar().toString(),
                "bootstrap",
                "--install-shim",
                home.resolve("agent").toString(),
                "--config",
                config.toString());
    }

    /**
     * The init container, killed when the restore has begun; false if it was done before. Interpreted, which makes a restore
     * of a moment one of many seconds: it is met in the middle by a slow machine too.
     */
    boolean killBootstrap() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(RunAs.command(bootstrapCommand()))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("killed.log").toFile());
        builder.environment().keySet().removeIf(each -> each.startsWith("PGSIDECAR_"));
        builder.environment().put("POD_NAME", name);
        builder.environment().put("PGSIDECAR_JAVA_OPTS", "-Xint");
        Process process = builder.start();
        while (process.isAlive() && !Files.exists(server.data().resolve("pgsidecar-restore.json"))) {
            Thread.sleep(5);
        }
        process.destroyForcibly();
        process.waitFor();
        return Files.exists(server.data().resolve("pgsidecar-restore.json"));
    }

    /** What the image of postgres does with an empty folder. */
    Member initdb() {
        server.initdb("--data-checksums", "--wal-segsize=1");
        return this;
    }

    /** The agent, then PostgreSQL. */
    Member start() {
        launch();
        server.awaitConnections();
        return this;
    }

    /** The same, not waiting for PostgreSQL. */
    void launch() {
        server.takePort();
        server.configure(
                "archive_mode = on",
                "archive_command = '" + agent.socket().resolveSibling("pgsidecar-wal") + " archive %p'",
                "wal_level = replica",
                "wal_keep_size = 0",
                "wal_retrieve_retry_interval = 200ms");
        agent.start();
        server.launch();
    }

    /** As a pod is stopped: PostgreSQL first, then the agent. */
    void stop() {
        server.stop();
        agent.stop();
    }

    /** As a node dies. */
    void kill() {
        server.kill();
        agent.kill();
    }

    void loseVolume() throws IOException {
        try (Stream<Path> all = Files.walk(server.data())) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Makes it the primary, and waits until its timeline's history is stored. */
    void promote() {
        server.execute("SELECT pg_promote()");
        server.awaitQuery("SELECT pg_is_in_recovery()::text", "false");
        server.execute("CHECKPOINT");
        String timeline = server.query("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)");
        server.await("its history is stored", () -> {
            try (Stream<Path> files = Files.list(home.resolveSibling("repository/main/wals"))) {
                return files.anyMatch(file -> file.getFileName().toString().startsWith(timeline + ".history"));
            }
        });
    }

    /** Ends the segment that is written, and waits until it is stored. */
    void archive() {
        server.execute("SELECT pg_create_restore_point('so that there is something to switch')");
        String segment = server.query("SELECT pg_walfile_name(pg_switch_wal())");
        server.awaitQuery("SELECT (last_archived_wal >= '" + segment + "')::text FROM pg_stat_archiver", "true");
    }

    /** Waits until it streams and has replayed what the primary has written. */
    void awaitInStep(Member primary) {
        server.awaitQuery("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'", "1");
        String lsn = primary.server.query("SELECT pg_current_wal_lsn()");
        server.awaitQuery("SELECT pg_last_wal_replay_lsn() >= '" + lsn + "'", "t");
    }

    void assertRows(String expected) {
        assertThat(server.query("SELECT string_agg(t, ' ' ORDER BY t) FROM rows"))
                .isEqualTo(expected);
    }

    /** Directories that were kept. */
    List<Path> kept() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("pg"))) {
            return new ArrayList<>(
                    files.filter(file -> file.getFileName().toString().startsWith("data.diverged-"))
                            .toList());
        }
    }

    @Override
    public void close() {
        server.close();
        agent.close();
    }
}
