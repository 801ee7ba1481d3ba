package io.pgsidecar.probes;

import java.time.Duration;

/** {@code /readyz}: may clients be sent to this instance? */
public final class Readiness {

    private Readiness() {}

    /**
     * Whether clients may come.
     *
     * @param maxAge for how long an answer counts when no newer one comes
     */
    public static ProbeAnswer of(InstanceState state, Duration maxAge, long nowNanos) {
        if (state.age(nowNanos).compareTo(maxAge) > 0) {
            return ProbeAnswer.no(
                    "last observed %d s ago".formatted(state.age(nowNanos).toSeconds()));
        }
        return switch (state.availability()) {
            case ACCEPTING -> ProbeAnswer.yes(state.cause());
            // The server is fine, our login is not: to take it out of service would be an outage made by us.
            case LOGIN_REFUSED -> ProbeAnswer.yes(state.cause());
            case FULL, NO_ANSWER -> new ProbeAnswer(state.acceptedWithin(maxAge, nowNanos), state.cause());
            case STARTING, STOPPING, NO_SERVER, UNKNOWN -> ProbeAnswer.no(state.cause());
        };
    }
}
