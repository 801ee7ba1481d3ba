package io.pgsidecar.agent.patroni;

import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ServiceGate;
import io.pgsidecar.probes.WalReceiver;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.postgresql.replication.LogSequenceNumber;

/**
 * What the checks are decided by: the server at one moment, in Patroni's terms.
 *
 * @param cause one line for a person: why it is so
 * @param closed why no client may come although the server is fine
 * @param replicationState {@code streaming} or {@code in archive recovery}; empty on a primary, or where there is neither
 * @param replayLag how many bytes are known to exist and not replayed; empty if that cannot be told
 * @param receiveLag how many bytes are known to exist and not received
 */
public record Node(
        ServerState state,
        InstanceRole role,
        String cause,
        Optional<String> closed,
        Optional<String> replicationState,
        OptionalLong replayLag,
        OptionalLong receiveLag) {

    private static final String STREAMING = "streaming";
    private static final String IN_ARCHIVE_RECOVERY = "in archive recovery";

    /**
     * What a state means to Patroni. One that is too old, or of a server that has not answered for as long, is none.
     *
     * @param maxAge for how long an answer counts
     */
    public static Node of(InstanceState seen, Duration maxAge, ServiceGate gate, long nowNanos) {
        Duration age = seen.age(nowNanos);
        boolean old = age.compareTo(maxAge) > 0;
        ServerState state = old ? ServerState.UNKNOWN : state(seen, maxAge, nowNanos);
        String cause = old ? "last observed %d s ago".formatted(age.toSeconds()) : seen.cause();
        Optional<Replay> replay =
                seen.replay().filter(r -> state == ServerState.RUNNING && seen.acceptedWithin(maxAge, nowNanos));
        return new Node(
                state,
                seen.role(),
                cause,
                gate.closed(),
                replay.flatMap(r -> replicationState(r, seen.report().hasArchive())),
                replay.map(r -> r.lag().bytes(maxAge, nowNanos)).orElse(OptionalLong.empty()),
                replay.map(Node::receiveLag).orElse(OptionalLong.empty()));
    }

    private static ServerState state(InstanceState seen, Duration maxAge, long nowNanos) {
        return switch (seen.availability()) {
            // A login of ours that is refused is an answer.
            case ACCEPTING, LOGIN_REFUSED -> ServerState.RUNNING;
            case FULL, NO_ANSWER -> seen.acceptedWithin(maxAge, nowNanos) ? ServerState.RUNNING : ServerState.UNKNOWN;
            case STARTING -> ServerState.STARTING;
            case STOPPING -> ServerState.STOPPING;
            case NO_SERVER -> ServerState.STOPPED;
            case FAILING, UNKNOWN -> ServerState.UNKNOWN;
        };
    }

    private static Optional<String> replicationState(Replay replay, boolean hasArchive) {
        if (replay.streaming()) {
            return Optional.of(STREAMING);
        }
        return hasArchive ? Optional.of(IN_ARCHIVE_RECOVERY) : Optional.empty();
    }

    private static OptionalLong receiveLag(Replay replay) {
        WalReceiver receiver = replay.receiver();
        LogSequenceNumber received = replay.received();
        if (!replay.streaming() || receiver == null || receiver.latestEnd() == null || received == null) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(Math.max(0, receiver.latestEnd().asLong() - received.asLong()));
    }

    boolean running() {
        return state == ServerState.RUNNING;
    }

    boolean streaming() {
        return replicationState.filter(STREAMING::equals).isPresent();
    }
}
