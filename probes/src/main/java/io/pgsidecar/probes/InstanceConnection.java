package io.pgsidecar.probes;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The one connection to the local instance, kept open between looks and opened again after it broke. For one thread.
 */
final class InstanceConnection implements AutoCloseable {

    /** What one round trip tells. */
    record Answer(
            boolean inRecovery, int serverVersion, @Nullable String lsn) {}

    private static final String QUERY = """
            SELECT r, current_setting('server_version_num')::int,
                   (CASE WHEN r THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text
            FROM pg_is_in_recovery() AS r""";

    private final InstanceAddress address;
    private @Nullable Connection connection;
    private @Nullable PreparedStatement query;

    InstanceConnection(InstanceAddress address) {
        this.address = address;
    }

    /** Asks once; connects first where that is needed. After an exception the next call begins with a new connection. */
    Answer ask() throws SQLException, IOException {
        try {
            PreparedStatement statement = query == null ? open() : query;
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("no row");
                }
                return new Answer(row.getBoolean(1), row.getInt(2), row.getString(3));
            }
        } catch (SQLException | IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private PreparedStatement open() throws SQLException, IOException {
        Connection opened = address.connect();
        connection = opened;
        opened.setReadOnly(true);
        query = opened.prepareStatement(QUERY);
        return query;
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        query = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                // It was broken, which is why it is closed.
            }
        }
    }
}
