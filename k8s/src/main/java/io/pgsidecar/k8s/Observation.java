package io.pgsidecar.k8s;

import java.time.Duration;

/**
 * What is known of the instance, as labels need it.
 *
 * @param role the last one that was known for sure
 * @param server how the server is now
 * @param age since the role was last known for sure; without meaning while it is {@link Role#UNKNOWN}
 * @param timeline 0 if unknown
 * @param systemIdentifier empty if unknown
 * @param lsn empty if unknown
 */
public record Observation(Role role, Server server, Duration age, long timeline, String systemIdentifier, String lsn) {

    /** What the instance is by its own word. */
    public enum Role {
        PRIMARY,
        REPLICA,
        /** It was never seen to be anything since the agent's start. */
        UNKNOWN
    }

    /** How the server is now. */
    public enum Server {
        /** It answers, and its role is known. */
        SERVING,
        /** It says that it stops, or has stopped in order. */
        STOPPING,
        /** It does not take clients yet, or there is none and it has not stopped in order: it may be back soon. */
        DOWN,
        /** It cannot be told: it hangs, or tells us nothing. */
        SILENT,
        /** Nobody has looked yet. */
        NOT_LOOKED_AT
    }

    /** Before the first look. */
    public static Observation none() {
        return new Observation(Role.UNKNOWN, Server.NOT_LOOKED_AT, Duration.ZERO, 0, "", "");
    }

    /** Whether another action may follow from the other one. */
    boolean differs(Observation other) {
        return role != other.role
                || server != other.server
                || timeline != other.timeline
                || !systemIdentifier.equals(other.systemIdentifier);
    }
}
