package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL stops, and its last WAL is in the repository before the agent exits. */
class ShutdownSweepIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    private Pod pod(int major) {
        Pod pod = Pod.create(major, home.resolve("a"), home.resolve("r"), "--wal-segsize=1");
        // Time for a slow machine, within what the agent's exit is waited for.
        pod.agent().set("shutdown.timeout", "25s").set("shutdown.sweep", "30s");
        return pod;
    }

    /** Segments that wait while nobody asks for them any more. */
    private static void leaveWaiting(Pod pod) {
        pod.switchAndArchive();
        pod.server().execute("ALTER SYSTEM SET archive_command = 'false'", "SELECT pg_reload_conf()");
        pod.server().awaitQuery("SHOW archive_command", "false");
        pod.server()
                .execute(
                        "CREATE TABLE t AS SELECT g, md5(g::text) FROM generate_series(1, 50000) g",
                        "SELECT pg_switch_wal()");
    }

    private static List<String> ready(Pod pod) throws IOException {
        try (Stream<Path> files = Files.list(pod.server().data().resolve("pg_wal/archive_status"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".ready"))
                    .map(name -> name.replace(".ready", ""))
                    .sorted()
                    .toList();
        }
    }

    private static void assertStoredAsWritten(Pod pod, List<String> segments) throws IOException {
        for (String segment : segments) {
            assertThat(Pod.content(pod.stored(segment)))
                    .as(segment)
                    .isEqualTo(Files.readAllBytes(
                            pod.server().data().resolve("pg_wal").resolve(segment)));
        }
    }

    @Test
    void whatPostgresLeftWaitingIsArchivedWhenItHasExited() throws Exception {
        try (Pod pod = pod(17).start()) {
            leaveWaiting(pod);
            pod.server().stop();
            List<String> waiting = ready(pod);
            assertThat(waiting).hasSizeGreaterThan(3);
            assertThat(pod.storedSegments().keySet()).doesNotContainAnyElementsOf(waiting.subList(1, waiting.size()));

            assertThat(pod.agent().stop()).isZero();
            assertStoredAsWritten(pod, waiting);
            assertThat(ready(pod)).as("PostgreSQL's own marks").isEqualTo(waiting);
            assertThat(pod.agent().log())
                    .contains("Swept what PostgreSQL has left waiting")
                    .contains("left=\"0\"");

            // When it starts again it asks for them, and is told that they are archived.
            pod.agent().start();
            pod.server().start();
            pod.server()
                    .execute("ALTER SYSTEM RESET archive_command", "SELECT pg_reload_conf()", "SELECT pg_switch_wal()");
            pod.awaitArchived(waiting.getLast());
            assertStoredAsWritten(pod, waiting);
        }
    }

    @Test
    void killedInTheMiddleOfItNothingIsLost() throws Exception {
        try (Pod pod = pod(16).start()) {
            leaveWaiting(pod);
            pod.server().stop();
            List<String> waiting = ready(pod);
            pod.agent().signal("TERM");
            pod.agent()
                    .await(
                            "the sweep has begun",
                            () -> pod.storedSegments().size() > 2
                                    || !pod.agent().running());
            pod.agent().kill();

            pod.agent().start();
            pod.server().start();
            pod.server().execute("ALTER SYSTEM RESET archive_command", "SELECT pg_reload_conf()");
            pod.switchAndArchive();
            assertStoredAsWritten(pod, waiting);
        }
    }

    /** Both containers of a pod are told to stop at the same moment, where the agent is no native sidecar. */
    @Test
    void toldToStopTogetherWithPostgresItServesTheLastCallsAndSweepsTheRest() throws Exception {
        try (Pod pod = pod(15).start()) {
            pod.switchAndArchive();
            pod.server().execute("CREATE TABLE t AS SELECT g, md5(g::text) FROM generate_series(1, 50000) g");
            StoppedTogether.tell(pod);
            assertThat(pod.server().awaitExit()).isZero();
            assertThat(pod.agent().awaitExit()).isZero();
            assertStoredAsWritten(pod, ready(pod));
            assertThat(pod.server().log()).doesNotContain("exit code 40");
            assertThat(pod.agent().log()).contains("Swept what PostgreSQL has left waiting");
        }
    }

    @Test
    void afterACrashOfPostgresItsFileIsNotTakenForARunningServer() throws Exception {
        try (Pod pod = pod(18)) {
            pod.agent().set("probes.interval", "100ms").set("shutdown.timeout", "1m");
            pod.start();
            leaveWaiting(pod);
            pod.agent().await("observed", () -> pod.agent().get("/readyz").statusCode() == 200);
            pod.server().signal("KILL");
            pod.server().awaitExit();
            assertThat(pod.server().data().resolve("postmaster.pid")).exists();
            pod.agent().await("gone", () -> pod.agent().get("/readyz").body().contains("no server listens"));
            List<String> waiting = ready(pod);
            assertThat(pod.agent().stop()).isZero();
            assertStoredAsWritten(pod, waiting);
        }
    }
}
