package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Sessions that stay as they are while others look at them: idle, in a transaction with locks, and in a long vacuum. */
final class HeldSessions implements AutoCloseable {

    private final PostgresServer server;
    private final List<Connection> connections = new ArrayList<>();

    HeldSessions(PostgresServer server) {
        this.server = server;
    }

    void begin() throws SQLException {
        session("app");
        Statement locking = session("app");
        locking.execute("BEGIN");
        locking.execute("INSERT INTO orders VALUES (7)");
        locking.execute("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE");
        Statement prepared = session("app");
        prepared.execute("BEGIN");
        prepared.execute("CREATE TABLE not_yet (a int)");
        prepared.execute("PREPARE TRANSACTION 'held'");
        Statement vacuum = session("postgres");
        // What it waits for changes.
        vacuum.execute("SET application_name = vacuum");
        vacuum.execute("SET vacuum_cost_delay = 100");
        vacuum.execute("SET vacuum_cost_limit = 1");
        Thread ignored = Thread.ofVirtual().name("held-vacuum").start(() -> {
            try {
                vacuum.execute("VACUUM slowly");
            } catch (SQLException e) {
                // Its session is closed.
            }
        });
        server.awaitQuery("SELECT count(*) FROM pg_stat_progress_vacuum", "1");
    }

    private Statement session(String database) throws SQLException {
        Connection connection = server.connect(database);
        connections.add(connection);
        Statement statement = connection.createStatement();
        statement.execute("SET application_name = " + ExporterComparison.HELD);
        return statement;
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : connections) {
            connection.abort(Runnable::run);
        }
    }
}
