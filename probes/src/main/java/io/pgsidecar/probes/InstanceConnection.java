package io.pgsidecar.probes;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
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
        Properties p = new Properties();
        p.setProperty("user", address.user());
        address.password().read().ifPresent(password -> p.setProperty("password", password));
        p.setProperty("ApplicationName", "pgsidecar");
        p.setProperty("connectTimeout", seconds(address.connectTimeout()));
        // The server's own time-out answers first; this one is for a server that does not answer at all. It also
        // bounds the log-in, which connectTimeout does not.
        p.setProperty("socketTimeout", seconds(address.queryTimeout().plusSeconds(1)));
        p.setProperty("tcpKeepAlive", "true");
        // No schema of a user's can hijack a query of ours, and no statement of ours waits for a standby.
        p.setProperty(
                "options",
                "-c search_path=pg_catalog -c synchronous_commit=local -c idle_session_timeout=0 -c statement_timeout="
                        + address.queryTimeout().toMillis());
        String host = address.host().contains(":") ? "[" + address.host() + "]" : address.host();
        Connection opened = DriverManager.getConnection(
                "jdbc:postgresql://%s:%d/%s".formatted(host, address.port(), encoded(address.database())), p);
        connection = opened;
        opened.setReadOnly(true);
        query = opened.prepareStatement(QUERY);
        return query;
    }

    /** pgjdbc takes whole seconds, and 0 for no limit. */
    private static String seconds(Duration d) {
        return Long.toString(Math.max(1, d.plusMillis(999).toSeconds()));
    }

    private static String encoded(String database) {
        return URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
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
