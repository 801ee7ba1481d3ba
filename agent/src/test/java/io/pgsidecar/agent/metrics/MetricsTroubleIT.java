package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What the page of a real agent tells while its server is in trouble, and afterwards. */
class MetricsTroubleIT {

    static final List<Integer> VERSIONS =
            Boolean.getBoolean("pgsidecar.long") ? List.copyOf(PostgresBinaries.SUPPORTED) : List.of(14, 18);

    /** What the agent has when nothing is the matter: one for the probes, and one or two for each tier. */
    private static final int SESSIONS = 8;

    private static final String LOCKS = "pg_locks_count{datname=\"postgres\",mode=\"accesssharelock\"}";
    private static final String SIZE = "pg_database_size_bytes{datname=\"postgres\"}";
    private static final String FAST_AGE = "pgsidecar_metrics_age_seconds{tier=\"fast\"}";
    private static final String SLOW_AGE = "pgsidecar_metrics_age_seconds{tier=\"slow\"}";

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aFrozenServerIsDownAndThePageStillAnswers(int major) throws Exception {
        try (PostgresServer server = server(major, "server").start();
                AgentProcess agent = agent("a", server)) {
            server.execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor");
            agent.start();
            awaitAll(agent);
            server.signalAll("STOP");
            try {
                Scrape.await(agent, "pg_up", up -> up == 0);
                Scrape.await(agent, "pgsidecar_availability{availability=\"no_answer\"}", now -> now == 1);
                Scrape before = Scrape.of(agent);
                double fast = before.value(FAST_AGE).orElseThrow();
                double slow = before.value(SLOW_AGE).orElseThrow();
                Scrape.await(agent, FAST_AGE, age -> age > fast + 2);
                Scrape.await(agent, SLOW_AGE, age -> age > slow + 2);
                agent.await("what is old is not shown", () -> {
                    Scrape page = Scrape.of(agent);
                    return page.value(LOCKS).isEmpty() && page.value(SIZE).isEmpty();
                });
                Scrape page = Scrape.of(agent);
                assertThat(page.value("pg_up")).hasValue(0);
                assertThat(page.value("pg_exporter_last_scrape_error")).hasValue(1);
                assertThat(page.failing()).contains("locks", "database");
                assertThat(page.value("pgsidecar_observation_errors_total").orElseThrow())
                        .isPositive();
            } finally {
                server.signalAll("CONT");
            }
            awaitAll(agent);
            Scrape.await(agent, FAST_AGE, age -> age < 10);
            awaitFewSessions(server);
        }
    }

    @Test
    void aServerThatIsStoppedKilledAndStartedIsSeenAgain() throws Exception {
        try (PostgresServer server = server(17, "server").start();
                AgentProcess agent = agent("a", server)) {
            server.execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor");
            agent.start();
            awaitAll(agent);
            server.stop();
            Scrape.await(agent, "pg_up", up -> up == 0);
            agent.await(
                    "what is old is not shown",
                    () -> Scrape.of(agent).value(LOCKS).isEmpty());
            server.start();
            awaitAll(agent);
            server.kill();
            Scrape.await(agent, "pg_up", up -> up == 0);
            server.start();
            awaitAll(agent);
            awaitFewSessions(server);
        }
    }

    @Test
    void aStandbyThatIsPromotedIsOneNoMore() throws Exception {
        Path standbyHome = RunAs.folder(home.resolve("standby"));
        try (PostgresServer primary = server(17, "server").start()) {
            primary.execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor");
            primary.stop();
            try (PostgresServer standby = primary.copyTo(standbyHome);
                    AgentProcess agent = agent("a", standby)) {
                primary.start();
                standby.configure("primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'".formatted(primary.port()))
                        .touch("standby.signal")
                        .start();
                agent.start();
                Scrape.await(agent, "pg_replication_is_replica", replica -> replica == 1);
                agent.await(
                        "the receiver is seen",
                        () -> !Scrape.of(agent)
                                .series("pg_stat_wal_receiver_flushed_lsn")
                                .isEmpty());
                primary.stop();
                Scrape.await(agent, "pgsidecar_replica_streaming", streams -> streams == 0);
                standby.execute("SELECT pg_promote()");
                Scrape.await(agent, "pg_replication_is_replica", replica -> replica == 0);
                Scrape.await(agent, "pgsidecar_role{role=\"primary\"}", role -> role == 1);
                Scrape.await(agent, "pgsidecar_timeline", timeline -> timeline == 2);
                agent.await(
                        "no receiver is seen",
                        () -> Scrape.of(agent)
                                .series("pg_stat_wal_receiver_flushed_lsn")
                                .isEmpty());
                awaitAll(agent);
            }
        }
    }

