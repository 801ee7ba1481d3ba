package io.pgsidecar.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.ReplayProgress.Activity;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What the probes say of a replica: the part of the DESIGN's table in which it is told from a primary. */
class ReplicaProbesIT {

    static final List<Integer> VERSIONS = Versions.TESTED;

    private static final LagLimit NONE_BEHIND = new LagLimit.Bytes(0);
    private static final LagLimit TWO_SECONDS = new LagLimit.Age(Duration.ofSeconds(2));

    @TempDir
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void tellsOfAReplicaThatItIsStuckAndWhy(int major) throws Exception {
        try (PostgresServer primary = primary(major);
                PostgresServer replica = replicaOf(primary)) {
            primary.start();
            replica.start();
            try (Probed p = Probed.running(primary);
                    Probed r = Probed.running(replica)) {
                streams(primary, replica, p, r);
                aQueryIsInTheWay(primary, replica, r);
                isPaused(primary, replica, r);
                isCutOff(primary, r);
                try (InstanceObserver stranger = Probed.observer(replica, "nobody", Optional::empty)) {
                    assertThat(stranger.observe().availability()).isEqualTo(Availability.LOGIN_REFUSED);
                    assertThat(stranger.state().role()).isEqualTo(InstanceRole.REPLICA);
                    isPromoted(replica, r);
                    // The server says so a moment before its control file does, from which a stranger has it.
                    replica.await(
                            "a stranger sees it too", () -> stranger.observe().role() == InstanceRole.PRIMARY);
                }
            }
        }
    }

