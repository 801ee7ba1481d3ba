package io.pgsidecar.probes;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * The one connection to the local instance, kept open between looks and opened again after it broke. For one thread.
 *
 * <p>What is asked each time comes from functions and not from catalogs: no lock of a user's is in the way.
 */
final class InstanceConnection implements AutoCloseable {

    private static final Duration DETAILS_COUNT_FOR = Duration.ofSeconds(10);
    private static final String LOCK_TIMEOUT_MS = "500";

    // What stays the same while the connection lives.
    private static final String OPENING = """
            SELECT set_config('lock_timeout', '%s', false), current_setting('server_version_num')::int,
                   pg_postmaster_start_time()""".formatted(LOCK_TIMEOUT_MS);
    private static final String IDENTIFIER = "SELECT system_identifier FROM pg_control_system()";

    // The same text for PostgreSQL 14 to 18. CASE keeps away from what only one of the two roles may ask.
    private static final String QUERY = """
            SELECT r,
                   CASE WHEN NOT r THEN pg_current_wal_lsn()::text END,
                   CASE WHEN NOT r THEN pg_walfile_name(pg_current_wal_lsn()) END,
                   CASE WHEN r THEN (SELECT timeline_id FROM pg_control_checkpoint()) END,
                   CASE WHEN r THEN (SELECT min_recovery_end_timeline FROM pg_control_recovery()) END,
                   pg_last_wal_receive_lsn()::text,
                   pg_last_wal_replay_lsn()::text,
                   CASE WHEN r THEN pg_get_wal_replay_pause_state() <> 'not paused' END,
                   pg_last_xact_replay_timestamp(),
                   CASE WHEN r AND pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()
                        THEN (SELECT wait_event FROM pg_stat_get_activity(NULL) WHERE backend_type = 'startup') END,
                   current_setting('synchronous_standby_names'),
                   w.status, w.received_tli, w.flushed_lsn::text, w.latest_end_lsn::text,
                   (extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time) * 1000)::bigint,
                   w.sender_host, w.sender_port, w.slot_name,
                   ARRAY(SELECT ARRAY[pg_get_userbyid(a.usesysid), a.application_name, host(a.client_addr), s.state,
                                      s.sync_state, s.sync_priority, s.sent_lsn, s.write_lsn, s.flush_lsn,
                                      s.replay_lsn]::text[]
                         FROM pg_stat_get_wal_senders() AS s, LATERAL pg_stat_get_activity(s.pid) AS a
                         ORDER BY a.application_name, s.pid)
            FROM pg_is_in_recovery() AS r LEFT JOIN pg_stat_get_wal_receiver() AS w ON w.pid IS NOT NULL""";

    // What anybody may ask, whatever was revoked.
    private static final String LEAST = """
            SELECT r, (CASE WHEN r THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text
            FROM pg_is_in_recovery() AS r""";

    private final InstanceAddress address;
    private @Nullable Open open;
    private InstanceDetails details = InstanceDetails.NONE;
    private @Nullable String detailsNotSeen;
    private long detailsDue;

    /** What belongs to one connection. */
    private record Open(
            Connection connection,
            PreparedStatement query,
            int serverVersion,
            @Nullable Instant postmasterStart,
            @Nullable String systemIdentifier,
            @Nullable String identifierNotSeen) {}

    InstanceConnection(InstanceAddress address) {
        this.address = address;
    }

    /** Whether a connection is open: what fails now may be the connection and not the server. */
    boolean isOpen() {
        return open != null;
    }

