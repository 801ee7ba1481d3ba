package io.pgsidecar.agent.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.agent.DocsPage;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresServer;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HAProxy configuration of docs/rest.md, which is Patroni's, before a primary and its replica. */
class HaproxyIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    private Path program = Path.of("haproxy");
    private final int writePort = PostgresServer.freePort();
    private final int readPort = PostgresServer.freePort();

    @BeforeEach
    void findHaproxy() {
        Optional<Path> found = Haproxy.program();
        assumeThat(found).as("haproxy is installed (apt-get install haproxy)").isPresent();
        program = found.get();
    }

    @Test
    void connectionsFollowAPromotionAfterTheOldPrimaryWasStopped() throws Exception {
        try (PrimaryAndReplica both = PrimaryAndReplica.start(home, "2m", "30s")) {
            Pod old = both.primary();
            Pod next = both.replica();
            try (Haproxy haproxy = haproxy(old, next, DocsPage.REST.block("haproxy.cfg"))) {
                awaitServer(haproxy, writePort, old);
                awaitServer(haproxy, readPort, next);
                old.server().stop();
                next.server().execute("SELECT pg_promote()");
                awaitServer(haproxy, writePort, next);
                awaitNobody(haproxy, readPort);
            }
        }
    }

    /** Patroni's older configuration asks OPTIONS. */
    @Test
    void connectionsFollowAPromotionWhileTheOldPrimaryIsFrozen() throws Exception {
        try (PrimaryAndReplica both = PrimaryAndReplica.start(home, "4s", "2s")) {
            Pod old = both.primary();
            Pod next = both.replica();
            String configuration = DocsPage.REST
                    .block("haproxy.cfg")
                    .replace("option httpchk HEAD /primary", "option httpchk")
                    .replace("option httpchk HEAD /replica", "option httpchk OPTIONS /replica");
            try (Haproxy haproxy = haproxy(old, next, configuration)) {
                awaitServer(haproxy, writePort, old);
                awaitServer(haproxy, readPort, next);
                try (Connection session = session(writePort);
                        FrozenServer frozen = new FrozenServer(old.server())) {
                    assertThat(frozen.processes()).isGreaterThan(1);
                    next.server().execute("SELECT pg_promote()");
                    awaitServer(haproxy, writePort, next);
                    awaitNobody(haproxy, readPort);
                    // on-marked-down shutdown-sessions: its client does not wait for a server that is gone.
                    assertThatThrownBy(() -> serverOf(session))
                            .isInstanceOf(SQLException.class)
                            .satisfies(e -> assertThat(e.getCause()).isNotInstanceOf(SocketTimeoutException.class));
                }
            }
        }
    }

    /** With these servers and free ports, and quicker checks; else as it is written. */
    private Haproxy haproxy(Pod first, Pod second, String configuration) {
        String adapted = configuration
                .replace("bind *:7000", "bind 127.0.0.1:" + PostgresServer.freePort())
                .replace("bind *:5000", "bind 127.0.0.1:" + writePort)
                .replace("bind *:5001", "bind 127.0.0.1:" + readPort)
                .replace("10.0.0.1:5432 maxconn 100 check port 8008", address(first))
                .replace("10.0.0.2:5432 maxconn 100 check port 8008", address(second))
                .replace("inter 3s", "inter 200ms");
        assertThat(adapted).doesNotContain("8008", "10.0.0").contains("inter 200ms fall 3 rise 2");
        return Haproxy.start(program, home, adapted);
    }

    private static String address(Pod pod) {
        return "127.0.0.1:%d maxconn 100 check port %d"
                .formatted(pod.server().port(), pod.agent().port());
    }

    private static void awaitServer(Haproxy haproxy, int port, Pod wanted) {
        wanted.agent().await("HAProxy's port leads to " + wanted.home() + ", says " + haproxy.log(), () -> {
            assertThat(haproxy.running()).as(haproxy.log()).isTrue();
            // HAProxy goes round: several in a row mean that it has no other.
            for (int i = 0; i < 4; i++) {
                try (Connection c = connect(port, 5)) {
                    if (serverOf(c) != wanted.server().port()) {
                        return false;
                    }
                } catch (SQLException e) {
                    return false;
                }
            }
            return true;
        });
    }

    private static void awaitNobody(Haproxy haproxy, int port) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (System.nanoTime() < deadline) {
            assertThat(haproxy.running()).as(haproxy.log()).isTrue();
            try (Connection c = connect(port, 5)) {
                assertThat(c).isNotNull();
            } catch (SQLException e) {
                return;
            }
        }
        throw new AssertionError("HAProxy still leads somewhere: " + haproxy.log());
    }

    /** On a machine that is very busy a check may fail now and then, and HAProxy takes a server out for a moment. */
    private static Connection session(int port) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (true) {
            try {
                return connect(port, 60);
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    private static Connection connect(int port, int timeoutSeconds) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:%d/postgres?user=postgres&connectTimeout=5&socketTimeout=%d&sslmode=disable"
                        .formatted(port, timeoutSeconds));
    }

    private static int serverOf(Connection connection) throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT inet_server_port()")) {
            assertThat(r.next()).isTrue();
            return r.getInt(1);
        }
    }
}