    /** The agent's user has not the right to those that are reserved, until it gets it. */
    @Test
    void connectionsThatAreAllTakenAreTold() throws Exception {
        List<Connection> taken = new ArrayList<>();
        try (PostgresServer server = server(17, "server")
                        .configure("max_connections = 20", "reserved_connections = 8")
                        .start();
                AgentProcess agent = agent("a", server)) {
            server.execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor", "CREATE ROLE app LOGIN");
            Connection admin = server.connect();
            taken.add(admin);
            takeAll(server, taken);
            agent.start();
            Scrape.await(agent, "pgsidecar_availability{availability=\"full\"}", now -> now == 1);
            Scrape.await(agent, "pgsidecar_observation_errors_total", count -> count > 0);
            assertThat(Scrape.of(agent).value("pg_up")).hasValue(0);
            try (var grant = admin.createStatement()) {
                grant.execute("GRANT pg_use_reserved_connections TO watcher");
            }
            awaitAll(agent);
            Scrape.await(agent, "pg_settings_max_connections", most -> most == 20);
            // What an alert compares with that.
            agent.await(
                    "the sessions are counted",
                    () -> Scrape.of(agent).series("pg_stat_database_numbackends").stream()
                                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                                    .sum()
                            >= taken.size());
        } finally {
            for (Connection connection : taken) {
                connection.close();
            }
        }
    }

    @Test
    void aPasswordThatIsRotatedIsTakenAtOnce() throws Exception {
        Path superuser = Files.writeString(home.resolve("superuser"), "super");
        Path password = Files.writeString(home.resolve("password"), "first\n");
        RunAs.own(home);
        PostgresServer made = PostgresServer.createWithPassword(
                PostgresBinaries.fromMaven(17), RunAs.folder(home.resolve("server")), superuser);
        try (PostgresServer server = made.start();
                AgentProcess agent = agent("a", server).set("postgres.passwordFile", password.toString())) {
            server.execute("CREATE ROLE watcher LOGIN PASSWORD 'first' IN ROLE pg_monitor");
            agent.start();
            awaitAll(agent);
            server.execute(
                    "ALTER ROLE watcher PASSWORD 'second'",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'watcher'");
            Scrape.await(agent, "pgsidecar_availability{availability=\"login_refused\"}", now -> now == 1);
            Scrape.await(agent, "pg_up", up -> up == 0);
            Files.writeString(password, "second\n");
            awaitAll(agent);
            Scrape.await(agent, "pgsidecar_availability{availability=\"accepting\"}", now -> now == 1);
            assertThat(agent.log()).doesNotContain("'first'", "second");
        }
    }

    private static void takeAll(PostgresServer server, List<Connection> taken) {
        while (true) {
            try {
                taken.add(DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres?user=app"));
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isEqualTo("53300");
                return;
            }
        }
    }

    /** Up, with something of each tier, and nothing that fails. */
    private static void awaitAll(AgentProcess agent) {
        agent.await("all is collected", () -> {
            Scrape page = Scrape.of(agent);
            return page.value("pg_up").equals(OptionalDouble.of(1))
                    && page.value(LOCKS).isPresent()
                    && page.value(SIZE).isPresent()
                    && page.failing().isEmpty();
        });
    }

    private static void awaitFewSessions(PostgresServer server) {
        server.awaitQuery(
                "SELECT count(*) BETWEEN 1 AND " + SESSIONS + " FROM pg_stat_activity WHERE usename = 'watcher'", "t");
    }

    private PostgresServer server(int major, String name) throws IOException {
        RunAs.own(home);
        return PostgresServer.create(PostgresBinaries.fromMaven(major), RunAs.folder(home.resolve(name)));
    }

    /** With time-outs that are over soon, and rounds that come often. */
    private AgentProcess agent(String name, PostgresServer server) {
        return new AgentProcess(RunAs.folder(home.resolve(name)), server, RunAs.folder(home.resolve("r")))
                .set("postgres.user", "watcher")
                .set("postgres.connectTimeout", "5s")
                .set("postgres.queryTimeout", "3s")
                .set("metrics.interval", "1s")
                .set("metrics.slowInterval", "2s")
                .set("metrics.timeout", "3s");
    }
}
