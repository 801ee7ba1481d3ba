package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.LosingRelay;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Shim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent fails while PostgreSQL writes: PostgreSQL keeps its WAL, and archiving goes on by itself. */
class AgentFailureIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void anAgentThatIsDownIsNamedInPostgresLogAndNothingIsLost() {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.server().start();
            pod.server().execute("SELECT pg_switch_wal()");
            pod.server().awaitQuery("SELECT failed_count > 0 FROM pg_stat_archiver", "t");
            assertThat(pod.server().log())
                    .contains("pgsidecar-wal: error: could not archive \"pg_wal/000000010000000000000001\"")
                    .contains("agent.sock")
                    .contains("pgsidecar-wal: hint: ")
                    .contains("failed with exit code 40");

            pod.agent().start();
            pod.switchAndArchive();
            assertThat(pod.storedSegments()).containsKey("000000010000000000000001");
        }
    }

    @Test
    void anAgentThatHangsIsNotWaitedForForEver() {
        try (Pod pod = Pod.create(18, home.resolve("a"), home.resolve("r")).start()) {
            String segment = pod.switchAndArchive();
            pod.agent().signal("STOP");
            assertThat(pod.shim().archive("pg_wal/" + segment, "--timeout", "1").exit())
                    .isEqualTo(41);
            assertThat(pod.shim()
                            .restore(segment, "pg_wal/RECOVERYXLOG", "--timeout", "1")
                            .exit())
                    .isEqualTo(255);
            pod.agent().signal("CONT");
            assertThat(pod.shim().archive("pg_wal/" + segment).exit()).isZero();
            pod.switchAndArchive();
        }
    }

    @Test
    void killedWhileStoringItLeavesNothingHalfAndTheNextAgentStoresItAll() throws Exception {
        try (Pod pod = Pod.create(16, home.resolve("a"), home.resolve("r"), "--wal-segsize=64")) {
            // So slow, and so much at once, that there is time to kill.
            pod.agent().set("archive.compressionLevel", "19");
            pod.start();
            writeSomethingHardToCompress(pod, 500_000);
            String segment = pod.server().query("SELECT pg_walfile_name(pg_switch_wal())");
            pod.agent().await("the segment is being stored", () -> isStoring(home.resolve("r")));
            pod.agent().kill();
            assertThat(pod.storedSegments()).doesNotContainKey(segment);
            pod.agent().set("archive.compressionLevel", "1").start();
            // Wakes an archiver that has given up for a minute, where the next agent took its time to start.
            pod.switchAndArchive();
            assertThat(pod.storedSegments()).containsKey(segment);
            assertStoredAsWritten(pod);
        }
    }

    @Test
    void killedBetweenStoringAndAnsweringTheSameCallSucceedsWithTheNextAgent() throws Exception {
        try (Pod pod = Pod.create(14, home.resolve("a"), home.resolve("r")).start();
                LosingRelay relay =
                        new LosingRelay(home.resolve("relay.sock"), pod.agent().socket())) {
            pod.server().execute("ALTER SYSTEM SET archive_command = 'false'", "SELECT pg_reload_conf()");
            pod.server().awaitQuery("SHOW archive_command", "false");
            String segment = pod.server().query("SELECT pg_walfile_name(pg_switch_wal())");
            relay.loseTheNextAnswer(() -> {
                pod.agent().kill();
                pod.agent().start();
            });
            Shim.Result result = new Shim(pod.server().data(), relay.socket()).archive("pg_wal/" + segment);
            assertThat(result).isEqualTo(new Shim.Result(0, ""));
            assertThat(relay.lost()).isEqualTo(1);
            assertStoredAsWritten(pod);
        }
    }

    @Test
    void sigtermLetsTheRequestInFlightFinishAndExitsWithZero() throws Exception {
        try (Pod pod = Pod.create(15, home.resolve("a"), home.resolve("r"))) {
            // Slow enough to be met, and done within the time that a stop has.
            pod.agent().set("archive.compressionLevel", "19").set("shutdown.timeout", "55s");
            pod.start();
            pod.server().execute("ALTER SYSTEM SET archive_command = 'false'", "SELECT pg_reload_conf()");
            pod.server().awaitQuery("SHOW archive_command", "false");
            writeSomethingHardToCompress(pod, 100_000);
            String segment = pod.server().query("SELECT pg_walfile_name(pg_switch_wal())");
            // Not in the common pool: it has one thread, and another class's call may have it.
            CompletableFuture<Shim.Result> call = CompletableFuture.supplyAsync(
                    () -> pod.shim().archive("pg_wal/" + segment), Thread::startVirtualThread);
            pod.agent().await("the segment is being stored", () -> isStoring(home.resolve("r")));
            assertThat(pod.agent().stop()).isZero();
            assertThat(call.get(2, TimeUnit.MINUTES)).isEqualTo(new Shim.Result(0, ""));
            assertThat(pod.storedSegments()).containsKey(segment);
            assertThat(pod.agent().socket()).doesNotExist();
            assertThat(pod.agent().log()).contains("Stopping").contains("Stopped");
        }
    }

    @Test
    void aSecondAgentOnOneSocketIsRefusedAndASocketThatAKilledOneLeftIsNotInTheWay() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.agent().start();
            AgentProcess second = new AgentProcess(home.resolve("a/agent"), pod.server(), home.resolve("r"));
            second.launch();
            assertThat(second.awaitExit()).isEqualTo(1);
            assertThat(pod.agent().log()).contains("control.socket: another agent serves ");
            assertThat(pod.agent().get("/livez").statusCode()).isEqualTo(200);

            pod.agent().kill();
            assertThat(pod.agent().socket()).exists();
            pod.agent().start();
            assertThat(Files.getPosixFilePermissions(pod.agent().socket())).hasSize(4);
            assertThat(pod.agent().stop()).isZero();
        }
    }

    @Test
    void aPortThatIsTakenIsNamedWithItsKey() throws Exception {
        Files.createDirectories(home.resolve("x"));
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"));
                AgentProcess second = new AgentProcess(home.resolve("x"), pod.server(), home.resolve("r"))) {
            pod.agent().start();
            second.set("http.port", Integer.toString(pod.agent().port()));
            second.launch();
            assertThat(second.awaitExit()).isEqualTo(1);
            assertThat(second.log())
                    .contains("http.port: cannot listen on 127.0.0.1:"
                            + pod.agent().port());
        }
    }

    @Test
    void postgresMayBeAwayRestartOrRefuseTheLoginWhileTheAgentGoesOn() {
        try (Pod pod = Pod.create(14, home.resolve("a"), home.resolve("r"))) {
            // What was seen counts for long: a slow machine may not look for some seconds.
            pod.agent()
                    .set("postgres.user", "nobody_knows")
                    .set("probes.interval", "100ms")
                    .set("probes.maxAge", "1m");
            pod.agent().start();
            pod.agent()
                    .await("not ready", () -> pod.agent().get("/readyz").body().contains("no server listens"));
            assertThat(pod.agent().get("/readyz").statusCode()).isEqualTo(503);
            assertThat(pod.agent().get("/livez").statusCode()).isEqualTo(200);
            assertThat(pod.agent().get("/healthz").statusCode()).isEqualTo(200);
            assertThat(pod.agent().get("/startupz").statusCode())
                    .as("no postmaster yet")
                    .isEqualTo(503);

            pod.server().start();
            pod.agent().await("up", () -> pod.agent().get("/readyz").body().contains("cannot log in"));
            assertThat(pod.agent().get("/readyz").statusCode())
                    .as("the server is fine")
                    .isEqualTo(200);
            pod.switchAndArchive();

            pod.server().execute("CREATE ROLE nobody_knows LOGIN");
            pod.agent().await("ready", () -> pod.agent().get("/readyz").body().startsWith("primary"));
            assertThat(pod.agent().get("/startupz").statusCode()).isEqualTo(200);
            assertThat(pod.agent().get("/readyz?lag=1kB").statusCode())
                    .as("a primary is not behind")
                    .isEqualTo(200);
            assertThat(pod.agent().get("/readyz?lag=little").statusCode()).isEqualTo(400);
            assertThat(pod.agent().get("/status").body()).contains("\"systemIdentifier\" : \"", "\"timeline\" : 1,");
            pod.server().stop();
            pod.agent().await("down", () -> pod.agent().get("/readyz").statusCode() == 503);
            pod.server().start();
            pod.agent().await("ready again", () -> pod.agent().get("/readyz").statusCode() == 200);
            pod.switchAndArchive();
        }
    }

    /** Some 80 bytes of WAL a row. */
    private static void writeSomethingHardToCompress(Pod pod, int rows) {
        pod.server()
                .execute("CREATE TABLE noise AS SELECT sha512((g || random()::text)::bytea) AS n"
                        + " FROM generate_series(1, " + rows + ") g");
    }

    private static boolean isStoring(Path repository) throws IOException {
        if (!Files.isDirectory(repository.resolve(".pgsidecar-tmp"))) {
            return false;
        }
        try (var files = Files.newDirectoryStream(repository.resolve(".pgsidecar-tmp"), "*.tmp")) {
            for (Path file : files) {
                if (Files.size(file) > 100_000) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void assertStoredAsWritten(Pod pod) throws IOException {
        for (var segment : pod.storedSegments().entrySet()) {
            assertThat(Pod.content(segment.getValue()))
                    .as(segment.getKey())
                    .isEqualTo(Files.readAllBytes(
                            pod.server().data().resolve("pg_wal").resolve(segment.getKey())));
        }
    }
}
