package io.pgsidecar.agent.labels;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.k8s.Observation;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a label is told of each state of the server. */
class ObservedInstanceTest {

    private static final long NOW = Duration.ofHours(1).toNanos();
    private static final Duration MAX_AGE = Duration.ofSeconds(10);

    private static InstanceState state(Availability availability, InstanceRole role, int age, int sinceAccepted) {
        return new InstanceState(
                availability,
                role,
                "the cause",
                Instant.EPOCH,
                NOW - Duration.ofSeconds(age).toNanos(),
                sinceAccepted < 0
                        ? null
                        : (Long) (NOW - Duration.ofSeconds(sinceAccepted).toNanos()),
                null,
                InstanceReport.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        // availability, role, a postmaster.pid, role in pg_control, observation's age → role, server
        "ACCEPTING, PRIMARY, true, PRIMARY, 1, PRIMARY, SERVING",
        "ACCEPTING, REPLICA, true, REPLICA, 1, REPLICA, SERVING",
        "ACCEPTING, PRIMARY, true, PRIMARY, 11, PRIMARY, SILENT",
        "STARTING, PRIMARY, true, , 1, PRIMARY, DOWN",
        "STOPPING, PRIMARY, true, , 1, PRIMARY, STOPPING",
        "NO_SERVER, PRIMARY, false, , 1, PRIMARY, STOPPING",
        "NO_SERVER, PRIMARY, true, PRIMARY, 1, PRIMARY, DOWN",
        "NO_SERVER, UNKNOWN, true, PRIMARY, 1, UNKNOWN, DOWN",
        "NO_ANSWER, PRIMARY, true, PRIMARY, 1, PRIMARY, SILENT",
        "FAILING, PRIMARY, true, PRIMARY, 1, PRIMARY, SILENT",
        "UNKNOWN, UNKNOWN, true, PRIMARY, 1, UNKNOWN, NOT_LOOKED_AT",
        // It serves others: the files tell what it is.
        "FULL, PRIMARY, true, PRIMARY, 1, PRIMARY, SERVING",
        "FULL, REPLICA, true, REPLICA, 1, REPLICA, SERVING",
        "FULL, UNKNOWN, true, PRIMARY, 1, PRIMARY, SERVING",
        "LOGIN_REFUSED, UNKNOWN, true, REPLICA, 1, REPLICA, SERVING",
        "LOGIN_REFUSED, PRIMARY, true, PRIMARY, 1, PRIMARY, SERVING",
        // It was promoted meanwhile, on a timeline that nobody has told us.
        "LOGIN_REFUSED, REPLICA, true, PRIMARY, 1, REPLICA, SILENT",
        "LOGIN_REFUSED, PRIMARY, true, REPLICA, 1, PRIMARY, SILENT",
        "LOGIN_REFUSED, PRIMARY, true, , 1, PRIMARY, SILENT",
        "LOGIN_REFUSED, PRIMARY, true, PRIMARY, 11, PRIMARY, SILENT"
    })
    void theServerAsLabelsSeeIt(
            Availability availability,
            InstanceRole role,
            boolean postmaster,
            Observation.@Nullable Role inControlFile,
            int age,
            Observation.Role expectedRole,
            Observation.Server expected) {
        Observation seen = ObservedInstance.of(
                state(availability, role, age, age),
                new InstanceFiles(postmaster, Optional.ofNullable(inControlFile), 0),
                MAX_AGE,
                0,
                NOW);
        assertThat(seen.server()).isEqualTo(expected);
        assertThat(seen.role()).isEqualTo(expectedRole);
    }

    /** Promoted while its agent could not log in: nobody else tells on which timeline. */
    @Test
    void theTimelineOfAPrimaryThatRefusesUsIsToldByItsFiles() {
        InstanceFiles files = new InstanceFiles(true, Optional.of(Observation.Role.PRIMARY), 4);
        assertThat(timeline(Availability.LOGIN_REFUSED, files)).isEqualTo(4);
        assertThat(timeline(Availability.FULL, files)).isEqualTo(4);
        assertThat(timeline(Availability.ACCEPTING, files))
                .as("it tells itself")
                .isZero();
        assertThat(timeline(Availability.STARTING, files)).isZero();
    }

    private static long timeline(Availability availability, InstanceFiles files) {
        return ObservedInstance.of(state(availability, InstanceRole.PRIMARY, 1, -1), files, MAX_AGE, 0, NOW)
                .timeline();
    }

    @Test
    void theAgeIsThatOfTheLastAnswerElseOfTheAgentItself() {
        assertThat(ObservedInstance.of(
                                state(Availability.NO_ANSWER, InstanceRole.PRIMARY, 1, 42),
                                InstanceFiles.NONE,
                                MAX_AGE,
                                0,
                                NOW)
                        .age())
                .isEqualTo(Duration.ofSeconds(42));
        assertThat(ObservedInstance.of(
                                state(Availability.NO_ANSWER, InstanceRole.UNKNOWN, 1, -1),
                                InstanceFiles.NONE,
                                MAX_AGE,
                                NOW - Duration.ofSeconds(7).toNanos(),
                                NOW)
                        .age())
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(ObservedInstance.of(
                                state(Availability.ACCEPTING, InstanceRole.PRIMARY, 1, 1),
                                InstanceFiles.NONE,
                                MAX_AGE,
                                0,
                                NOW)
                        .age())
                .isZero();
    }
}
