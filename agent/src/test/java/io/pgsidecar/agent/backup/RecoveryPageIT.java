package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.agent.DocsPage;
import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of docs/recovery.md, run from the page. */
class RecoveryPageIT {

    private static final DocsPage PAGE = DocsPage.RECOVERY;

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void aDroppedTableIsRestoredBesideTheClusterAndCopiedBack() throws Exception {
        int major = 15;
        Path side = folder("side");
        try (Pod pod = Pod.create(major, home.resolve("a"), home.resolve("r")).start()) {
            pod.server().execute("CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id");
            backup(pod);
            pod.server().execute("INSERT INTO orders SELECT generate_series(1001, 1500)");
            String moment = pod.server().query("SELECT clock_timestamp()");
            pod.server().execute("DROP TABLE orders");
            Map<String, String> variables = new HashMap<>(Map.of(
                    "SIDE", side.toString(),
                    "MOMENT", pod.server().query("SELECT clock_timestamp()"),
                    "PGSIDECAR_CONFIG", pod.agent().config().toString(),
                    "PGUSER", "postgres",
                    "PGDATABASE", "postgres"));
            variables.put("PATH", path(pod, major));
            variables.put("PGCTLTIMEOUT", "180");
            variables.put("PGSIDECAR_CONTROL_SOCKET", side.resolve("agent.sock").toString());
            pod.server().execute("CREATE TABLE later (a int)");
            pod.switchAndArchive();
            Map<String, Integer> ports = Map.of(
                    "5433", PostgresServer.freePort(),
                    "8009", PostgresServer.freePort(),
                    "5432", pod.server().port());
            assertThat(run(PAGE.block("run: what there is"), variables)).contains("DONE", "all there");
            variables.put("PGSIDECAR_POSTGRES_DATA", side.resolve("data").toString());
            try {
                run(with(ports, PAGE.block("run: beside")) + "echo $! > \"$SIDE/agent.pid\"", variables);
                assumeThat(bash("command -v psql && command -v pg_dump", variables)
                                .exit())
                        .as("psql and pg_dump are installed, for the rest of it")
                        .isZero();
                pod.server()
                        .await(
                                "it is seen that the moment was too late",
                                () -> bash(with(ports, PAGE.block("run: look")), variables)
                                        .out()
                                        .contains("does not exist"));
                variables.put("MOMENT", moment);
                run(with(ports, PAGE.block("run: again")), variables);
                pod.server()
                        .await(
                                "the copy is at the moment",
                                () -> bash(with(ports, PAGE.block("run: look")), variables)
                                        .out()
                                        .lines()
                                        .anyMatch(line -> line.strip().equals("f")));
                assertThat(run(with(ports, PAGE.block("run: look")), variables)).contains("1500");
                run(with(ports, PAGE.block("run: copy back")), variables);
                assertThat(pod.server().query("SELECT count(*) FROM orders")).isEqualTo("1500");
                assertThat(pod.server().query("SELECT count(*) FROM later")).isEqualTo("0");
            } finally {
                Program ignored = bash(
                        "pg_ctl -D \"$SIDE/data\" -m immediate -w stop || :; kill -9 \"$(cat \"$SIDE/agent.pid\")\"",
                        variables);
            }
        }
    }

