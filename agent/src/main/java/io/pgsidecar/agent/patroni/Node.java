package io.pgsidecar.agent.patroni;

import io.pgsidecar.probes.InstanceRole;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the checks are decided by: the server at one moment, in Patroni's terms.
 *
 * @param cause one line for a person: why it is so
 * @param closed why no client may come although the server is fine
 * @param replicationState {@code streaming} or {@code in archive recovery}; empty on a primary, or where there is neither
 * @param primaryPosition up to where the primary is known to have written; empty unless the replica is streaming
 * @param received up to where WAL is here
 * @param replayed up to where WAL is replayed
 */
public record Node(
        ServerState state,
        InstanceRole role,
        String cause,
        Optional<String> closed,
        Optional<String> replicationState,
        OptionalLong primaryPosition,
        OptionalLong received,
        OptionalLong replayed) {

    static final String STREAMING = "streaming";

    boolean running() {
        return state == ServerState.RUNNING;
    }

    boolean streaming() {
        return replicationState.filter(STREAMING::equals).isPresent();
    }

    /** How many bytes the replica is behind; empty if that cannot be told. */
    OptionalLong lag(boolean written) {
        OptionalLong here = written ? received : replayed;
        return primaryPosition.isPresent() && here.isPresent()
                ? OptionalLong.of(Math.max(0, primaryPosition.getAsLong() - here.getAsLong()))
                : OptionalLong.empty();
    }
}
