package io.pgsidecar.probes;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
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
        // No schema of a user's can hijack a query of ours, and no statement of ours waits for a standby.
        p.setProperty(
                "options",
                "-c search_path=pg_catalog -c synchronous_commit=local -c idle_session_timeout=0 -c statement_timeout="
                        + queryTimeout.toMillis());
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
