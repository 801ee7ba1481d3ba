package io.pgsidecar.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class InstanceObserverIT {

    static final Iterable<Integer> VERSIONS = Versions.TESTED;

    private static final Duration SECOND = Duration.ofSeconds(1);

    @TempDir
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void followsAServerThroughStopAndStartOnOneKeptConnection(int major) throws Exception {
        try (PostgresServer server = PostgresServer.create(PostgresBinaries.fromMaven(major), home);
                InstanceObserver observer = Probed.observer(server, "postgres", Optional::empty)) {
            assertThat(observer.observe().availability()).isEqualTo(Availability.NO_SERVER);

            server.start();
            InstanceState up = observer.observe();
            assertThat(up.availability()).isEqualTo(Availability.ACCEPTING);
            assertThat(up.role()).isEqualTo(InstanceRole.PRIMARY);
            assertThat(up.serverVersion() / 10000).isEqualTo(major);
            observer.observe();
            assertThat(server.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgsidecar'"))
                    .isEqualTo("1");

            server.stop();
            InstanceState down = observer.observe();
            assertThat(down.availability()).isEqualTo(Availability.NO_SERVER);
            assertThat(down.role()).as("what it was stays known").isEqualTo(InstanceRole.PRIMARY);

            server.start();
            assertThat(observer.observe().availability()).isEqualTo(Availability.ACCEPTING);
        }
    }

    @Test
    void aStandbyIsAReplica() throws Exception {
        try (PostgresServer server = PostgresServer.create(PostgresBinaries.fromMaven(17), home)
                        .touch("standby.signal");
                InstanceObserver observer = Probed.observer(server, "postgres", Optional::empty)) {
            server.configure("hot_standby = on").start();
            InstanceState state = observer.observe();
            assertThat(state.role()).isEqualTo(InstanceRole.REPLICA);
            assertThat(state.cause()).startsWith("replica, replayed to ");
        }
    }

    @Test
    void aStandbyThatTakesNoQueriesIsStarting() throws Exception {
        try (PostgresServer server = PostgresServer.create(PostgresBinaries.fromMaven(16), home)
                        .touch("standby.signal");
                InstanceObserver observer = Probed.observer(server, "postgres", Optional::empty)) {
            server.configure("hot_standby = off").launch();
            server.await("the server answers 57P03", () -> observer.observe().availability() == Availability.STARTING);
        }
    }

    @Test
    void aWrongPasswordIsOurTroubleAndARotatedOneIsSeenWithoutARestart() throws Exception {
        try (PostgresServer server = PostgresServer.create(
                PostgresBinaries.fromMaven(17), home, "--auth-host=scram-sha-256", "--pwfile=" + passwordFile())) {
            server.launch();
            AtomicReference<String> password = new AtomicReference<>("wrong");
            try (InstanceObserver observer = Probed.observer(server, "postgres", () -> Optional.of(password.get()))) {
                server.await(
                        "the login is refused", () -> observer.observe().availability() == Availability.LOGIN_REFUSED);
                InstanceState refused = observer.state();
                assertThat(Readiness.of(refused, Probed.LONG, System.nanoTime()).ok())
                        .isTrue();

                password.set("right");
                assertThat(observer.observe().availability()).isEqualTo(Availability.ACCEPTING);
            }
        }
    }

    @Test
    void aFullServerIsNotADeadOne() throws Exception {
        try (PostgresServer server = PostgresServer.create(PostgresBinaries.fromMaven(15), home)) {
            server.configure("max_connections = 5", "superuser_reserved_connections = 3")
                    .start();
            server.execute("CREATE ROLE plain LOGIN");
            try (InstanceObserver observer = Probed.observer(server, "plain", Optional::empty);
                    Connection admin = server.connect();
                    Statement ask = admin.createStatement()) {
                // A closed connection keeps its slot until its backend has gone.
                server.await("no other backend is left", () -> {
                    try (ResultSet r = ask.executeQuery(
                            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")) {
                        return r.next() && r.getInt(1) == 1;
                    }
                });
                try (Connection last = plain(server)) {
                    assertThat(last.isValid(60)).isTrue();
                    assertThat(observer.observe().availability()).isEqualTo(Availability.FULL);
                }
            }
        }
    }

    @Test
    void aStoppedProcessGivesNoAnswerAndCannotBlockTheObserver() throws Exception {
        try (PostgresServer server = PostgresServer.create(PostgresBinaries.fromMaven(14), home);
                InstanceObserver observer = Probed.observer(server, "postgres", Optional::empty, SECOND, SECOND)) {
            server.start();
            // The postmaster's backend answers on a kept connection: without one it is the postmaster that must answer.
            server.signal("STOP");
            try {
                assertThat(observer.observe().availability()).isEqualTo(Availability.NO_ANSWER);
            } finally {
                server.signal("CONT");
            }
            server.await("it goes on", () -> observer.observe().availability() == Availability.ACCEPTING);
        }
    }

    private static Connection plain(PostgresServer server) throws Exception {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres?user=plain");
    }

    private Path passwordFile() throws Exception {
        Path file = Files.writeString(home.resolve("password"), "right\n");
        RunAs.own(home);
        return file;
    }
}
