package io.pgsidecar.probes;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the observer saw last. Immutable; whoever needs to know something of the instance reads it here and asks nobody
 * else.
 *
 * @param role by the last answer to a query; kept while the server does not answer
 * @param cause one line for a person: why it is so
 * @param observed when, by the wall clock, for display
 * @param observedNanos the same by {@link System#nanoTime()}, for ages that no clock change can bend
 * @param accepted when it last answered a query, by {@link System#nanoTime()}; null if it never did
 * @param serverVersion as {@code server_version_num}; 0 if unknown
 * @param lsn replayed on a replica, written on a primary; null if unknown
 */
public record InstanceState(
        Availability availability,
        InstanceRole role,
        String cause,
        Instant observed,
        long observedNanos,
        @Nullable Long accepted,
        int serverVersion,
        @Nullable String lsn) {

    /** The state before the first look. */
    public static InstanceState unknown(long nowNanos) {
        return new InstanceState(
                Availability.UNKNOWN, InstanceRole.UNKNOWN, "not observed yet", Instant.now(), nowNanos, null, 0, null);
    }

    /** Another availability after this state; what the instance was stays known. */
    InstanceState become(Availability availability, String cause, long nowNanos) {
        return new InstanceState(availability, role, cause, Instant.now(), nowNanos, accepted, serverVersion, lsn);
    }

    /** How old the observation is. */
    public Duration age(long nowNanos) {
        return Duration.ofNanos(nowNanos - observedNanos);
    }

    /** Whether the server has answered a query within the time. */
    public boolean acceptedWithin(Duration time, long nowNanos) {
        return accepted != null && nowNanos - accepted <= time.toNanos();
    }
}
