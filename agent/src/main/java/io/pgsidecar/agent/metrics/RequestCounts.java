package io.pgsidecar.agent.metrics;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What became of the requests of a WAL command since the agent's start. Safe for several threads. */
public final class RequestCounts {

    private final Map<String, Long> outcomes = new TreeMap<>();
    private final Durations durations;
    private @Nullable Instant lastSuccess;
    private @Nullable Instant lastFailure;

    /** @param durations takes in how long each took */
    public RequestCounts(Durations durations) {
        this.durations = durations;
    }

    /**
     * Counts one.
     *
     * @param outcome in a word
     */
    public void add(String outcome, boolean succeeded, Instant now, long nanos) {
        durations.add(nanos);
        synchronized (this) {
            outcomes.merge(outcome, 1L, Long::sum);
            if (succeeded) {
                lastSuccess = now;
            } else {
                lastFailure = now;
            }
        }
    }

    Durations durations() {
        return durations;
    }

    synchronized long count(String outcome) {
        return outcomes.getOrDefault(outcome, 0L);
    }

    synchronized Optional<Instant> lastSuccess() {
        return Optional.ofNullable(lastSuccess);
    }

    synchronized Optional<Instant> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }
}
