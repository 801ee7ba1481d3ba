package io.pgsidecar.agent.labels;

import io.pgsidecar.k8s.Observation;
import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.k8s.Observation.Server;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import java.time.Duration;
import java.util.Optional;

/**
 * What the observer saw, in the terms of labels. Pure.
 *
 * <p>A server that is full or refuses our login goes on to serve others. Its role is then told by its files.
 */
final class ObservedInstance {

    private ObservedInstance() {}

    /**
     * In the terms of labels.
     *
     * @param files of the last look
     * @param maxAge an older observation tells nothing of now
     * @param since when the agent began to look, by {@link System#nanoTime()}
     */
    static Observation of(InstanceState state, InstanceFiles files, Duration maxAge, long since, long nowNanos) {
        Server server = server(state, maxAge, nowNanos);
        if (state.availability() == Availability.NO_SERVER && server == Server.DOWN && !files.postmaster()) {
            server = Server.STOPPING;
        }
        Role role = role(state.role());
        Optional<Role> told = files.role();
        long timeline = state.timeline();
        boolean others = server == Server.SILENT && servesOthers(state, maxAge, nowNanos);
        if (others && told.isPresent() && (role == Role.UNKNOWN || role == told.get())) {
            server = Server.SERVING;
            role = told.get();
            if (role == Role.PRIMARY && timeline == 0) {
                timeline = files.timeline();
            }
        }
        Long accepted = state.accepted();
        Duration age = server == Server.SERVING
                ? Duration.ZERO
                : Duration.ofNanos(Math.max(0, nowNanos - (accepted == null ? since : accepted)));
        String identifier = state.systemIdentifier();
        return new Observation(
                role,
                server,
                age,
                timeline,
                identifier == null ? "" : identifier,
                state.lsn() == null ? "" : state.lsn().asString());
    }

    private static Server server(InstanceState state, Duration maxAge, long nowNanos) {
        if (state.age(nowNanos).compareTo(maxAge) > 0) {
            return Server.SILENT;
        }
        return switch (state.availability()) {
            case ACCEPTING -> Server.SERVING;
            case STOPPING -> Server.STOPPING;
            case STARTING, NO_SERVER -> Server.DOWN;
            case FULL, LOGIN_REFUSED, FAILING, NO_ANSWER -> Server.SILENT;
            case UNKNOWN -> Server.NOT_LOOKED_AT;
        };
    }

    private static boolean servesOthers(InstanceState state, Duration maxAge, long nowNanos) {
        return state.age(nowNanos).compareTo(maxAge) <= 0
                && switch (state.availability()) {
                    case FULL, LOGIN_REFUSED -> true;
                    case ACCEPTING, STARTING, STOPPING, FAILING, NO_SERVER, NO_ANSWER, UNKNOWN -> false;
                };
    }

    static Role role(InstanceRole role) {
        return switch (role) {
            case PRIMARY -> Role.PRIMARY;
            case REPLICA -> Role.REPLICA;
            case UNKNOWN -> Role.UNKNOWN;
        };
    }
}
