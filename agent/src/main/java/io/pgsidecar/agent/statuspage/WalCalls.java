package io.pgsidecar.agent.statuspage;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What became of the calls of a WAL command since the agent's start.
 *
 * @param outcomes how many there were of each, by a word
 * @param failingSince when the first failed since the last that did not; empty if the last one did not fail
 */
public record WalCalls(
        Map<String, Long> outcomes,
        Optional<Call> lastSuccess,
        Optional<Call> lastFailure,
        Optional<Instant> failingSince) {

    /** There was none. */
    public static final WalCalls NONE = new WalCalls(Map.of(), Optional.empty(), Optional.empty(), Optional.empty());

    public WalCalls {
        outcomes = Map.copyOf(new TreeMap<>(outcomes));
    }

    /**
     * One call.
     *
     * @param text what PostgreSQL was told; its first line is the gist
     */
    public record Call(String file, Instant time, String text) {

        /** The gist. */
        public String line() {
            return text.lines().findFirst().orElse("");
        }
    }
}
