package io.pgsidecar.agent.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ReplayLag;
import io.pgsidecar.probes.ReplayProgress;
import io.pgsidecar.probes.ReplicationClient;
import io.pgsidecar.probes.ServiceGate;
import io.pgsidecar.probes.WalReceiver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.replication.LogSequenceNumber;

/** The JSON in the shape of Patroni 4, and what a state means to Patroni. */
class StatusBodyTest {

    private static final Duration MAX_AGE = Duration.ofSeconds(10);
    private static final Member MEMBER = new Member("main", "postgres-0", new MemberTags(Map.of()));
    private static final Instant STARTED = Instant.parse("2026-11-25T09:00:00.123456Z");

    private static final InstanceReport PRIMARY = new InstanceReport(
            170006,
            "7268616322854375442",
            3,
            STARTED,
            LogSequenceNumber.valueOf("0/4046048"),
            null,
            List.of(client("postgres-1", "10.0.0.2", "sync", 1), client("postgres-2", null, "async", 0)),
            "FIRST 1 (postgres-1)",
            false,
            false,
            true,
            List.of(),
            null);

    private static ReplicationClient client(String name, @Nullable String address, String sync, int priority) {
        return new ReplicationClient("replicator", name, address, "streaming", sync, priority, null, null, null, null);
    }

    private static InstanceReport replica(@Nullable WalReceiver receiver, boolean hasArchive, ReplayLag lag) {
        return new InstanceReport(
                180001,
                "7268616322854375442",
                3,
                STARTED,
                null,
                new Replay(
                        LogSequenceNumber.valueOf(1100),
                        LogSequenceNumber.valueOf(1000),
                        true,
                        Instant.parse("2026-11-25T09:30:00Z"),
                        true,
                        receiver,
                        null,
                        new ReplayProgress(ReplayProgress.Activity.PAUSED, null, null),
                        lag),
                List.of(),
                "",
                false,
                true,
                hasArchive,
                List.of(),
                null);
    }

    private static WalReceiver receiver(String status) {
        return new WalReceiver(
                status,
                3,
                LogSequenceNumber.valueOf(1100),
                LogSequenceNumber.valueOf(1200),
                Duration.ZERO,
                "10.0.0.1",
                5432,
                null);
    }

