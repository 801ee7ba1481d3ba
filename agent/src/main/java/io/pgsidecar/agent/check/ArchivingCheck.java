package io.pgsidecar.agent.check;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether archiving works from end to end: finishes the current segment, and waits until every repository has it. That
 * takes PostgreSQL's archiver, its command, the agent and the stores, in their places.
 */
final class ArchivingCheck {

    private static final String SUBJECT = "archiving";
    private static final long PAUSE_MILLIS = 100;

    /** What pg_stat_archiver says. */
    private record Archiver(String lastArchived, String lastFailed, boolean failing) {}

    private final Connection connection;
    private final Function<String, List<String>> without;
    private final Duration patience;

    /**
     * A check over an open connection.
     *
     * @param without which repositories lack a segment
     * @param patience how long it is waited for
     */
    ArchivingCheck(Connection connection, Function<String, List<String>> without, Duration patience) {
        this.connection = connection;
        this.without = without;
        this.patience = patience;
    }

    Finding run() throws SQLException, InterruptedException {
        long began = System.nanoTime();
        Optional<String> finished = switchWal();
        if (finished.isEmpty()) {
            return withoutSwitch();
        }
        String segment = finished.get();
        while (true) {
            List<String> lacking = without.apply(segment);
            long millis = (System.nanoTime() - began) / 1_000_000;
            if (lacking.isEmpty()) {
                return Finding.ok(SUBJECT, "segment %s was finished and archived in %d ms".formatted(segment, millis));
            }
            if (millis >= patience.toMillis()) {
                return late(segment, lacking);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    /** The segment that was finished; empty if the role may not. */
    private Optional<String> switchWal() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // Without anything new since the last switch, a switch would do nothing: this makes a commit record.
            statement.execute("SELECT txid_current()");
            try (ResultSet row = statement.executeQuery("SELECT pg_walfile_name(pg_switch_wal())")) {
                row.next();
                return Optional.of(row.getString(1));
            }
        } catch (SQLException e) {
            if ("42501".equals(e.getSQLState())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Finding withoutSwitch() throws SQLException {
        Archiver archiver = archiver();
        return archiver.failing()
                ? failing(archiver)
                : Finding.warning(
                        SUBJECT,
                        "not tried: the role may not finish a segment; the last one that was archived is %s"
                                .formatted(archiver.lastArchived()),
                        "As a superuser: GRANT EXECUTE ON FUNCTION pg_switch_wal() TO the agent's role.");
    }

    private Finding late(String segment, List<String> lacking) throws SQLException {
        Archiver archiver = archiver();
        if (archiver.failing()) {
            return failing(archiver);
        }
        return Finding.failed(
                SUBJECT,
                "segment %s is not in %s after %d s; PostgreSQL archived %s last"
                        .formatted(segment, String.join(", ", lacking), patience.toSeconds(), archiver.lastArchived()),
                "A backlog takes longer (see pg_wal/archive_status/*.ready). Else look at PostgreSQL's log.");
    }

    private static Finding failing(Archiver archiver) {
        return Finding.failed(
                SUBJECT,
                "PostgreSQL's archive_command fails for " + archiver.lastFailed(),
                "PostgreSQL's log and the agent's say why, in the lines of pgsidecar-wal.");
    }

    private Archiver archiver() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT coalesce(last_archived_wal, 'nothing'), coalesce(last_failed_wal, 'nothing'),
                               coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)
                        FROM pg_stat_archiver""")) {
            row.next();
            return new Archiver(row.getString(1), row.getString(2), row.getBoolean(3));
        }
    }
}
