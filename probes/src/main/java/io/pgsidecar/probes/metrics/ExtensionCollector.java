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
 * @param server the first version of the server that comes with {@code since}
 * @param since the first version of the extension that has what it asks for
 * @param query for a schema, quoted, and a version of the extension
 */
record ExtensionCollector(
        String name,
        String extension,
        int server,
        ExtensionVersion since,
        Globs databases,
        BiFunction<String, ExtensionVersion, Query> query)
        implements ListedCollector {

    @Override
    public Tier tier() {
        return Tier.SLOW;
    }

    @Override
    public List<Metric> metrics(int version) {
        return version < server ? List.of() : query.apply("", since).metrics();
    }

    @Override
    public List<Family> collect(Connection connection, int version) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT quote_ident(n.nspname), e.extversion FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
                        + " WHERE e.extname = ?")) {
            statement.setString(1, extension);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return List.of();
                }
                ExtensionVersion present = ExtensionVersion.of(row.getString(2));
                return present.before(since)
                        ? List.of()
                        : query.apply(row.getString(1), present).ask(connection, databases);
            }
        }
    }
}
