package io.pgsidecar.probes.metrics;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Asks an extension, if the database of the configuration has it; none is no failure.
 *
 * @param query for a schema, quoted, and a version
 * @param since the first version that has what it asks for
 */
record ExtensionCollector(
        String name, String extension, int since, Globs databases, BiFunction<String, Integer, Query> query)
        implements ListedCollector {

    @Override
    public Tier tier() {
        return Tier.SLOW;
    }

    @Override
    public List<Metric> metrics(int version) {
        return version < since ? List.of() : query.apply("", version).metrics();
    }

    @Override
    public List<Family> collect(Connection connection, int version) throws SQLException {
        if (version < since) {
            return List.of();
        }
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
                        + " WHERE e.extname = ?")) {
            statement.setString(1, extension);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? query.apply(row.getString(1), version).ask(connection, databases) : List.of();
            }
        }
    }
}