    private static void streams(PostgresServer primary, PostgresServer replica, Probed p, Probed r) {
        primary.execute("CREATE TABLE t (i int)");
        InstanceState state = r.await(
                "it streams",
                s -> activity(s) == Activity.CURRENT
                        && bytesBehind(s) == 0
                        && s.replay().orElseThrow().lastTransaction() != null);
        // The primary writes something now and then by itself.
        r.awaitAnswers("200 200 200", NONE_BEHIND, TWO_SECONDS);
        assertThat(state.cause())
                .matches("replica, replayed to 0/[0-9A-F]+, streaming from 127.0.0.1:" + primary.port());
        assertThat(state.timeline()).isEqualTo(1);

        InstanceState sender = p.await(
                "the standby is synchronous, and has told what it has replayed",
                s -> s.report().replicationClients().stream()
                        .anyMatch(client -> client.synchronous() && client.replayed() != null));
        ReplicationClient client = sender.report().replicationClients().getFirst();
        assertThat(client.applicationName()).isEqualTo("s1");
        assertThat(client.address()).isEqualTo("127.0.0.1");
        assertThat(client.state()).isEqualTo("streaming");
        assertThat(p.state().systemIdentifier())
                .isEqualTo(state.systemIdentifier())
                .isEqualTo(primary.query("SELECT system_identifier FROM pg_control_system()"));
        assertThat(state.postmasterStart()).isNotNull().isNotEqualTo(p.state().postmasterStart());
        assertThat(replica.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgsidecar'"))
                .isEqualTo("1");
    }

    private static void aQueryIsInTheWay(PostgresServer primary, PostgresServer replica, Probed r) throws Exception {
        primary.execute("INSERT INTO t SELECT generate_series(1, 1000)");
        replica.awaitQuery("SELECT count(*) FROM t", "1000");
        try (Connection reader = replica.connect();
                Statement statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (ResultSet row = statement.executeQuery("SELECT count(*) FROM t")) {
                assertThat(row.next()).isTrue();
            }
            primary.execute("SET synchronous_commit = local", "DELETE FROM t");
            // VACUUM leaves what an older snapshot may see, and the agent's query has one while it runs.
            primary.awaitQuery(
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()",
                    "0");
            primary.execute("VACUUM t");
            r.await(
                    "replay stands still",
                    s -> activity(s) == Activity.NOT_REPLAYING
                            && s.cause().contains(", not replaying for ")
                            && s.cause().contains(" (it waits: RecoveryConflict"));
            assertThat(r.answers()).as("it serves what it has").isEqualTo("200 200 200");
            assertThat(r.answers(NONE_BEHIND)).isEqualTo("200 200 503");
            r.await("what it shows gets old", s -> r.answers(TWO_SECONDS).equals("200 200 503"));
        }
        r.await("it goes on", s -> activity(s) == Activity.CURRENT);
        r.awaitAnswers("200 200 200", NONE_BEHIND, TWO_SECONDS);
    }

    private static void isPaused(PostgresServer primary, PostgresServer replica, Probed r) {
        replica.execute("SELECT pg_wal_replay_pause()");
        primary.execute("SET synchronous_commit = local", "INSERT INTO t VALUES (1)");
        r.await("it is paused and behind", s -> activity(s) == Activity.PAUSED && bytesBehind(s) > 0);
        assertThat(r.state().cause()).contains(", replay paused for ");
        assertThat(r.answers()).isEqualTo("200 200 200");
        assertThat(r.answers(NONE_BEHIND)).isEqualTo("200 200 503");
        replica.execute("SELECT pg_wal_replay_resume()");
        r.await("it goes on", s -> activity(s) == Activity.CURRENT);
    }

    private static void isCutOff(PostgresServer primary, Probed r) {
        primary.stop();
        r.await("it is cut off", s -> activity(s) == Activity.CUT_OFF);
        assertThat(r.answers()).isEqualTo("200 200 200");
        r.await(
                "what the primary has by now cannot be known",
                // It has replayed all that it knows of.
                s -> bytesBehind(s) == 0 && r.answers(Probed.SHORT, NONE_BEHIND).equals("200 200 503"));
        r.awaitAnswers("200 200 503", TWO_SECONDS);
        assertThat(r.answers(new LagLimit.Age(Duration.ofHours(1)))).isEqualTo("200 200 200");
        r.await("it is stuck", s -> s.replay().orElseThrow().progress().stuck(s.observedNanos()));
        assertThat(r.state().cause()).matches(".*, cut off for \\d\\d+ s: no WAL comes, and no sender is heard of");
        primary.start();
        r.await("it streams again", s -> activity(s) == Activity.CURRENT);
        r.awaitAnswers("200 200 200", NONE_BEHIND, TWO_SECONDS);
    }

    private static void isPromoted(PostgresServer replica, Probed r) {
        long asked = System.nanoTime();
        replica.execute("SELECT pg_promote(false)");
        r.await("it is primary on a timeline of its own", s -> s.role() == InstanceRole.PRIMARY && s.timeline() == 2);
        System.out.printf(
                "%d: promotion seen %d ms after it was asked for%n",
                replica.major(), Duration.ofNanos(System.nanoTime() - asked).toMillis());
        assertThat(r.state().replay()).isEmpty();
        assertThat(r.answers(NONE_BEHIND)).as("no replica, no lag").isEqualTo("200 200 200");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void isNotReadyBeforeItIsConsistent(int major) throws Exception {
        try (PostgresServer primary = primary(major);
                PostgresServer replica = replicaOf(primary)) {
            primary.start();
            replica.configure("checkpoint_timeout = 1h").start();
            String redo = walFile(primary, "pg_current_wal_lsn()");
            primary.execute("SELECT pg_switch_wal()", "CREATE TABLE t AS SELECT generate_series(1, 10000) AS i");
            replica.awaitQuery("SELECT count(*) FROM t", "10000");
            // What was replayed reaches the disk, and with it how far the replica must come to be consistent.
            replica.stop();
            Path gate = Files.createFile(home.resolve("gate"));
            String script = """
                    #!/bin/sh
                    case "$1" in %s|*.history) exit 1;; esac
                    while [ -e '%s' ]; do sleep 0.1; done
                    exit 1
                    """.formatted(redo, gate);
            Path restore = Files.writeString(home.resolve("restore"), script);
            RunAs.own(home);
            replica.configure("restore_command = 'sh \"%s\" %%f'".formatted(restore), "primary_conninfo = ''")
                    .launch();
            try (Probed r = Probed.byHand(replica)) {
                InstanceState state = r.lookUntil("it recovers", s -> s.cause().contains("in archive recovery"));
                assertThat(state.availability()).isEqualTo(Availability.STARTING);
                assertThat(state.cause())
                        .matches(".*; in archive recovery, restart point 0/[0-9A-F]+ on timeline 1,"
                                + " consistent at 0/[0-9A-F]+, for \\d+ s");
                assertThat(r.answers()).isEqualTo("200 200 503");
                Files.delete(gate);
                r.lookUntil("it is consistent", s -> s.availability() == Availability.ACCEPTING);
                assertThat(r.answers()).isEqualTo("200 200 200");
                r.lookUntil("it has an archive only", s -> activity(s) == Activity.FOLLOWING_ARCHIVE);
                assertThat(r.state().cause()).endsWith(", waiting for WAL from the archive");
                assertThat(r.answers(NONE_BEHIND)).as("behind whom?").isEqualTo("200 200 503");
            } finally {
                Files.deleteIfExists(gate);
            }
            replica.stop();
            replica.configure("hot_standby = off").launch();
            try (Probed r = Probed.byHand(replica)) {
                r.lookUntil("it takes no queries", s -> s.cause().contains("hot_standby = off"));
                assertThat(r.answers()).isEqualTo("200 200 503");
            }
        }
    }

    private static @Nullable Activity activity(InstanceState state) {
        return state.replay().map(replay -> replay.progress().activity()).orElse(null);
    }

    private static long bytesBehind(InstanceState state) {
        return Objects.requireNonNullElse(state.replay().orElseThrow().lag().knownBytes(), -1L);
    }

    private static String walFile(PostgresServer server, String lsn) {
        return server.query("SELECT pg_walfile_name(%s)".formatted(lsn));
    }

    private PostgresServer primary(int major) throws IOException {
        RunAs.own(home);
        return PostgresServer.create(PostgresBinaries.fromMaven(major), Files.createDirectory(home.resolve("primary")))
                .configure("synchronous_standby_names = 's1'", "wal_keep_size = 64MB", "autovacuum = off");
    }

    private PostgresServer replicaOf(PostgresServer primary) throws IOException {
        return primary.copyTo(Files.createDirectory(home.resolve("replica")))
                .touch("standby.signal")
                .configure(
                        "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres application_name=s1'"
                                .formatted(primary.port()),
                        "synchronous_standby_names = ''",
                        "max_standby_streaming_delay = -1",
                        "wal_retrieve_retry_interval = 200ms");
    }
}
