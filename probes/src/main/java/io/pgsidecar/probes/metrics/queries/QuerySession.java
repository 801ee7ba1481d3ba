package io.pgsidecar.probes.metrics.queries;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Runs a query in the transaction that is open on a connection. */
final class QuerySession {

    private static final String DATABASES = """
            SELECT datname FROM pg_catalog.pg_database
            WHERE datallowconn AND NOT datistemplate AND datconnlimit <> -2
              AND pg_catalog.has_database_privilege(oid, 'CONNECT')
            ORDER BY datname""";

    private final Connection connection;

    QuerySession(Connection connection) {
        this.connection = connection;
    }

    String database() throws SQLException {
        return connection.getCatalog();
    }

    boolean inRecovery() throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT pg_catalog.pg_is_in_recovery()")) {
            return r.next() && r.getBoolean(1);
        }
    }

    /** Those that patterns can mean: the role may connect to them, and they are no templates. */
    List<String> databases() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery(DATABASES)) {
            while (r.next()) {
                names.add(r.getString(1));
            }
        }
        return names;
    }

    /** Ends the transaction, and with it the locks that it holds. */
    void end() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            // The session is over, which says more where it is used next.
        }
    }

    /**
     * Adds what the query returns, unless its predicate says no.
     *
     * @param deadline as {@link System#nanoTime()}
     * @param rows of all its databases together
     */
    void run(QuerySpec spec, Results results, long deadline, int rows) throws SQLException, UnfitException {
        try (Statement statement = connection.createStatement()) {
            // A brace is a brace, and no escape of JDBC's.
            statement.setEscapeProcessing(false);
            pin(statement, deadline);
            if (spec.predicate().isPresent()) {
                try (ResultSet answer = statement.executeQuery(spec.predicate().get())) {
                    if (!holds(answer)) {
                        return;
                    }
                }
                pin(statement, deadline);
            }
            // One more than are taken, to know that there are more.
            statement.setMaxRows(rows - results.rows() + 1);
            try (ResultSet answer = statement.executeQuery(spec.query())) {
                while (answer.next()) {
                    if (results.rows() == rows) {
                        results.problem("more than %d rows; what is above that is left out: aggregate, or take the top"
                                .formatted(rows));
                        return;
                    }
                    results.add(Row.read(answer));
                }
            }
        }
    }

    /**
     * Holds until the transaction ends. What a query finds under a name is PostgreSQL's own or the schema public's,
     * wherever the database or the role says that it should look. A superuser's session looks as a monitor does: a
     * query must not have more rights than it needs, since what it calls may be somebody else's.
     */
    private static void pin(Statement statement, long deadline) throws SQLException {
        long millis = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
        statement.execute("""
                SELECT pg_catalog.set_config('transaction_read_only', 'on', true),
                       pg_catalog.set_config('search_path', 'pg_catalog, public, pg_temp', true),
                       pg_catalog.set_config('standard_conforming_strings', 'on', true),
                       pg_catalog.set_config('statement_timeout', '%d', true),
                       pg_catalog.set_config('lock_timeout', '1000', true),
                       CASE WHEN pg_catalog.current_setting('is_superuser') = 'on'
                            THEN pg_catalog.set_config('role', 'pg_monitor', true) END""".formatted(millis));
    }

    private static boolean holds(ResultSet answer) throws SQLException, UnfitException {
        if (!answer.next()) {
            return false;
        }
        if (!answer.getMetaData().getColumnTypeName(1).equals("bool")) {
            throw new UnfitException("predicate_query must return true or false");
        }
        return answer.getBoolean(1);
    }
}
