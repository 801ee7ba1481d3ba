package io.pgsidecar.probes.metrics;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * A collector that is nothing but its statements.
 *
 * @param databases whose series are shown
 * @param queries for a version; none where it has no such thing
 */
record SqlCollector(String name, Tier tier, Globs databases, IntFunction<List<Query>> queries)
        implements ListedCollector {

    @Override
    public List<Metric> metrics(int version) {
        return queries.apply(version).stream()
                .flatMap(query -> query.metrics().stream())
                .toList();
    }

    @Override
    public List<Family> collect(Connection connection, int version) throws SQLException {
        List<Family> families = new ArrayList<>();
        for (Query query : queries.apply(version)) {
            families.addAll(query.ask(connection, databases));
        }
        return families;
    }
}
