package io.pgsidecar.probes;

import java.time.Duration;

/**
 * {@code /livez}: should the kubelet restart the container? Only for what a restart mends: an agent whose own loop is
 * stuck. A PostgreSQL that starts, recovers, is full or refuses us is not mended by killing it; crash recovery would
 * begin anew.
 */
public final class Liveness {

    private Liveness() {}

    /**
     * Whether the agent is alive.
     *
     * @param stalledAfter the age from which the observer counts as stuck; well above its own time-outs
     */
    public static ProbeAnswer of(InstanceState state, Duration stalledAfter, long nowNanos) {
        Duration age = state.age(nowNanos);
        if (age.compareTo(stalledAfter) > 0) {
            return ProbeAnswer.no("the agent's observer has been stuck for %d s".formatted(age.toSeconds()));
        }
        return ProbeAnswer.yes("the agent is alive; PostgreSQL: " + state.cause());
    }
}
