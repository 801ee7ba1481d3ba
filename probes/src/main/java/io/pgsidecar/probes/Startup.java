package io.pgsidecar.probes;

import java.time.Duration;

/**
 * {@code /startupz}: has the server come up so far that the other probes may begin? A server in recovery has: it may take
 * hours, and to kill it would make it begin anew.
 */
public final class Startup {

    private Startup() {}

    /**
     * Whether there is a postmaster.
     *
     * @param stalledAfter the age from which the observer counts as stuck
     */
    public static ProbeAnswer of(InstanceState state, Duration stalledAfter, long nowNanos) {
        ProbeAnswer agent = Liveness.ofAgent(state, stalledAfter, nowNanos);
        if (!agent.ok()) {
            return agent;
        }
        return switch (state.availability()) {
            case ACCEPTING, STARTING, STOPPING, FULL, LOGIN_REFUSED, FAILING, NO_ANSWER ->
                ProbeAnswer.yes(state.cause());
            case NO_SERVER, UNKNOWN -> ProbeAnswer.no(state.cause());
        };
    }
}
