package io.pgsidecar.probes;

/** What the instance is, by its own word ({@code pg_is_in_recovery()}). */
public enum InstanceRole {
    PRIMARY,
    REPLICA,
    /** It has not answered yet. */
    UNKNOWN
}
