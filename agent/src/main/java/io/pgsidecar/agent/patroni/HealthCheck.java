package io.pgsidecar.agent.patroni;

import io.pgsidecar.probes.InstanceRole;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Patroni's health checks. Where Patroni asks whether the node holds the leader's lock, this asks whether the server is
 * a primary that clients may come to; there is no lock here. What only the lock could tell is not answered.
 */
public enum HealthCheck {
    /** A primary that clients may write to. */
    PRIMARY {
        @Override
        public CheckAnswer answer(Node node, MemberTags tags, CheckQuery query) {
            return primary(node);
        }
    },
    /** A replica that clients may read from. */
    REPLICA {
        @Override
        public CheckAnswer answer(Node node, MemberTags tags, CheckQuery query) {
            return tagged(replica(node, tags, query), tags, query);
        }
    },
    /** Either of the two. */
    READ_ONLY {
        @Override
        public CheckAnswer answer(Node node, MemberTags tags, CheckQuery query) {
            return tagged(
                    node.role() == InstanceRole.PRIMARY ? primary(node) : replica(node, tags, query), tags, query);
        }
    },
    /** The primary; which replicas are synchronous only the primary knows. */
    READ_ONLY_SYNCHRONOUS {
        @Override
        public CheckAnswer answer(Node node, MemberTags tags, CheckQuery query) {
            return node.role() == InstanceRole.REPLICA && node.running()
                    ? SYNCHRONOUS.answer(node, tags, query)
                    : tagged(primary(node), tags, query);
        }
    },
    /** A synchronous or an asynchronous standby, or one of a quorum. */
    SYNCHRONOUS {
        @Override
        public CheckAnswer answer(Node node, MemberTags tags, CheckQuery query) {
            return CheckAnswer.unknowable("which standby is synchronous only the primary knows:"
                    + " its /patroni has sync_state of each one; use /replica here");
        }
    },
    /** The holder of the leader's lock. */
    LEADER {
        @Override
        public CheckAnswer answer(Node node, MemberTags tags, CheckQuery query) {
            return CheckAnswer.unknowable("there is no leader's lock without a consensus store; use /primary");
        }
    },
    /** A server that runs, whatever it is. */
    HEALTH {
        @Override
        public CheckAnswer answer(Node node, MemberTags tags, CheckQuery query) {
            return tagged(node.running() ? CheckAnswer.yes(node.cause()) : CheckAnswer.no(node.cause()), tags, query);
        }
    },
    /** A primary, or a replica that streams and is not far behind. */
    READINESS {
        @Override
        public CheckAnswer answer(Node node, MemberTags tags, CheckQuery query) {
            if (node.role() == InstanceRole.PRIMARY) {
                return primary(node);
            }
            CheckAnswer open = open(node);
            if (!open.ok()) {
                return open;
            }
            if (!node.streaming()) {
                return CheckAnswer.no("the replica is not streaming");
            }
            return within(node, query.lag().orElse(MAXIMUM_LAG_ON_FAILOVER), query.written());
        }
    };

    /** Patroni's default of the setting with this name, which {@code /readiness} is held to. */
    static final long MAXIMUM_LAG_ON_FAILOVER = 1L << 20;

    private static final Map<String, HealthCheck> PATHS = Map.ofEntries(
            Map.entry("/", PRIMARY),
            Map.entry("/primary", PRIMARY),
            Map.entry("/master", PRIMARY),
            Map.entry("/read-write", PRIMARY),
            Map.entry("/replica", REPLICA),
            Map.entry("/read-only", READ_ONLY),
            Map.entry("/read-only-sync", READ_ONLY_SYNCHRONOUS),
            Map.entry("/read-only-synchronous", READ_ONLY_SYNCHRONOUS),
            Map.entry("/read-only-quorum", READ_ONLY_SYNCHRONOUS),
            Map.entry("/sync", SYNCHRONOUS),
            Map.entry("/synchronous", SYNCHRONOUS),
            Map.entry("/async", SYNCHRONOUS),
            Map.entry("/asynchronous", SYNCHRONOUS),
            Map.entry("/quorum", SYNCHRONOUS),
            Map.entry("/leader", LEADER),
            Map.entry("/standby-leader", LEADER),
            Map.entry("/standby_leader", LEADER),
            Map.entry("/health", HEALTH),
            Map.entry("/readiness", READINESS));

    /** The check of a path. */
    public static Optional<HealthCheck> at(String path) {
        return Optional.ofNullable(PATHS.get(path));
    }

    /** What a load balancer is told. */
    public abstract CheckAnswer answer(Node node, MemberTags tags, CheckQuery query);

    private static CheckAnswer open(Node node) {
        if (!node.running()) {
            return CheckAnswer.no(node.cause());
        }
        return node.closed().map(CheckAnswer::no).orElseGet(() -> CheckAnswer.yes(node.cause()));
    }

    private static CheckAnswer primary(Node node) {
        CheckAnswer open = open(node);
        return !open.ok() || node.role() == InstanceRole.PRIMARY ? open : CheckAnswer.no("no primary: " + node.cause());
    }

    private static CheckAnswer replica(Node node, MemberTags tags, CheckQuery query) {
        CheckAnswer open = open(node);
        if (!open.ok()) {
            return open;
        }
        if (node.role() != InstanceRole.REPLICA) {
            return CheckAnswer.no("no replica: " + node.cause());
        }
        if (tags.notBalanced()) {
            return CheckAnswer.no("the tag noloadbalance is set here");
        }
        Optional<String> wanted = query.replicationState();
        if (wanted.isPresent() && !wanted.equals(node.replicationState())) {
            return CheckAnswer.no("replication_state is %s, not %s"
                    .formatted(node.replicationState().orElse("none"), wanted.get()));
        }
        return query.lag().isPresent() ? within(node, query.lag().getAsLong(), false) : open;
    }

    private static CheckAnswer within(Node node, long limit, boolean written) {
        OptionalLong lag = written ? node.receiveLag() : node.replayLag();
        if (lag.isEmpty()) {
            return CheckAnswer.no("how far the replica is behind is not known: no primary is heard of");
        }
        String text = "%d bytes behind the primary, ".formatted(lag.getAsLong());
        return lag.getAsLong() > limit
                ? CheckAnswer.no(text + "of which %d are allowed".formatted(limit))
                : CheckAnswer.yes(text + node.cause());
    }

    private static CheckAnswer tagged(CheckAnswer answer, MemberTags tags, CheckQuery query) {
        return answer.ok() ? tags.lacks(query.tags()).map(CheckAnswer::no).orElse(answer) : answer;
    }
}
