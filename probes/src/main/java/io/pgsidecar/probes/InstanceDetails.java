package io.pgsidecar.probes;

import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What changes seldom and comes from catalogs, where a lock can be in the way: asked every few seconds, apart from the
 * query that everything waits for.
 *
 * @param pendingRestart whether a changed setting waits for a restart
 * @param hasArchive whether there is a {@code restore_command}
 * @param hasSender whether a standby has a server to stream from; true where the agent's role may not see it
 */
record InstanceDetails(
        boolean readOnlyByDefault,
        boolean pendingRestart,
        boolean hasArchive,
        boolean hasSender,
        List<Subscription> subscriptions) {

    /** Nothing was seen yet. */
    static final InstanceDetails NONE = new InstanceDetails(false, false, false, true, List.of());

    /** Asks over an open connection. */
    static InstanceDetails ask(Connection connection, int serverVersion) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query(serverVersion))) {
            if (!row.next()) {
                throw new SQLException("no row");
            }
            return new InstanceDetails(
                    row.getBoolean(1),
                    row.getBoolean(2),
                    row.getBoolean(3),
                    row.getBoolean(4),
                    subscriptions(row.getArray(5)));
        }
    }

    /**
     * A physical replica has the subscriptions of its primary in its catalog, and no worker for them.
     *
     * <p>What a role sets for itself is not the server's: the agent's own role may well be read-only.
     */
    private static String query(int serverVersion) {
        boolean counts = serverVersion >= 150000;
        boolean conflicts = serverVersion >= 180000;
        boolean parallel = serverVersion >= 160000;
        return """
                SELECT EXISTS (SELECT FROM pg_settings
                               WHERE name = 'default_transaction_read_only' AND setting = 'on'
                                 AND source IN ('configuration file', 'command line', 'environment variable',
                                                'global', 'database')),
                       EXISTS (SELECT FROM pg_settings WHERE pending_restart),
                       current_setting('restore_command') <> '',
                       CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
                            THEN current_setting('primary_conninfo') <> '' ELSE true END,
                       ARRAY(SELECT ARRAY[d.datname, s.subname, s.subenabled, %s, w.pid IS NOT NULL,
                                          w.received_lsn, w.latest_end_lsn,
                                          (extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time) * 1000)::bigint,
                                          %s, %s]::text[]
                             FROM pg_subscription AS s
                             JOIN pg_database AS d ON d.oid = s.subdbid
                             LEFT JOIN pg_stat_get_subscription(NULL) AS w ON w.subid = s.oid AND w.relid IS NULL %s
                             %s
                             WHERE NOT pg_is_in_recovery()
                             ORDER BY 1)
                """.formatted(
                        counts ? "s.subdisableonerr" : "false",
                        counts ? "c.apply_error_count, c.sync_error_count" : "NULL, NULL",
                        conflicts
                                ? "(SELECT sum(value::bigint) FROM jsonb_each_text(to_jsonb(c)) WHERE key LIKE 'confl\\_%%')"
                                        .replace("%%", "%")
                                : "NULL",
                        parallel ? "AND w.leader_pid IS NULL" : "",
                        counts ? "LEFT JOIN pg_stat_subscription_stats AS c ON c.subid = s.oid" : "");
    }

    private static List<Subscription> subscriptions(Array array) throws SQLException {
        List<Subscription> all = new ArrayList<>();
        for (@Nullable String[] s : TextRows.of(array)) {
            all.add(new Subscription(
                    TextRows.text(s[0]),
                    TextRows.text(s[1]),
                    TextRows.bool(s[2]),
                    TextRows.bool(s[3]),
                    TextRows.bool(s[4]),
                    TextRows.lsn(s[5]),
                    TextRows.lsn(s[6]),
                    s[7] == null ? null : Duration.ofMillis(Long.parseLong(s[7])),
                    TextRows.number(s[8]),
                    TextRows.number(s[9]),
                    TextRows.number(s[10])));
        }
        return all;
    }
}
