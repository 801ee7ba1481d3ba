package io.pgsidecar.agent.bootstrap;

/** Who answers where the primary is to be. */
sealed interface OtherServer {

    /** Nobody knows where a primary would be. */
    record NotConfigured() implements OtherServer {}

    /** It is certain that nobody does: there is no such name, or nothing listens. */
    record Nobody(String why) implements OtherServer {}

    /** Somebody may be there. */
    record Unclear(String why) implements OtherServer {}

    /**
     * A replica.
     *
     * @param systemIdentifier unsigned
     */
    record Replica(String host, long systemIdentifier) implements OtherServer {}

    /**
     * A primary.
     *
     * @param systemIdentifier unsigned
     */
    record Primary(String host, long systemIdentifier, long timeline) implements OtherServer {}
}
