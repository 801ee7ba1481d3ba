package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is stopped first: what was committed last is in the repository, and a replica that is built of it has it. */
class ShutdownOrderIT {

    private static final int MAJOR = 17;

    @TempDir(factory = PodFolder.class)
    Path home;

    private Pod pod() {
        Pod pod = Pod.create(MAJOR, home.resolve("a"), home.resolve("r"), "--wal-segsize=1");
        // Time for a slow machine, within what the agent's exit is waited for.
        pod.agent()
                .set("probes.interval", "100ms")
                .set("shutdown.timeout", "25s")
                .set("shutdown.sweep", "30s");
        pod.start();
        pod.server().execute("CREATE TABLE rows (t text)");
        Program backup = Program.run(pod, "backup", "now");
        assertThat(backup.exit()).as(backup.out()).isZero();
        return pod;
    }

    /** As a native sidecar: it is told to stop when PostgreSQL has exited. */
    @Test
    void postgresFirst() throws Exception {
        try (Pod pod = pod()) {
            // PostgreSQL's archiver gives up at the first failure of its last cycle, and leaves the rest.
            pod.server()
                    .execute(
                            "ALTER SYSTEM SET archive_command = 'false'",
                            "SELECT pg_reload_conf()",
                            "INSERT INTO rows VALUES ('last')");
            pod.server().awaitQuery("SHOW archive_command", "false");
            pod.server().stop();
            assertThat(pod.agent().running()).isTrue();
            assertThat(pod.agent().stop()).isZero();
            assertThat(pod.agent().log()).contains("Draining").contains("Swept what PostgreSQL has left waiting");
            aReplicaHasTheLastRow(pod);
        }
    }

    /** Without native sidecars all containers are told at the same moment. */
    @Test
    void bothAtOnce() throws Exception {
        try (Pod pod = pod()) {
            pod.server().execute("INSERT INTO rows VALUES ('last')");
            StoppedTogether.tell(pod);
            assertThat(pod.server().awaitExit()).isZero();
            assertThat(pod.agent().awaitExit()).isZero();
            assertThat(pod.agent().log()).contains("Draining");
            aReplicaHasTheLastRow(pod);
        }
    }

    /** With the hook before either is told: clients are sent away while PostgreSQL still serves who is there. */
    @Test
    void drainedBefore() throws Exception {
        try (Pod pod = pod()) {
            assertThat(pod.shim().drain("--timeout", "60").exit()).isZero();
            assertThat(pod.agent().get("/readyz").statusCode()).isEqualTo(503);
            pod.server().execute("INSERT INTO rows VALUES ('last')");
            pod.server().stop();
            assertThat(pod.agent().stop()).isZero();
            aReplicaHasTheLastRow(pod);
        }
    }

    private void aReplicaHasTheLastRow(Pod pod) throws Exception {
        Path there = Files.createDirectories(home.resolve("b/pg"));
        RunAs.own(home.resolve("b"));
        String restoreCommand = pod.app().shim() + " --socket " + home.resolve("b/agent/agent.sock") + " restore %f %p";
        Program restored = Program.run(
                pod,
                "restore",
                "--to",
                there.resolve("data").toString(),
                "--standby",
                "--restore-command",
                restoreCommand);
        assertThat(restored.exit()).as(restored.out()).isZero();
        PostgresServer server = PostgresServer.over(PostgresBinaries.fromMaven(MAJOR), there);
        try (Pod replica = Pod.of(home.resolve("b"), pod.app(), server, home.resolve("r"))) {
            replica.start();
            replica.server().awaitQuery("SELECT string_agg(t, ' ') FROM rows", "last");
        }
    }
}
