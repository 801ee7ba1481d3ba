package io.pgsidecar.probes.metrics.queries;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * How a query went when it was run last.
 *
 * @param rows that became series
 * @param dropped values that did not become one
 * @param failedDatabases in how many it failed, or was not run for lack of time
 * @param problems each in a line; none if all went well
 */
public record QueryStatus(
        Instant ran, Duration took, int rows, int dropped, int failedDatabases, List<String> problems) {

    public QueryStatus {
        problems = List.copyOf(problems);
    }

    /** Whether there was nothing wrong. */
    public boolean ok() {
        return problems.isEmpty();
    }
}
