package io.pgsidecar.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresProcess;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The DESIGN's table of probes, on real servers: what startup, liveness and readiness answer. What a replica adds to it is
 * in {@link ReplicaProbesIT}.
 */
class ProbeTableIT {

    static final List<Integer> VERSIONS = Versions.TESTED;

    @TempDir
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aServerThatRecoversForLongIsAliveAndNotReady(int major) {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "processes are told apart by /proc");
        try (PostgresServer server = server(major);
                Probed probed = Probed.byHand(server)) {
            probed.look();
            assertThat(probed.answers()).as("no postmaster yet").isEqualTo("503 200 503");

            server.configure("checkpoint_timeout = 1h", "max_wal_size = 1GB", "fsync = off")
                    .start();
            probed.look();
            assertThat(probed.answers()).as("primary").isEqualTo("200 200 200");
            assertThat(probed.state().cause()).startsWith("primary, accepting writes at ");

            server.execute("CREATE TABLE t (i int, x text)");
            crash(server);
            probed.look();
            assertThat(probed.answers()).as("crashed").isEqualTo("503 200 503");

            PostgresProcess startup = frozenInCrashRecovery(server);
            try {
                InstanceState state = probed.lookUntil(
                        "it is known to recover", s -> s.cause().contains("in crash recovery from "));
                assertThat(state.availability()).isEqualTo(Availability.STARTING);
                assertThat(state.cause()).matches(".*; in crash recovery from 0/[0-9A-F]+ on timeline 1, for \\d+ s");
                assertThat(state.role()).as("what it was stays known").isEqualTo(InstanceRole.PRIMARY);
                assertThat(probed.answers()).as("in crash recovery").isEqualTo("200 200 503");
            } finally {
                startup.signal("CONT");
            }
            probed.lookUntil("it has recovered", s -> s.availability() == Availability.ACCEPTING);
            assertThat(probed.answers()).isEqualTo("200 200 200");
        }
    }

    private static void crash(PostgresServer server) {
        server.execute("INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 400000) AS i");
        server.signal("QUIT");
        server.awaitExit();
    }

    /** Starts the crashed server and freezes its replay; a recovery that was too fast for that is tried again. */
    private static PostgresProcess frozenInCrashRecovery(PostgresServer server) {
        while (true) {
            server.launch();
            AtomicReference<PostgresProcess> startup = new AtomicReference<>();
            server.await("it recovers", () -> {
                PostgresProcess.of(server, "startup recovering").ifPresent(found -> {
                    found.signal("STOP");
                    // The process has its title for a moment longer.
                    if (ControlFile.read(server.data())
                            .filter(control -> control.state() == ControlFile.State.IN_CRASH_RECOVERY)
                            .isPresent()) {
                        startup.set(found);
                    } else {
                        found.signal("CONT");
                    }
                });
                return startup.get() != null
                        || PostmasterFile.status(server.data())
                                .filter("ready"::equals)
                                .isPresent();
            });
            if (startup.get() != null) {
                return startup.get();
            }
            server.awaitConnections();
            crash(server);
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aServerThatShutsDownIsNotReadyAndNotHeldUpByTheAgentsSession(int major) throws Exception {
        try (PostgresServer server = server(major).start();
                Probed probed = Probed.running(server)) {
            probed.await("ready", s -> s.availability() == Availability.ACCEPTING);
            try (Connection client = server.connect()) {
                server.signal("TERM");
                probed.await("it is seen to stop", s -> s.availability() == Availability.STOPPING);
                assertThat(probed.answers()).as("a client stays").isEqualTo("200 200 503");
                assertThat(probed.state().cause()).startsWith("stopping: ");
                assertThat(client.isValid(60)).isTrue();
            }
            assertThat(server.awaitExit())
                    .as("only the client's session was waited for")
                    .isZero();
            probed.await("gone", s -> s.availability() == Availability.NO_SERVER);
            assertThat(probed.answers()).isEqualTo("503 200 503");
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aFullServerIsReadyWhileItsLastAnswerIsFresh(int major) throws Exception {
        try (PostgresServer server = server(major)) {
            server.configure("max_connections = 8", "superuser_reserved_connections = 3")
                    .start();
            server.execute("CREATE ROLE plain LOGIN");
            List<Connection> clients = new ArrayList<>();
            try (InstanceObserver kept = Probed.observer(server, "plain", Optional::empty);
                    InstanceObserver late = Probed.observer(server, "plain", Optional::empty)) {
                kept.observe();
                late.observe();
                server.await("all slots are taken", () -> {
                    late.observe();
                    server.execute(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgsidecar'");
                    fill(server, clients);
                    return late.observe().availability() == Availability.FULL;
                });
                InstanceState full = late.state();
                assertThat(ready(full)).as("it has answered just now").isTrue();
                assertThat(Readiness.of(
                                        full,
                                        Duration.ofSeconds(60),
                                        System.nanoTime()
                                                + Duration.ofSeconds(61).toNanos())
                                .ok())
                        .isFalse();
                server.await(
                        "its last answer is too old",
                        () -> late.observe().availability() == Availability.FULL && !ready(late.state(), Probed.SHORT));
                assertThat(late.state().cause()).startsWith("no connection left: ");
            } finally {
                for (Connection client : clients) {
                    client.close();
                }
            }
        }
    }

    private static boolean ready(InstanceState state) {
        return ready(state, Probed.LONG);
    }

    private static boolean ready(InstanceState state, Duration maxAge) {
        return Readiness.of(state, maxAge, System.nanoTime()).ok();
    }

    private static void fill(PostgresServer server, List<Connection> clients) {
        try {
            while (clients.size() < 20) {
                clients.add(DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port()
                        + "/postgres?user=plain&ApplicationName=client"));
            }
        } catch (SQLException e) {
            // Now it is full.
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aRefusedLoginIsOursAndIsNotTriedEachSecond(int major) throws Exception {
        Path file = Files.writeString(home.resolve("password"), "right\n");
        RunAs.own(home);
        try (PostgresServer server = PostgresServer.create(
                PostgresBinaries.fromMaven(major), home, "--auth-host=scram-sha-256", "--pwfile=" + file)) {
            server.launch();
            AtomicReference<String> password = new AtomicReference<>("wrong");
            try (InstanceObserver observer = Probed.observer(server, "postgres", () -> Optional.of(password.get()))) {
                server.await("refused", () -> observer.observe().availability() == Availability.LOGIN_REFUSED);
                server.await("it pauses", () -> {
                    int before = refusals(server);
                    observer.observe();
                    observer.observe();
                    return refusals(server) == before;
                });
                assertThat(ready(observer.state())).isTrue();
                assertThat(observer.state().cause()).startsWith("up, but the agent cannot log in: ");

                List<ProcessHandle> children = ProcessHandle.of(server.pid()).stream()
                        .flatMap(ProcessHandle::children)
                        .toList();
                server.signal("KILL");
                server.awaitExit();
                // No server starts beside what another one has left.
                server.await("its children are gone", () -> children.stream().noneMatch(ProcessHandle::isAlive));
                server.await("gone", () -> observer.observe().availability() == Availability.NO_SERVER);

                password.set("right");
                server.launch();
                server.await("in", () -> observer.observe().availability() == Availability.ACCEPTING);
            }
        }
    }

    private static int refusals(PostgresServer server) {
        return server.log().split("password authentication failed", -1).length;
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aFrozenPostmasterIsSeenBesideASessionThatGoesOn(int major) {
        try (PostgresServer server = server(major).start();
                Probed probed = Probed.running(server, Probed.SHORT, Probed.LONG)) {
            probed.await("ready", s -> s.availability() == Availability.ACCEPTING);
            server.signal("STOP");
            try {
                probed.await("it is seen to hang", s -> s.availability() == Availability.NO_ANSWER);
                assertThat(probed.state().cause()).startsWith("a kept session goes on, but nobody can connect: ");
                probed.await("its last answer is too old", s -> !ready(s, Probed.SHORT));
                assertThat(probed.answers(Probed.SHORT)).isEqualTo("200 200 503");
                assertThat(probed.alive(Duration.ofMinutes(5))).isTrue();
                assertThat(probed.alive(Duration.ZERO))
                        .as("where somebody wants it killed")
                        .isFalse();
            } finally {
                server.signal("CONT");
            }
            probed.await(
                    "it goes on",
                    s -> s.availability() == Availability.ACCEPTING
                            && probed.answers(Probed.SHORT).equals("200 200 200")
                            && probed.alive(Duration.ZERO));
            assertThat(server.log()).as("the knock leaves nothing in the log").doesNotContain("GSS", "packet", "EOF");
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aServerThatIsFrozenAsAWholeCannotBlockTheProbes(int major) {
        try (PostgresServer server = server(major).start();
                Probed probed = Probed.running(server, Probed.SHORT, Probed.SHORT)) {
            probed.await("ready", s -> s.availability() == Availability.ACCEPTING);
            server.signalAll("STOP");
            try {
                probed.await("it is seen to hang", s -> s.availability() == Availability.NO_ANSWER);
                probed.await("its last answer is too old", s -> !ready(s, Probed.SHORT));
                assertThat(probed.answers(Probed.SHORT)).isEqualTo("200 200 503");
            } finally {
                server.signalAll("CONT");
            }
            probed.await("it goes on", s -> s.availability() == Availability.ACCEPTING);

            server.signal("KILL");
            server.awaitExit();
            probed.await("killed", s -> s.availability() == Availability.NO_SERVER);
            assertThat(probed.answers()).isEqualTo("503 200 503");
            assertThat(PostmasterFile.mayExist(server.data())).as("left behind").isTrue();
        }
    }

    private PostgresServer server(int major) {
        return PostgresServer.create(PostgresBinaries.fromMaven(major), home);
    }
}
