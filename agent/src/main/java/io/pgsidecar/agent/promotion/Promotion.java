package io.pgsidecar.agent.promotion;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.RefusedException;
import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;

/**
 * Promotes the local instance, over a connection of its own. It is for a person who knows that the old primary is gone;
 * what the set's labels say against it is held against it.
 */
public final class Promotion {

    private static final String NO_RIGHT = "42501";
    /** What a query may take beyond the wait for the promotion. */
    private static final Duration MARGIN = Duration.ofSeconds(5);

    private final InstanceAddress address;
    private final OtherPrimary others;
    private final Runnable expectRoleChange;

    /**
     * Of one instance.
     *
     * @param expectRoleChange run before the role changes, so that it is seen at once
     */
    public Promotion(InstanceAddress address, OtherPrimary others, Runnable expectRoleChange) {
        this.address = address;
        this.others = others;
        this.expectRoleChange = expectRoleChange;
    }

    /**
     * What it is now.
     *
     * @param lsn as PostgreSQL writes it
     */
    public record Promoted(long timeline, String lsn) {}

    /**
     * Promotes it, and waits until it is a primary.
     *
     * @param force although another one is labelled as the primary
     * @param wait at most
     */
    public Promoted promote(boolean force, Duration wait) throws RefusedException, InterruptedException {
        Optional<String> other = force ? Optional.empty() : otherPrimary();
        if (other.isPresent()) {
            throw new RefusedException(
                    ExitCode.OLD_PRIMARY,
                    "%s is the primary, and ready: two would write apart from each other".formatted(other.get()),
                    "Stop it first. If it is certain that it does not come back as a primary, give --force.");
        }
        try (Connection connection = patient(wait).connect()) {
            if (!inRecovery(connection)) {
                throw new RefusedException(
                        ExitCode.BAD_REQUEST, "this instance is no replica: it is a primary already", "");
            }
            expectRoleChange.run();
            if (!promote(connection, wait)) {
                throw new RefusedException(
                        ExitCode.TIMED_OUT,
                        "the promotion is under way, and was not done within %d s".formatted(wait.toSeconds()),
                        "It goes on: it replays what it has first. \"pgsidecar status\" shows when it is a primary.");
            }
            return now(connection);
        } catch (SQLException e) {
            if (NO_RIGHT.equals(e.getSQLState())) {
                throw new RefusedException(
                        ExitCode.FAILED,
                        "the role \"%s\" may not promote: %s".formatted(address.user(), e.getMessage()),
                        "On the primary: GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO %s; it reaches the"
                                        .formatted(address.user())
                                + " replicas by their WAL. Now, as a superuser: SELECT pg_promote().",
                        e);
            }
            throw failed(e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Optional<String> otherPrimary() throws RefusedException, InterruptedException {
        try {
            return others.readyPrimary();
        } catch (IOException e) {
            throw new RefusedException(
                    ExitCode.AGENT_FAILED,
                    "whether another instance is the primary cannot be told: " + e.getMessage(),
                    "If it is certain that there is none, give --force.",
                    e);
        }
    }

    private RefusedException failed(Exception e) {
        return new RefusedException(
                ExitCode.AGENT_FAILED,
                "cannot promote the instance on %s:%d: %s".formatted(address.host(), address.port(), e.getMessage()),
                "The agent must be able to log in to it: a replica needs hot_standby for that.",
                e);
    }

    private InstanceAddress patient(Duration wait) {
        return new InstanceAddress(
                address.host(),
                address.port(),
                address.database(),
                address.user(),
                address.password(),
                address.connectTimeout(),
                wait.plus(MARGIN),
                address.dataDirectory());
    }

    private static boolean inRecovery(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static boolean promote(Connection connection, Duration wait) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_promote(true, ?)")) {
            statement.setInt(1, (int) Math.max(1, wait.toSeconds()));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private static Promoted now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT ('x' || substr(pg_walfile_name(l), 1, 8))::bit(32)::bigint, l::text
                        FROM pg_current_wal_lsn() AS l""")) {
            if (!row.next()) {
                throw new SQLException("no row");
            }
            return new Promoted(row.getLong(1), row.getString(2));
        }
    }
}
