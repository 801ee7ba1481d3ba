package io.pgsidecar.probes.metrics;

import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A session that collectors ask in, one after the other. */
final class CollectorSession implements AutoCloseable {

    // A lock that somebody holds is waited for by one collector, and not for as long as a statement may take. What the
    // statements cost is misjudged often enough for the JIT, which takes longer than they do.
    private static final String OPENING = """
            SELECT set_config('lock_timeout', '1000', false), set_config('jit', 'off', false),
                   current_setting('server_version_num')::int""";

    private static final String DATABASES = """
            SELECT datname FROM pg_database
            WHERE datallowconn AND NOT datistemplate AND datconnlimit <> -2 AND has_database_privilege(oid, 'CONNECT')
            ORDER BY datname""";

    /** What a collector may take longer than one statement. */
    private static final Duration MORE = Duration.ofSeconds(2);

    private final Connection connection;
    private final int version;
    private final Duration longest;

    private CollectorSession(Connection connection, int version, Duration longest) {
        this.connection = connection;
        this.version = version;
        this.longest = longest;
    }

    static CollectorSession open(InstanceAddress address) throws SQLException, IOException {
        Connection connection = address.connectThenSet();
        try {
            int version;
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(OPENING)) {
                if (!row.next()) {
                    throw new SQLException("no row");
                }
                version = row.getInt(3);
            }
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            return new CollectorSession(
                    connection, version, address.queryTimeout().plus(MORE));
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** The databases that can be asked. */
    List<String> databases() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(DATABASES)) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        } finally {
            connection.rollback();
        }
        return names;
    }

    /** Has a collector ask. It may take a bound time in all, whatever it does; then the session is over. */
    List<Family> ask(Collector collector) throws SQLException {
        Thread guard = Thread.ofVirtual().name("metrics-guard").start(() -> {
            try {
                Thread.sleep(longest);
                abort();
            } catch (InterruptedException e) {
                // It has answered.
            }
        });
        try {
            return collector.collect(connection, version);
        } finally {
            guard.interrupt();
            endTransaction();
        }
    }

    private void endTransaction() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            close();
        }
    }

    boolean isOpen() {
        try {
            return !connection.isClosed();
        } catch (SQLException e) {
            return false;
        }
    }

    /** Ends it from another thread, whatever it waits for. */
    void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            // It was over.
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // It was broken, which is why it is closed.
        }
    }
}
