package io.pgsidecar.probes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbesTest {

    private static final Duration MAX_AGE = Duration.ofSeconds(10);
    private static final Duration STALLED = Duration.ofSeconds(30);
    private static final long NOW = 1_000_000_000_000L;

    /** DESIGN, section 4, "probes"; seconds since the last look and since the last answer to a query. */
    @ParameterizedTest
    @CsvSource({
        "ACCEPTING,     0,  0, true,  true",
        "ACCEPTING,    11, 11, false, true",
        "ACCEPTING,    31, 31, false, false",
        "STARTING,      0, 99, false, true",
        "STOPPING,      0,  1, false, true",
        "FULL,          0,  9, true,  true",
        "FULL,          0, 11, false, true",
        "LOGIN_REFUSED, 0, 99, true,  true",
        "NO_ANSWER,     0,  9, true,  true",
        "NO_ANSWER,     0, 11, false, true",
        "NO_SERVER,     0,  1, false, true",
        "FAILING,       0,  1, false, true",
        "UNKNOWN,       0, 99, false, true",
        "UNKNOWN,      31, 99, false, false",
    })
    void answersAsTheTableSays(Availability availability, long age, long sinceAccepted, boolean ready, boolean alive) {
        InstanceState state = new InstanceState(
                availability,
                InstanceRole.PRIMARY,
                "the cause",
                Instant.EPOCH,
                NOW - Duration.ofSeconds(age).toNanos(),
                NOW - Duration.ofSeconds(sinceAccepted).toNanos(),
                null,
                InstanceReport.NONE);
        assertThat(Readiness.of(state, MAX_AGE, NOW).ok()).isEqualTo(ready);
        assertThat(Liveness.of(state, STALLED, Optional.empty(), NOW).ok()).isEqualTo(alive);
        assertThat(Readiness.of(state, MAX_AGE, NOW).reason()).isNotBlank().doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({
        "57P03, starting, STARTING",
        "57P03, standby,  STARTING",
        "57P03, stopping, STOPPING",
        "57P03, ,         STARTING",
        "53300, ready,    FULL",
        "28P01, ready,    LOGIN_REFUSED",
        "28000, ready,    LOGIN_REFUSED",
        "3D000, ready,    LOGIN_REFUSED",
        "57014, ready,    NO_ANSWER",
        "XX000, ready,    FAILING",
        "42501, ready,    LOGIN_REFUSED",
        "55000, ready,    LOGIN_REFUSED",
        "08004, ready,    LOGIN_REFUSED",
        "08001, ,         NO_SERVER",
    })
    void classifiesByTheServersOwnCode(String code, String postmaster, Availability expected) {
        Diagnosis diagnosis = Diagnosis.of(
                new SQLException("a text in any language\nsecond line", code), Optional.ofNullable(postmaster));
        assertThat(diagnosis.availability()).isEqualTo(expected);
        assertThat(diagnosis.cause()).endsWith("a text in any language");
    }

    @Test
    void aHungServerIsKilledOnlyWhereThatWasAskedFor() {
        InstanceState hung = InstanceState.unknown(NOW)
                .become(Availability.NO_ANSWER, "no answer in time", NOW)
                .become(
                        Availability.NO_ANSWER,
                        "no answer in time",
                        NOW + Duration.ofSeconds(61).toNanos());
        long now = hung.observedNanos();
        assertThat(Liveness.of(hung, STALLED, Optional.empty(), now).ok()).isTrue();
        assertThat(Liveness.of(hung, STALLED, Optional.of(Duration.ofSeconds(62)), now)
                        .ok())
                .isTrue();
        assertThat(Liveness.of(hung, STALLED, Optional.of(Duration.ofSeconds(60)), now))
                .isEqualTo(new ProbeAnswer(false, "PostgreSQL has given no answer for 61 s: no answer in time"));
        InstanceState again = hung.become(Availability.STARTING, "not ready yet", now);
        assertThat(Liveness.of(again, STALLED, Optional.of(Duration.ofSeconds(1)), now)
                        .ok())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "ACCEPTING, true",
        "STARTING, true",
        "STOPPING, true",
        "FULL, true",
        "LOGIN_REFUSED, true",
        "FAILING, true",
        "NO_ANSWER, true",
        "NO_SERVER, false",
        "UNKNOWN, false"
    })
    void hasStartedOnceThereIsAPostmaster(Availability availability, boolean started) {
        InstanceState state = InstanceState.unknown(NOW).become(availability, "the cause", NOW);
        assertThat(Startup.of(state, STALLED, NOW).ok()).isEqualTo(started);
        assertThat(Startup.of(state, STALLED, NOW + Duration.ofSeconds(31).toNanos())
                        .ok())
                .as("the agent is stuck")
                .isFalse();
    }

    @Test
    void aClosedGateKeepsClientsAwayFromAGoodServer() {
        InstanceState good = new InstanceState(
                Availability.ACCEPTING,
                InstanceRole.PRIMARY,
                "primary",
                Instant.EPOCH,
                NOW,
                NOW,
                null,
                InstanceReport.NONE);
        assertThat(Readiness.of(good, MAX_AGE, List.of(), () -> Optional.of("draining"), NOW))
                .isEqualTo(new ProbeAnswer(false, "draining"));
        assertThat(Readiness.of(good, MAX_AGE, List.of(), ServiceGate.OPEN, NOW).ok())
                .isTrue();
    }

    @Test
    void aReplicaThatHasToldNothingIsWithinNoLimit() {
        InstanceState replica = InstanceState.unknown(NOW)
                .become(Availability.LOGIN_REFUSED, "the cause", NOW)
                .withRole(InstanceRole.REPLICA);
        List<LagLimit> limits = List.of(LagLimit.parse("16MB"));
        assertThat(Readiness.of(replica, MAX_AGE, limits, ServiceGate.OPEN, NOW))
                .isEqualTo(new ProbeAnswer(false, "lag unknown; the cause"));
        assertThat(Readiness.of(replica, MAX_AGE, List.of(), ServiceGate.OPEN, NOW)
                        .ok())
                .isTrue();
        assertThat(Readiness.of(replica.withRole(InstanceRole.PRIMARY), MAX_AGE, limits, ServiceGate.OPEN, NOW)
                        .ok())
                .as("a primary is not behind")
                .isTrue();
    }

    @Test
    void classifiesSocketErrorsByTheirKind() {
        assertThat(Diagnosis.of(new SQLException("x", "08001", new ConnectException("refused")), Optional.empty())
                        .availability())
                .isEqualTo(Availability.NO_SERVER);
        assertThat(Diagnosis.of(new SQLException("x", "08006", new SocketTimeoutException("slow")), Optional.empty())
                        .availability())
                .isEqualTo(Availability.NO_ANSWER);
        assertThat(Diagnosis.of(new SQLException("x", "08006", new EOFException()), Optional.empty())
                        .availability())
                .isEqualTo(Availability.FAILING);
        assertThat(Diagnosis.of(new SQLException("x", "08001", new NoRouteToHostException("x")), Optional.empty())
                        .availability())
                .isEqualTo(Availability.NO_SERVER);
    }

    /** Promoted while nobody could ask it: on which timeline nobody knows. */
    @Test
    void aServerInAnotherRoleHasNotToldItsTimeline() {
        InstanceReport report = new InstanceReport(
                170002,
                "42",
                1,
                Instant.EPOCH,
                null,
                Replay.seen(null, null, false, null, true, null, null),
                List.of(),
                "",
                false,
                false,
                false,
                List.of(),
                null);
        InstanceState replica = new InstanceState(
                Availability.LOGIN_REFUSED, InstanceRole.REPLICA, "refused", Instant.EPOCH, NOW, null, null, report);
        assertThat(replica.withRole(InstanceRole.REPLICA)).isEqualTo(replica);
        InstanceState promoted = replica.withRole(InstanceRole.PRIMARY);
        assertThat(promoted.role()).isEqualTo(InstanceRole.PRIMARY);
        assertThat(promoted.timeline()).isZero();
        assertThat(promoted.replay()).isEmpty();
        assertThat(promoted.systemIdentifier()).isEqualTo("42");
        assertThat(promoted.withRole(InstanceRole.PRIMARY)).isEqualTo(promoted);
    }
}
