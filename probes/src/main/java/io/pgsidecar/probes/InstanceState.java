package io.pgsidecar.probes;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * What the observer saw last. Immutable; whoever needs to know something of the instance reads it here and asks nobody
 * else.
 *
 * @param role by the last answer to a query, or by {@code pg_control} where our login is refused; kept while the
 *     server does not answer
 * @param cause one line for a person: why it is so
 * @param observed when, by the wall clock, for display
 * @param observedNanos the same by {@link System#nanoTime()}, for ages that no clock change can bend
 * @param accepted when it last answered a query, by {@link System#nanoTime()}; null if it never did
 * @param unansweredSince since when something listens and gives no answer, by {@link System#nanoTime()}; null if it
 *     answers or nothing listens
 * @param report what it told at the last query that it answered
 */
public record InstanceState(
        Availability availability,
        InstanceRole role,
        String cause,
        Instant observed,
        long observedNanos,
        @Nullable Long accepted,
        @Nullable Long unansweredSince,
        InstanceReport report) {

    /** The state before the first look. */
    public static InstanceState unknown(long nowNanos) {
        return new InstanceState(
                Availability.UNKNOWN,
                InstanceRole.UNKNOWN,
                "not observed yet",
                Instant.now(),
                nowNanos,
                null,
                null,
                InstanceReport.NONE);
    }

    /** Another availability after this state; what the instance was stays known. */
    InstanceState become(Availability availability, String cause, long nowNanos) {
        Long unanswered = availability != Availability.NO_ANSWER
                ? null
                : unansweredSince == null ? (Long) nowNanos : unansweredSince;
        return new InstanceState(availability, role, cause, Instant.now(), nowNanos, accepted, unanswered, report);
    }

    /** The same of a server whose role something else than a query tells. In a new role it has told nothing yet. */
    InstanceState withRole(InstanceRole told) {
        InstanceReport known = told == role ? report : report.ofAnotherRole();
        return new InstanceState(availability, told, cause, observed, observedNanos, accepted, unansweredSince, known);
    }

    /** How old the observation is. */
    public Duration age(long nowNanos) {
        return Duration.ofNanos(nowNanos - observedNanos);
    }

    /** Whether the server has answered a query within the time. */
    public boolean acceptedWithin(Duration time, long nowNanos) {
        return accepted != null && nowNanos - accepted <= time.toNanos();
    }

    /** As {@code server_version_num}; 0 if unknown. */
    public int serverVersion() {
        return report.serverVersion();
    }

    /** As {@code pg_controldata} prints it; null if unknown. */
    public @Nullable String systemIdentifier() {
        return report.systemIdentifier();
    }

    /** A primary's timeline, or of the last WAL that a replica has received or replayed; 0 if unknown. */
    public int timeline() {
        return report.timeline();
    }

    /** When the postmaster started: another one means another run of the server. */
    public @Nullable Instant postmasterStart() {
        return report.postmasterStart();
    }

    /** Replayed on a replica, written on a primary; null if unknown. */
    public @Nullable LogSequenceNumber lsn() {
        return report.lsn();
    }

    /** How a replica comes by its WAL; empty on a primary. */
    public Optional<Replay> replay() {
        return Optional.ofNullable(report.replay());
    }
}
