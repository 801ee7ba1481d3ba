package io.pgsidecar.agent.patroni;

import java.util.Map;
import java.util.Optional;

/** What Patroni has a path for and this agent does not do there; each with what to use in its place. */
public final class NotHere {

    private static final Map<String, String> READS = Map.of(
            "/cluster",
            "the agent knows its own server only, and has no list of the members; ask /patroni of each one",
            "/history",
            "there is no record of failovers without a consensus store; pg_wal and the repository have each timeline's"
                    + " .history file",
            "/config",
            "there is no configuration in a consensus store; pgsidecar config prints the agent's",
            "/failsafe",
            "there is no consensus store that could fail, and so no failsafe mode");

    private static final Map<String, String> WRITES = Map.of(
            "/switchover", "run pgsidecar promote beside the replica that is to be the primary",
            "/failover", "run pgsidecar promote beside the replica that is to be the primary",
            "/restart", "restart the container of PostgreSQL, or its pod",
            "/sigterm", "stop the pod",
            "/reload", "run SELECT pg_reload_conf()",
            "/reinitialize", "empty the data directory, and pgsidecar bootstrap or pgsidecar restore builds it anew",
            "/config", "change the configuration file and restart the agent, or postgresql.conf and reload it",
            "/failsafe", "there is nothing to be told: there is no failsafe mode");

    private NotHere() {}

    /** Why a path cannot be read. */
    public static Optional<String> read(String path) {
        return Optional.ofNullable(READS.get(path));
    }

    /** What to do in place of a write to a path. */
    public static Optional<String> write(String path) {
        return Optional.ofNullable(WRITES.get(path));
    }
}