    /**
     * Asks once; connects first where that is needed. After an exception the next call begins with a new connection.
     *
     * @return without what only several looks tell
     */
    InstanceReport ask(long nowNanos) throws SQLException, IOException {
        try {
            Open now = open == null ? open(nowNanos) : open;
            if (nowNanos - detailsDue >= 0) {
                askDetails(now, nowNanos);
            }
            return report(now);
        } catch (SQLException | IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private Open open(long nowNanos) throws SQLException, IOException {
        Connection connection = address.connect();
        try {
            int version;
            Instant start;
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(OPENING)) {
                if (!row.next()) {
                    throw new SQLException("no row");
                }
                version = row.getInt(2);
                start = instant(row, 3);
            }
            String identifier = null;
            String notSeen = null;
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(IDENTIFIER)) {
                identifier = row.next() ? Long.toUnsignedString(row.getLong(1)) : null;
            } catch (SQLException e) {
                notSeen = ourTrouble(e);
            }
            Open opened = new Open(connection, connection.prepareStatement(QUERY), version, start, identifier, notSeen);
            open = opened;
            detailsDue = nowNanos;
            return opened;
        } catch (SQLException | RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    private InstanceReport report(Open now) throws SQLException {
        try {
            return ask(now);
        } catch (SQLException first) {
            if (!isOurs(first)) {
                throw first;
            }
            // A promotion between two functions of the query makes one of them fail: once.
            try {
                return ask(now);
            } catch (SQLException again) {
                return askTheLeast(now, ourTrouble(again));
            }
        }
    }

    private InstanceReport ask(Open now) throws SQLException {
        try (ResultSet row = now.query().executeQuery()) {
            if (!row.next()) {
                throw new SQLException("no row");
            }
            boolean replica = row.getBoolean(1);
            String walFile = row.getString(3);
            WalReceiver receiver = receiver(row);
            int timeline = walFile != null
                    ? Integer.parseUnsignedInt(walFile.substring(0, 8), 16)
                    : Math.max(Math.max(row.getInt(4), row.getInt(5)), receiver == null ? 0 : receiver.timeline());
            Replay replay = replica
                    ? Replay.seen(
                            TextRows.lsn(row.getString(6)),
                            TextRows.lsn(row.getString(7)),
                            row.getBoolean(8),
                            instant(row, 9),
                            details.hasSender(),
                            receiver,
                            row.getString(10))
                    : null;
            return new InstanceReport(
                    now.serverVersion(),
                    now.systemIdentifier(),
                    timeline,
                    now.postmasterStart(),
                    TextRows.lsn(row.getString(2)),
                    replay,
                    clients(TextRows.of(row.getArray(20))),
                    TextRows.text(row.getString(11)),
                    details.readOnlyByDefault(),
                    details.pendingRestart(),
                    details.hasArchive(),
                    details.subscriptions(),
                    notSeen(now, null));
        }
    }

    private InstanceReport askTheLeast(Open now, String notSeen) throws SQLException {
        try (Statement statement = now.connection().createStatement();
                ResultSet row = statement.executeQuery(LEAST)) {
            if (!row.next()) {
                throw new SQLException("no row");
            }
            LogSequenceNumber lsn = TextRows.lsn(row.getString(2));
            boolean replica = row.getBoolean(1);
            return new InstanceReport(
                    now.serverVersion(),
                    now.systemIdentifier(),
                    0,
                    now.postmasterStart(),
                    replica ? null : lsn,
                    replica ? Replay.seen(null, lsn, false, null, details.hasSender(), null, null) : null,
                    List.of(),
                    "",
                    details.readOnlyByDefault(),
                    details.pendingRestart(),
                    details.hasArchive(),
                    details.subscriptions(),
                    notSeen(now, notSeen));
        }
    }

    /** They are asked again later, whatever comes of it: what was seen before stays. */
    private void askDetails(Open now, long nowNanos) throws SQLException {
        detailsDue = nowNanos + DETAILS_COUNT_FOR.toNanos();
        try {
            details = InstanceDetails.ask(now.connection(), now.serverVersion());
            detailsNotSeen = null;
        } catch (SQLException e) {
            if (!isOurs(e)) {
                throw e;
            }
            detailsNotSeen = "subscriptions: " + ourTrouble(e);
        }
    }

    private @Nullable String notSeen(Open now, @Nullable String query) {
        List<String> all = new ArrayList<>();
        for (String part : new @Nullable String[] {query, now.identifierNotSeen(), detailsNotSeen}) {
            if (part != null && !all.contains(part)) {
                all.add(part);
            }
        }
        return all.isEmpty() ? null : String.join("; ", all);
    }

    private static @Nullable WalReceiver receiver(ResultSet row) throws SQLException {
        String status = row.getString(12);
        if (status == null) {
            return null;
        }
        int timeline = row.getInt(13);
        LogSequenceNumber flushed = TextRows.lsn(row.getString(14));
        LogSequenceNumber latestEnd = TextRows.lsn(row.getString(15));
        long age = row.getLong(16);
        Duration messageAge = row.wasNull() ? null : Duration.ofMillis(Math.max(0, age));
        return new WalReceiver(
                status, timeline, flushed, latestEnd, messageAge, row.getString(17), row.getInt(18), row.getString(19));
    }

    private static List<ReplicationClient> clients(@Nullable String[][] rows) {
        List<ReplicationClient> clients = new ArrayList<>();
        for (@Nullable String[] c : rows) {
            Long priority = TextRows.number(c[5]);
            clients.add(new ReplicationClient(
                    TextRows.text(c[0]),
                    TextRows.text(c[1]),
                    c[2],
                    TextRows.text(c[3]),
                    TextRows.text(c[4]),
                    priority == null ? 0 : priority.intValue(),
                    TextRows.lsn(c[6]),
                    TextRows.lsn(c[7]),
                    TextRows.lsn(c[8]),
                    TextRows.lsn(c[9])));
        }
        return clients;
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /**
     * Whether the server has answered and only refuses this statement: by SQLSTATE, whose class tells a lost connection
     * (08), a server that goes down or cancels (57), or one that has no resources (53).
     */
    private static boolean isOurs(SQLException e) {
        String state = e.getSQLState();
        return state != null && !state.startsWith("08") && !state.startsWith("57") && !state.startsWith("53");
    }

    private static String ourTrouble(SQLException e) throws SQLException {
        if (!isOurs(e)) {
            throw e;
        }
        String message = String.valueOf(e.getMessage());
        return message.lines().findFirst().orElse(message);
    }

    @Override
    public void close() {
        Open closing = open;
        open = null;
        if (closing != null) {
            closeQuietly(closing.connection());
        }
    }

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // It was broken, which is why it is closed.
        }
    }
}
