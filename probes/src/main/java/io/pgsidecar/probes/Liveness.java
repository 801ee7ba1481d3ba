package io.pgsidecar.probes;

import java.time.Duration;
import java.util.Optional;

/**
 * {@code /livez}: should the kubelet restart the container? Only for what a restart mends: an agent whose own loop is
 * stuck. A PostgreSQL that starts, recovers, is full or refuses us is not mended by killing it; crash recovery would
 * begin anew. One that gives no answer at all is reported only where somebody has asked for that.
 */
public final class Liveness {

    private Liveness() {}

    /**
     * Whether the agent and, where asked for, PostgreSQL are alive.
     *
     * @param stalledAfter the age from which the observer counts as stuck; well above its own time-outs
     * @param hungLimit for how long PostgreSQL may listen and give no answer; empty for ever
     */
    public static ProbeAnswer of(
            InstanceState state, Duration stalledAfter, Optional<Duration> hungLimit, long nowNanos) {
        ProbeAnswer agent = ofAgent(state, stalledAfter, nowNanos);
        if (!agent.ok()) {
            return agent;
        }
        Long since = state.unansweredSince();
        if (hungLimit.isPresent() && since != null) {
            Duration hung = Duration.ofNanos(nowNanos - since);
            if (hung.compareTo(hungLimit.get()) > 0) {
                return ProbeAnswer.no(
                        "PostgreSQL has given no answer for %d s: %s".formatted(hung.toSeconds(), state.cause()));
            }
        }
        return ProbeAnswer.yes("the agent is alive; PostgreSQL: " + state.cause());
    }

    /** {@code /healthz}: whether the agent itself goes on, whatever PostgreSQL does. */
    public static ProbeAnswer ofAgent(InstanceState state, Duration stalledAfter, long nowNanos) {
        Duration age = state.age(nowNanos);
        if (age.compareTo(stalledAfter) > 0) {
            return ProbeAnswer.no("the agent's observer has been stuck for %d s".formatted(age.toSeconds()));
        }
        return ProbeAnswer.yes("the agent is alive");
    }
}