    @Test
    void aClusterThatIsGoneIsRestoredFromTheRepositoryInAnotherRegion() throws Exception {
        Path elsewhere = folder("elsewhere");
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.agent()
                    .set("repositories.elsewhere.path", elsewhere.toString())
                    .set("repositories.elsewhere.optional", "true");
            pod.start();
            pod.server().execute("CREATE TABLE t AS SELECT generate_series(1, 1000) g");
            backup(pod);
            pod.server().execute("INSERT INTO t SELECT generate_series(1001, 1100)");
            String last = pod.switchAndArchive();
            pod.agent().await("it has caught up", () -> {
                // Beside it are files that come and go.
                Path wals = elsewhere.resolve("main/wals");
                if (!Files.isDirectory(wals)) {
                    return false;
                }
                try (Stream<Path> files = Files.walk(wals)) {
                    return files.anyMatch(file -> file.toString().contains(last));
                }
            });
            pod.server().stop();
            pod.agent().stop();

            Path other = folder("b");
            PostgresServer server = pod.server().restoredTo(folder("b/pg"));
            AgentProcess agent =
                    new AgentProcess(pod.app(), folder("b/agent"), server.data(), server.port(), elsewhere);
            try (Pod restored = new Pod(other, pod.app(), server, agent, elsewhere)) {
                restored.agent().start();
                Map<String, String> variables = Map.of(
                        "PGDATA", server.data().toString(),
                        "PGSIDECAR_CONFIG", agent.config().toString(),
                        "PATH", path(pod, 17));
                run("pgsidecar-wal install " + agent.socket().getParent(), variables);
                assertThat(run(PAGE.block("run: gone"), variables)).contains("the end of the WAL");
                assertThat(run(PAGE.block("run: gone"), variables))
                        .as("once more, as in a pod that is restarted")
                        .isEmpty();
                server.takePort().start();
                server.awaitQuery("SELECT pg_is_in_recovery()", "f");
                assertThat(server.query("SELECT count(*) FROM t")).isEqualTo("1100");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tarZstdAndAgeRecoverToAMomentAndFindWhatIsDamaged(boolean encrypted) throws Exception {
        Path space = folder("space");
        Path identity = home.resolve("identity");
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            if (encrypted) {
                assumeThat(bash("command -v age", Map.of()).exit())
                        .as("age is installed")
                        .isZero();
                pod.agent().set("encryption.recipients", key(identity));
            }
            pod.agent().set("backup.tarSize", "16MB");
            pod.start();
            pod.server()
                    .execute(
                            "CREATE TABLESPACE far LOCATION '" + space + "'",
                            "CREATE TABLE there TABLESPACE far AS SELECT generate_series(1, 1000) g",
                            "CREATE TABLE large AS SELECT repeat(md5(g::text), 8) FROM generate_series(1, 150000) g");
            String id = backup(pod);
            pod.server().execute("INSERT INTO there SELECT generate_series(1001, 1100)");
            String moment = pod.server().query("SELECT clock_timestamp()");
            pod.server().execute("DROP TABLE there");
            pod.switchAndArchive();

            Map<String, String> variables = new HashMap<>(Map.of(
                    "REPOSITORY", home.resolve("r").toString(),
                    "SERVER", "main",
                    "ID", id,
                    "IDENTITY", identity.toString(),
                    "DATA", folder("b/pg").resolve("data").toString(),
                    "SPACES", home.resolve("b/spaces").toString(),
                    "OUT", folder("wal").toString(),
                    "MOMENT", moment));
            assertThat(run(PAGE.block("by-hand: choose"), variables)).contains(id + "/backup.info:end_time=");
            String read = PAGE.block("by-hand: read");
            run(read + PAGE.block("by-hand: unpack"), variables);
            String compare = read + PAGE.block("by-hand: compare");
            run(compare, variables);
            Path file = Path.of(variables.get("DATA"), "pg_hba.conf");
            byte[] content = Files.readAllBytes(file);
            Files.write(file, new byte[] {'#'});
            assertThat(bash(compare, variables).out()).contains("pg_hba.conf: FAILED");
            Files.write(file, content);
            if (encrypted) {
                Map<String, String> foreign = new HashMap<>(variables);
                String ignored = key(home.resolve("foreign"));
                foreign.put("IDENTITY", home.resolve("foreign").toString());
                foreign.put("DATA", home.resolve("c").toString());
                assertThat(bash(read + PAGE.block("by-hand: unpack"), foreign).exit())
                        .as("a wrong key is an error")
                        .isNotZero();
            }
            run(DocsPage.WAL.block("by-hand: everything"), variables);
            run(PAGE.block("by-hand: settings"), variables);

            try (PostgresServer server = PostgresServer.over(PostgresBinaries.fromMaven(17), home.resolve("b/pg"))) {
                server.start();
                server.awaitQuery("SELECT pg_is_in_recovery()", "f");
                assertThat(server.query("SELECT count(*) FROM there")).isEqualTo("1100");
                assertThat(server.query("SELECT count(*) FROM large")).isEqualTo("150000");
            }
        }
    }

    /** Makes a key; its public half. */
    private static String key(Path identity) throws IOException, InterruptedException {
        return run(
                        "age-keygen -o \"$IDENTITY\" 2> /dev/null && age-keygen -y \"$IDENTITY\"",
                        Map.of("IDENTITY", identity.toString()))
                .strip();
    }

    private Path folder(String name) throws IOException {
        Path folder = Files.createDirectories(home.resolve(name));
        RunAs.own(home.resolve(name.replaceFirst("/.*", "")));
        return folder;
    }

    private static String backup(Pod pod) throws IOException {
        Program backup = Program.run(pod, "backup", "now");
        assertThat(backup.exit()).as(backup.out()).isZero();
        try (Stream<Path> backups = Files.list(pod.repository().resolve("main/base"))) {
            return backups.map(path -> String.valueOf(path.getFileName()))
                    .max(String::compareTo)
                    .orElseThrow();
        }
    }

    private static String path(Pod pod, int major) {
        return "%s:%s:%s:/usr/lib/postgresql/%d/bin"
                .formatted(
                        pod.app().pgsidecar().getParent(),
                        PostgresBinaries.fromMaven(major).program("pg_ctl").getParent(),
                        Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin"),
                        major);
    }

    /** The page has the ports that people have. */
    private static String with(Map<String, Integer> ports, String block) {
        String script = block;
        for (Map.Entry<String, Integer> port : ports.entrySet()) {
            script = script.replaceAll(
                    "\\b" + port.getKey() + "\\b", port.getValue().toString());
        }
        return script;
    }

    private static String run(String script, Map<String, String> variables) throws IOException, InterruptedException {
        Program program = bash(script, variables);
        assertThat(program.exit()).as(script + "\n" + program.out()).isZero();
        return program.out();
    }

    /** Into a file: what a script leaves running must not keep us waiting for the end of a pipe. */
    private static Program bash(String script, Map<String, String> variables) throws IOException, InterruptedException {
        Path out = Files.createTempFile("pgsidecar-", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(
                            RunAs.command(new ArrayList<>(List.of("bash", "-euo", "pipefail", "-c", script))))
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile());
            builder.environment().putAll(variables);
            int exit = builder.start().waitFor();
            return new Program(exit, Files.readString(out));
        } finally {
            Files.delete(out);
        }
    }
}
