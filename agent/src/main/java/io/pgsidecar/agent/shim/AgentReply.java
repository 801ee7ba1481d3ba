package io.pgsidecar.agent.shim;

/** How the last try to ask the agent went. */
sealed interface AgentReply {

    /** A whole answer. */
    record Answered(AgentAnswer answer) implements AgentReply {}

    /** The connection ended before the answer was whole: most likely the agent was killed while it worked. */
    record BrokenOff() implements AgentReply {}

    /** Our time is over. */
    record Late() implements AgentReply {}

    /** What answers is not the agent. */
    record NotHttp(String reason) implements AgentReply {}

    /**
     * Nobody accepts connections.
     *
     * @param passing whether that may change by itself, as when the agent starts again
     */
    record NotListening(String error, boolean passing) implements AgentReply {}
}
