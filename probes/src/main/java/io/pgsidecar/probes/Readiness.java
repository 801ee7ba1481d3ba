package io.pgsidecar.probes;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code /readyz}: may clients be sent to this instance? */
public final class Readiness {

    private Readiness() {}

    /** Whether clients may come, however far a replica is behind. */
    public static ProbeAnswer of(InstanceState state, Duration maxAge, long nowNanos) {
        return of(state, maxAge, List.of(), ServiceGate.OPEN, nowNanos);
    }

    /**
     * Whether clients may come.
     *
     * @param maxAge for how long an answer counts when no newer one comes
     * @param limits what a replica must be within
     */
    public static ProbeAnswer of(
            InstanceState state, Duration maxAge, List<LagLimit> limits, ServiceGate gate, long nowNanos) {
        if (state.age(nowNanos).compareTo(maxAge) > 0) {
            return ProbeAnswer.no(
                    "last observed %d s ago".formatted(state.age(nowNanos).toSeconds()));
        }
        ProbeAnswer byServer = byServer(state, maxAge, nowNanos);
        if (!byServer.ok()) {
            return byServer;
        }
        Optional<String> closed = gate.closed();
        if (closed.isPresent()) {
            return ProbeAnswer.no(closed.get());
        }
        if (!limits.isEmpty() && state.role() == InstanceRole.REPLICA) {
            if (state.replay().isEmpty()) {
                // It has told nothing in this role: our login is refused since the agent's start, or since its role
                // changed.
                return ProbeAnswer.no("lag unknown; " + state.cause());
            }
            for (LagLimit limit : limits) {
                Optional<String> exceeded = limit.exceeded(state.replay().get(), maxAge, nowNanos);
                if (exceeded.isPresent()) {
                    return ProbeAnswer.no(exceeded.get() + "; " + state.cause());
                }
            }
        }
        return byServer;
    }

    private static ProbeAnswer byServer(InstanceState state, Duration maxAge, long nowNanos) {
        return switch (state.availability()) {
            case ACCEPTING -> ProbeAnswer.yes(state.cause());
            // The server is fine, our login is not: to take it out of service would be an outage made by us.
            case LOGIN_REFUSED -> ProbeAnswer.yes(state.cause());
            case FULL, NO_ANSWER -> new ProbeAnswer(state.acceptedWithin(maxAge, nowNanos), state.cause());
            case STARTING, STOPPING, FAILING, NO_SERVER, UNKNOWN -> ProbeAnswer.no(state.cause());
        };
    }
}
