package io.pgsidecar.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What an instance tells of itself, asked by a role that has {@code pg_monitor} and nothing else. */
class InstanceReportIT {

    static final List<Integer> VERSIONS = Versions.TESTED;

    @TempDir
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aMonitorSeesAllAndSaysWhatItMayNotSee(int major) throws Exception {
        try (PostgresServer server = server(major, "one")) {
            server.configure("synchronous_standby_names = 'ANY 1 (a, b)'").start();
            server.execute(
                    "SET synchronous_commit = local",
                    "CREATE ROLE watcher LOGIN IN ROLE pg_monitor",
                    "ALTER ROLE watcher SET default_transaction_read_only = on");
            try (InstanceObserver observer = Probed.observer(server, "watcher", Optional::empty)) {
                InstanceState state = observer.observe();
                assertThat(state.report().notSeen()).isNull();
                assertThat(state.timeline()).isEqualTo(1);
                assertThat(state.systemIdentifier())
                        .isEqualTo(server.query("SELECT system_identifier FROM pg_control_system()"));
                assertThat(state.report().readOnlyByDefault())
                        .as("it is the role's own setting")
                        .isFalse();
                assertThat(state.report().commitsWait()).isTrue();
                assertThat(state.cause()).contains("; commits wait: no synchronous standby of ANY 1 (a, b) is there");
            }
            server.execute(
                    "SET synchronous_commit = local",
                    "REVOKE EXECUTE ON FUNCTION pg_control_system(), pg_control_recovery() FROM PUBLIC");
            server.execute("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()");
            server.awaitQuery("SHOW default_transaction_read_only", "on");
            try (InstanceObserver observer = Probed.observer(server, "watcher", Optional::empty)) {
                InstanceState state = observer.observe();
                assertThat(state.availability()).isEqualTo(Availability.ACCEPTING);
                assertThat(state.role()).isEqualTo(InstanceRole.PRIMARY);
                assertThat(state.lsn()).isNotNull();
                assertThat(state.cause()).contains("; not seen: ", "permission denied for function pg_control_");
            }
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aLockOnACatalogHoldsUpTheDetailsOnly(int major) throws Exception {
        try (PostgresServer server = server(major, "one")) {
            server.start();
            try (Probed probed = Probed.byHand(server);
                    Connection locker = server.connect();
                    Statement lock = locker.createStatement()) {
                locker.setAutoCommit(false);
                lock.execute("LOCK TABLE pg_subscription IN ACCESS EXCLUSIVE MODE");
                InstanceState state = probed.look();
                assertThat(state.availability()).isEqualTo(Availability.ACCEPTING);
                assertThat(state.report().notSeen()).contains("subscriptions: ", "lock timeout");
                server.await("it is not asked again at each look", () -> {
                    int before = lockTimeouts(server);
                    probed.look();
                    probed.look();
                    return lockTimeouts(server) == before;
                });
                assertThat(lockTimeouts(server)).isPositive();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aSubscriptionIsSeenToRunAndToStopByAnError(int major) throws Exception {
        try (PostgresServer publisher = server(major, "one");
                PostgresServer subscriber = server(major, "two")) {
            publisher.configure("wal_level = logical").start();
            subscriber.configure("wal_retrieve_retry_interval = 200ms").start();
            publisher.execute("CREATE TABLE t (i int PRIMARY KEY)", "CREATE PUBLICATION p FOR TABLE t");
            subscriber.execute("CREATE TABLE t (i int PRIMARY KEY)", "CREATE ROLE watcher LOGIN IN ROLE pg_monitor");
            subscriber.execute(
                    "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=%d user=postgres dbname=postgres' PUBLICATION p"
                                    .formatted(publisher.port())
                            + (major >= 15 ? " WITH (disable_on_error = true)" : ""));
            publisher.execute("INSERT INTO t VALUES (1)");
            subscriber.awaitQuery("SELECT count(*) FROM t", "1");
            // Before, what is wrong with a row may be an error of the table's first copy.
            subscriber.awaitQuery("SELECT srsubstate IN ('s', 'r') FROM pg_subscription_rel", "t");

            AtomicReference<Subscription> seen = new AtomicReference<>();
            subscriber.await("the publisher is heard of", () -> {
                seen.set(seen(subscriber));
                return seen.get().received() != null && seen.get().messageAge() != null;
            });
            Subscription running = seen.get();
            assertThat(running.database()).isEqualTo("postgres");
            assertThat(running.name()).isEqualTo("s");
            assertThat(running.enabled()).isTrue();
            assertThat(running.running()).isTrue();
            assertThat(running.lagBytes()).isNotNull();
            assertThat(running.disabledByError()).isFalse();

            subscriber.execute("INSERT INTO t VALUES (2)");
            publisher.execute("INSERT INTO t VALUES (2)");
            if (major < 15) {
                subscriber.await("the worker fails", () -> subscriber.log().contains("duplicate key value"));
                subscriber.execute("ALTER SUBSCRIPTION s DISABLE");
                Subscription disabled = seen(subscriber);
                assertThat(disabled.enabled()).isFalse();
                assertThat(disabled.applyErrors()).as("not counted before 15").isNull();
                assertThat(disabled.conflicts()).isNull();
            } else {
                // The worker ends, and its numbers are there a moment later.
                subscriber.await("it is disabled by the error", () -> {
                    Subscription now = seen(subscriber);
                    return now.disabledByError()
                            && !now.running()
                            && (major < 18 || Objects.requireNonNull(now.conflicts()) > 0);
                });
                Subscription disabled = seen(subscriber);
                assertThat(disabled.applyErrors()).isPositive();
                assertThat(disabled.syncErrors()).isZero();
                if (major < 18) {
                    assertThat(disabled.conflicts()).isNull();
                }
            }
        }
    }

    private static int lockTimeouts(PostgresServer server) {
        return server.log().split("canceling statement due to lock timeout", -1).length - 1;
    }

    /** By a session of its own, since one that is kept asks for subscriptions only every few seconds. */
    private static Subscription seen(PostgresServer server) {
        try (InstanceObserver observer = Probed.observer(server, "watcher", Optional::empty)) {
            return observer.observe().report().subscriptions().getFirst();
        }
    }

    private PostgresServer server(int major, String name) throws IOException {
        RunAs.own(home);
        return PostgresServer.create(PostgresBinaries.fromMaven(major), Files.createDirectory(home.resolve(name)));
    }
}
