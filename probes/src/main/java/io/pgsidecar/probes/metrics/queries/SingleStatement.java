package io.pgsidecar.probes.metrics.queries;

import java.sql.SQLException;
import java.util.List;
import java.util.regex.Pattern;
import org.postgresql.core.Parser;

/**
 * Holds a query to one statement. The server takes no more than one at a time, but the driver cuts a text at its
 * semicolons before it sends it: {@code SELECT 1; COMMIT; DELETE …} would leave the read-only transaction. So the
 * driver's own parser is asked where it would cut.
 */
public final class SingleStatement {

    private static final Pattern NOTHING = Pattern.compile("(?s)(\\s|--[^\\n]*|/\\*.*?\\*/)*+");

    private SingleStatement() {}

    /**
     * The statement, without a semicolon and what is behind it.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public static String of(String sql) {
        try {
            List<String> statements = Parser.parseJdbcSql(sql, true, false, true, false, false).stream()
                    .map(part -> part.nativeSql)
                    .filter(text -> !NOTHING.matcher(text).matches())
                    .toList();
            if (statements.size() == 1) {
                return statements.getFirst();
            }
            throw new IllegalArgumentException(
                    statements.isEmpty()
                            ? "must be a statement"
                            : "must be one statement, not %d: only one runs in its read-only transaction"
                                    .formatted(statements.size()));
        } catch (SQLException e) {
            throw new IllegalArgumentException("must be a statement: " + e.getMessage(), e);
        }
    }
}
