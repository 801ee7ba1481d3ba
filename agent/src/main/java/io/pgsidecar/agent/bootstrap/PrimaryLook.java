package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks who is where the primary is to be.
 *
 * @param hosts one after the other; empty if nobody said
 * @param local how to log in; the host and the port are not used
 */
record PrimaryLook(List<String> hosts, int port, InstanceAddress local) {

    /** The words of {@code gai_strerror} for EAI_NONAME and EAI_NODATA: glibc's, musl's, and those of macOS. */
    private static final List<String> NO_SUCH_NAME =
            List.of("not known", "No address associated with hostname", "does not resolve");

    private static final String QUERY = """
            SELECT r, (SELECT system_identifier FROM pg_control_system()),
                   CASE WHEN r THEN 0 ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END
            FROM pg_is_in_recovery() AS r""";

    /** A primary if one of them is; else what is known least of. */
    OtherServer look() {
        OtherServer found = new OtherServer.NotConfigured();
        for (String host : hosts) {
            OtherServer answer = ask(host);
            if (rank(answer) > rank(found)) {
                found = answer;
            }
            if (found instanceof OtherServer.Primary) {
                break;
            }
        }
        return found;
    }

    private static int rank(OtherServer server) {
        return switch (server) {
            case OtherServer.NotConfigured _ -> 0;
            case OtherServer.Nobody _ -> 1;
            case OtherServer.Replica _ -> 2;
            case OtherServer.Unclear _ -> 3;
            case OtherServer.Primary _ -> 4;
        };
    }

    private OtherServer ask(String host) {
        InstanceAddress address = new InstanceAddress(
                host,
                port,
                local.database(),
                local.user(),
                local.password(),
                local.connectTimeout(),
                local.queryTimeout(),
                local.dataDirectory());
        try {
            // The driver would only say that it does not know the host, and not why.
            InetAddress[] ignored = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            return failed(host, e);
        }
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            if (!row.next()) {
                return new OtherServer.Unclear(host + " answered with no row");
            }
            long identifier = row.getLong(2);
            return row.getBoolean(1)
                    ? new OtherServer.Replica(host, identifier)
                    : new OtherServer.Primary(host, identifier, row.getLong(3));
        } catch (SQLException | IOException e) {
            return failed(host, e);
        }
    }

    /** Only what proves that nobody is there counts as that. */
    static OtherServer failed(String host, Exception failure) {
        String message =
                String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
        String why = "%s: %s".formatted(host, message);
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException unknown) {
                // A resolver that says "no such name" knows that; one that does not answer, or says nothing, does not.
                String said = String.valueOf(unknown.getMessage());
                return NO_SUCH_NAME.stream().anyMatch(said::contains)
                        ? new OtherServer.Nobody("%s has no address".formatted(host))
                        : new OtherServer.Unclear("the name %s cannot be resolved just now: %s".formatted(host, said));
            }
            if (cause instanceof ConnectException
                    && String.valueOf(cause.getMessage()).contains("refused")) {
                return new OtherServer.Nobody(why);
            }
        }
        return new OtherServer.Unclear(why);
    }
}
