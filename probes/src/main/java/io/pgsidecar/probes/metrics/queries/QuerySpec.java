package io.pgsidecar.probes.metrics.queries;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One query, as somebody has written it.
 *
 * @param name its key in the file
 * @param namespace what each of its series' names begins with
 * @param predicate a query of one truth value: whether the query is run
 * @param primaryOnly whether it is left out on a replica
 * @param versions of servers on which it is run
 * @param cache how long a result is good
 * @param databases to run it in, by name or by pattern; none for the one that the agent connects to
 */
public record QuerySpec(
        String name,
        String namespace,
        String query,
        Optional<String> predicate,
        List<ColumnSpec> columns,
        boolean primaryOnly,
        VersionRange versions,
        Duration cache,
        List<DatabasePattern> databases) {

    /**
     * A query.
     *
     * @throws IllegalArgumentException if the query or the predicate is not one statement
     */
    public QuerySpec {
        query = SingleStatement.of(query);
        predicate = predicate.map(SingleStatement::of);
        columns = List.copyOf(columns);
        databases = List.copyOf(databases);
    }
}
