package io.pgsidecar.probes;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;

/**
 * How to reach the instance.
 *
 * @param password asked at each connect, so that a rotated one is seen without a restart
 * @param queryTimeout for each statement
 * @param dataDirectory where {@code postmaster.pid} lies
 */
public record InstanceAddress(
        String host,
        int port,
        String database,
        String user,
        Password password,
        Duration connectTimeout,
        Duration queryTimeout,
        Path dataDirectory) {

    // No schema of a user's can hijack a query of ours; and, below, no statement of ours waits for a standby.
    private static final String SCHEMA = "-c search_path=pg_catalog";

    private static final String MAX_ANSWER = "16M";

    /** Where the password comes from. */
    @FunctionalInterface
    public interface Password {
        /** The password of now; empty to log in without one. */
        Optional<String> read() throws IOException;
    }

    /** The same instance, another database, with another time-out for each statement. */
    public InstanceAddress to(String otherDatabase, Duration otherQueryTimeout) {
        return new InstanceAddress(
                host, port, otherDatabase, user, password, connectTimeout, otherQueryTimeout, dataDirectory);
    }

    /**
     * Logs in. The caller closes the connection; no wait on it is without a bound.
     *
     * @throws IOException if the password cannot be read
     */
    public Connection connect() throws SQLException, IOException {
        return open(SCHEMA + " -c synchronous_commit=local -c idle_session_timeout=0 -c statement_timeout="
                + queryTimeout.toMillis());
    }

    /**
     * The same for a session in which {@code pg_settings} tells what other sessions have: what this one needs is set when
     * it is there, and not asked for at the log-in, which would become its default.
     */
    public Connection connectThenSet() throws SQLException, IOException {
        Connection connection = open(SCHEMA);
        try (PreparedStatement set = connection.prepareStatement("""
                SELECT set_config('synchronous_commit', 'local', false), set_config('idle_session_timeout', '0', false),
                       set_config('statement_timeout', ?, false)""")) {
            set.setString(1, Long.toString(queryTimeout.toMillis()));
            set.execute();
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private Connection open(String options) throws SQLException, IOException {
        Properties p = new Properties();
        p.setProperty("user", user);
        password.read().ifPresent(secret -> p.setProperty("password", secret));
        p.setProperty("ApplicationName", "pgsidecar");
        p.setProperty("connectTimeout", seconds(connectTimeout));
        // The server's own time-out answers first; this one is for a server that does not answer at all. It also
        // bounds the log-in, which connectTimeout does not.
        p.setProperty("socketTimeout", seconds(queryTimeout.plusSeconds(1)));
        p.setProperty("tcpKeepAlive", "true");
        // Whatever it is that is asked: no answer takes the memory that archiving needs.
        p.setProperty("maxResultBuffer", MAX_ANSWER);
        p.setProperty("options", options);
        String name = host.contains(":") ? "[" + host + "]" : host;
        return DriverManager.getConnection("jdbc:postgresql://%s:%d/%s".formatted(name, port, encoded(database)), p);
    }

    /** pgjdbc takes whole seconds, and 0 for no limit. */
    private static String seconds(Duration d) {
        return Long.toString(Math.max(1, d.plusMillis(999).toSeconds()));
    }

    private static String encoded(String database) {
        return URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