    private static InstanceState state(
            Availability availability, InstanceRole role, @Nullable Long accepted, InstanceReport report) {
        return new InstanceState(availability, role, "the cause", Instant.EPOCH, seconds(100), accepted, null, report);
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    private static String body(InstanceState state, Member member, long nowNanos) {
        Node node = Node.of(state, MAX_AGE, ServiceGate.OPEN, nowNanos);
        return StatusBody.of(state, node, member, node.cause(), "1.2.3", MAX_AGE, nowNanos);
    }

    @Test
    void aPrimary() {
        assertThat(body(
                        state(Availability.ACCEPTING, InstanceRole.PRIMARY, seconds(100), PRIMARY),
                        MEMBER,
                        seconds(101)))
                .isEqualTo("""
                        {"state":"running","postmaster_start_time":"2026-11-25 09:00:00.123456+00:00","role":"primary",\
                        "server_version":170006,"xlog":{"location":67395656},"timeline":3,\
                        "replication":[{"usename":"replicator","application_name":"postgres-1","client_addr":"10.0.0.2",\
                        "state":"streaming","sync_state":"sync","sync_priority":1},\
                        {"usename":"replicator","application_name":"postgres-2","client_addr":null,\
                        "state":"streaming","sync_state":"async","sync_priority":0}],\
                        "database_system_identifier":"7268616322854375442",\
                        "patroni":{"version":"4.1.4","scope":"main","name":"postgres-0"},\
                        "pgsidecar":{"version":"1.2.3","reason":"the cause","observed_ms_ago":1000,"answered_ms_ago":1000}}""");
    }

    @Test
    void aReplica() {
        Member tagged = new Member("main", "postgres-1", new MemberTags(Map.of("clonefrom", "true")));
        InstanceState state = state(
                Availability.ACCEPTING,
                InstanceRole.REPLICA,
                seconds(100),
                replica(receiver("streaming"), true, ReplayLag.UNKNOWN));
        assertThat(body(state, tagged, seconds(100))).isEqualTo("""
                {"state":"running","postmaster_start_time":"2026-11-25 09:00:00.123456+00:00","role":"replica",\
                "server_version":180001,"xlog":{"received_location":1100,"replayed_location":1000,\
                "replayed_timestamp":"2026-11-25 09:30:00+00:00","paused":true},"timeline":3,\
                "replication_state":"streaming","tags":{"clonefrom":true},\
                "database_system_identifier":"7268616322854375442","pending_restart":true,\
                "patroni":{"version":"4.1.4","scope":"main","name":"postgres-1"},\
                "pgsidecar":{"version":"1.2.3","reason":"the cause","observed_ms_ago":0,"answered_ms_ago":0}}""");
    }

    @Test
    void aServerThatHasNotAnsweredForLong() {
        InstanceState frozen = state(Availability.NO_ANSWER, InstanceRole.PRIMARY, seconds(89), PRIMARY);
        assertThat(body(frozen, MEMBER, seconds(100))).isEqualTo("""
                {"state":"unknown","role":"primary","database_system_identifier":"7268616322854375442",\
                "patroni":{"version":"4.1.4","scope":"main","name":"postgres-0"},\
                "pgsidecar":{"version":"1.2.3","reason":"the cause","observed_ms_ago":0,"answered_ms_ago":11000}}""");
    }

    /** It answers, and is what the postmaster says; what it told of itself when it was something else is no news. */
    @Test
    void aServerThatRefusesOurLogin() {
        InstanceState promoted = state(
                Availability.LOGIN_REFUSED,
                InstanceRole.PRIMARY,
                seconds(89),
                replica(receiver("streaming"), true, ReplayLag.UNKNOWN));
        assertThat(body(promoted, MEMBER, seconds(100))).isEqualTo("""
                {"state":"running","role":"primary","database_system_identifier":"7268616322854375442",\
                "patroni":{"version":"4.1.4","scope":"main","name":"postgres-0"},\
                "pgsidecar":{"version":"1.2.3","reason":"the cause","observed_ms_ago":0,"answered_ms_ago":11000}}""");
        assertThat(Node.of(promoted, MAX_AGE, ServiceGate.OPEN, seconds(100)).replicationState())
                .isEmpty();
    }

    @Test
    void aServerThatNobodyHasSeen() {
        assertThat(body(InstanceState.unknown(seconds(100)), MEMBER, seconds(100)))
                .isEqualTo("""
                {"state":"unknown","role":"uninitialized",\
                "patroni":{"version":"4.1.4","scope":"main","name":"postgres-0"},\
                "pgsidecar":{"version":"1.2.3","reason":"not observed yet","observed_ms_ago":0,"answered_ms_ago":null}}""");
    }

    @ParameterizedTest
    @CsvSource({
        // availability, seconds since it was looked at, seconds since it answered, state
        "ACCEPTING, 0, 0, running",
        "ACCEPTING, 10, 10, running",
        "ACCEPTING, 11, 11, unknown",
        "LOGIN_REFUSED, 0, 1000, running",
        "LOGIN_REFUSED, 11, 1000, unknown",
        "FULL, 0, 10, running",
        "FULL, 0, 11, unknown",
        "NO_ANSWER, 0, 10, running",
        "NO_ANSWER, 0, 11, unknown",
        "STARTING, 0, 0, starting",
        "STOPPING, 0, 0, stopping",
        "NO_SERVER, 0, 0, stopped",
        "FAILING, 0, 0, unknown",
        "UNKNOWN, 0, 0, unknown",
    })
    void theState(Availability availability, int lookedAgo, int answeredAgo, String word) {
        long now = seconds(100 + lookedAgo);
        InstanceState state = state(availability, InstanceRole.PRIMARY, now - seconds(answeredAgo), PRIMARY);
        assertThat(Node.of(state, MAX_AGE, ServiceGate.OPEN, now).state().word())
                .isEqualTo(word);
    }

    @ParameterizedTest
    @CsvSource({
        // receiver's status, restore_command, Patroni's word
        "streaming, true, streaming",
        "streaming, false, streaming",
        "waiting, true, in archive recovery",
        ", true, in archive recovery",
        ", false, ",
    })
    void theReplicationState(@Nullable String receiver, boolean hasArchive, @Nullable String word) {
        InstanceState state = state(
                Availability.ACCEPTING,
                InstanceRole.REPLICA,
                seconds(100),
                replica(receiver == null ? null : receiver(receiver), hasArchive, ReplayLag.UNKNOWN));
        assertThat(Node.of(state, MAX_AGE, ServiceGate.OPEN, seconds(100)).replicationState())
                .isEqualTo(Optional.ofNullable(word));
    }

    @Test
    void lagCountsForAsLongAsAnAnswer() {
        InstanceState state = state(
                Availability.ACCEPTING,
                InstanceRole.REPLICA,
                seconds(100),
                replica(receiver("streaming"), true, new ReplayLag(200L, null, seconds(100))));
        Node now = Node.of(state, MAX_AGE, ServiceGate.OPEN, seconds(100));
        assertThat(now.replayLag()).hasValue(200);
        assertThat(now.receiveLag()).hasValue(100);
        assertThat(Node.of(state, Duration.ofSeconds(100), ServiceGate.OPEN, seconds(150))
                        .replayLag())
                .hasValue(200);
        Node later = Node.of(state, MAX_AGE, ServiceGate.OPEN, seconds(111));
        assertThat(later.replayLag()).isEqualTo(OptionalLong.empty());
        assertThat(later.receiveLag()).isEqualTo(OptionalLong.empty());
    }

    @Test
    void aClosedGate() {
        InstanceState state = state(Availability.ACCEPTING, InstanceRole.PRIMARY, seconds(100), PRIMARY);
        assertThat(Node.of(state, MAX_AGE, () -> Optional.of("draining"), seconds(100))
                        .closed())
                .contains("draining");
    }
}
