package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.agent.pod.Shim;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An instance is taken out of service before it stops, and is back when it has started again. */
class DrainIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    private static int readiness(Pod pod) {
        return pod.agent().get("/readyz").statusCode();
    }

    @Test
    void drainedByTheHookUntilTheServerStartsAgainOrItIsTakenBack() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.agent().set("probes.interval", "100ms").set("probes.maxAge", "2m");
            pod.start();
            pod.agent().await("ready", () -> readiness(pod) == 200);

            Shim.Result drained = pod.shim().drain("--timeout", "120");
            assertThat(drained.exit()).as(drained.stderr()).isZero();
            assertThat(drained.stderr()).isEmpty();
            assertThat(pod.agent().get("/readyz").body()).contains("draining since");
            assertThat(readiness(pod)).isEqualTo(503);
            assertThat(pod.agent().get("/livez").statusCode()).isEqualTo(200);
            assertThat(pod.server().query("SELECT 1"))
                    .as("who is there is served")
                    .isEqualTo("1");
            pod.switchAndArchive();

            pod.server().stop();
            pod.server().start();
            pod.agent().await("ready again", () -> readiness(pod) == 200);
            pod.agent()
                    .await(
                            "the end is told",
                            () -> pod.agent().log().contains("The drain is over: PostgreSQL has started again"));

            Program again = Program.run(pod, "drain");
            assertThat(again.exit()).as(again.out()).isZero();
            assertThat(readiness(pod)).isEqualTo(503);
            Program back = Program.run(pod, "undrain");
            assertThat(back.out()).contains("Undrained");
            assertThat(back.exit()).isZero();
            assertThat(readiness(pod)).isEqualTo(200);
            assertThat(Program.run(pod, "undrain").out()).contains("It was not draining");
        }
    }

    @Test
    void aPromotionIsRefusedToAPrimaryAndDoneToAReplica() throws Exception {
        try (Pod pod = Pod.create(16, home.resolve("a"), home.resolve("r")).start()) {
            Program refused = Program.run(pod, "promote");
            assertThat(refused.exit()).as(refused.out()).isEqualTo(43);
            assertThat(refused.out()).contains("it is a primary already");

            pod.switchAndArchive();
            pod.server().stop();
            pod.server().touch("standby.signal").start();
            assertThat(pod.server().query("SELECT pg_is_in_recovery()")).isEqualTo("t");
            pod.server().execute("SELECT 1");
            Program promoted = Program.run(pod, "promote", "--timeout", "300");
            assertThat(promoted.exit()).as(promoted.out()).isZero();
            assertThat(promoted.out()).contains("Promoted: a primary on timeline 2, at 0/");
            assertThat(pod.server().query("SELECT pg_is_in_recovery()")).isEqualTo("f");
        }
    }

    @Test
    void aRoleThatMayNotPromoteIsToldWhatItLacks() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.agent().set("postgres.user", "watcher");
            pod.server().start();
            pod.server().execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor");
            pod.agent().start();
            pod.switchAndArchive();
            pod.server().stop();
            pod.server().touch("standby.signal").start();
            Program refused = Program.run(pod, "promote");
            assertThat(refused.exit()).as(refused.out()).isEqualTo(1);
            assertThat(refused.out()).contains("GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO watcher");
            assertThat(pod.server().query("SELECT pg_is_in_recovery()")).isEqualTo("t");
        }
    }
}
