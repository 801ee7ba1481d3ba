package io.pgsidecar.probes.metrics;

import static io.pgsidecar.probes.metrics.Query.counter;
import static io.pgsidecar.probes.metrics.Query.gauge;

import java.util.ArrayList;
import java.util.List;

/** What there is of replicas, slots and subscriptions. */
final class ReplicationCollectors {

    private ReplicationCollectors() {}

    static List<Collector> all(Globs databases) {
        return List.of(
                fast("replication", databases, REPLICATION),
                fast("replication_slots", databases, SLOTS),
                fast("stat_replication", databases, SENDERS),
                fast("stat_wal_receiver", databases, RECEIVER),
                fast("stat_subscription", databases, SUBSCRIPTION),
                new SqlCollector(
                        "stat_subscription_stats", Tier.FAST, databases, ReplicationCollectors::subscriptionErrors));
    }

    private static Collector fast(String name, Globs databases, List<Query> queries) {
        return new SqlCollector(name, Tier.FAST, databases, version -> queries);
    }

    private static final List<Query> REPLICATION = List.of(Query.of(
            "pg_replication_",
            List.of(),
            List.of(
                    gauge("lag_seconds", "How old what a replica shows is; 0 if it has replayed all that it has."),
                    gauge("is_replica", "1 for a replica."),
                    gauge("last_replay_seconds", "Seconds since the last replayed commit.")),
            """
            SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
                        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                        ELSE GREATEST(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp()))
                   END::float8 AS lag_seconds,
                   pg_is_in_recovery()::int AS is_replica,
                   GREATEST(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp()))::float8
                   AS last_replay_seconds"""));

    // A replica that only restores from the archive has received nothing.
    private static final String HERE = """
            (CASE WHEN pg_is_in_recovery() THEN COALESCE(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                  ELSE pg_current_wal_lsn() END)""";

    private static final List<String> SLOT = List.of("slot_name", "slot_type");

    private static final List<Query> SLOTS = List.of(
            Query.of(
                    "pg_replication_slots_",
                    List.of("slot_name", "database"),
                    List.of(
                            gauge("active", "1 while somebody uses the slot."),
                            gauge("pg_wal_lsn_diff", "Bytes of WAL that the slot keeps.")),
                    """
                    SELECT slot_name, database, active::int AS active,
                           pg_wal_lsn_diff(%s, restart_lsn) AS pg_wal_lsn_diff
                    FROM pg_replication_slots ORDER BY 1""".formatted(HERE)),
            Query.of(
                    "pg_replication_slots_",
                    SLOT,
                    List.of(
                            gauge("slot_current_wal_lsn", "Where the server's WAL ends, in bytes."),
                            gauge("slot_confirmed_flush_lsn", "What the client of an active slot has, in bytes."),
                            gauge("slot_is_active", "1 while somebody uses the slot."),
                            gauge("safe_wal_size_bytes", "WAL that may be written before the slot is in danger.")),
                    """
                    SELECT slot_name, slot_type, %s - '0/0' AS slot_current_wal_lsn,
                           CASE WHEN active THEN COALESCE(confirmed_flush_lsn, '0/0') - '0/0' END
                           AS slot_confirmed_flush_lsn,
                           active::int AS slot_is_active, safe_wal_size AS safe_wal_size_bytes
                    FROM pg_replication_slots ORDER BY 1""".formatted(HERE)),
            // Its label has the name of its family.
            Query.of(
                    "pg_replication_slots_",
                    List.of("slot_name", "slot_type", "wal_status"),
                    List.of(new Query.Value(
                            "one", "wal_status", Family.Type.GAUGE, "1 for what has become of the slot's WAL.")),
                    """
                    SELECT slot_name, slot_type, wal_status, 1 AS one
                    FROM pg_replication_slots WHERE wal_status IS NOT NULL ORDER BY 1"""));

    private static final List<Query> SENDERS = List.of(
            Query.of(
                    "pg_stat_replication_",
                    List.of("application_name", "client_addr", "state", "slot_name"),
                    List.of(
                            gauge("pg_current_wal_lsn_bytes", "Where the server's WAL ends, in bytes."),
                            gauge("pg_wal_lsn_diff", "Bytes that the replica has still to replay."),
                            gauge("write_lag_seconds", "How long until the replica has written WAL."),
                            gauge("flush_lag_seconds", "How long until the replica has WAL durably."),
                            gauge("replay_lag_seconds", "How long until the replica shows what was written.")),
                    """
                    SELECT r.application_name, r.client_addr::text AS client_addr, r.state, s.slot_name,
                           max((%1$s - '0/0')::float8) AS pg_current_wal_lsn_bytes,
                           max(pg_wal_lsn_diff(%1$s, r.replay_lsn)::float8) AS pg_wal_lsn_diff,
                           max(extract(epoch FROM r.write_lag))::float8 AS write_lag_seconds,
                           max(extract(epoch FROM r.flush_lag))::float8 AS flush_lag_seconds,
                           max(extract(epoch FROM r.replay_lag))::float8 AS replay_lag_seconds
                    FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
                    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""".formatted(HERE)),
            Query.of(
                    "pg_stat_replication_",
                    List.of("application_name", "client_addr", "sync_state"),
                    List.of(gauge("sync_standbys", "Replicas, by whether a commit waits for them.")),
                    """
                    SELECT application_name, client_addr::text AS client_addr, sync_state, count(*) AS sync_standbys
                    FROM pg_stat_replication GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""));

    private static final List<Query> RECEIVER = List.of(Query.of(
            "pg_stat_wal_receiver_",
            List.of("upstream_host", "slot_name", "status"),
            List.of(
                    counter("receive_start_lsn", "Where it began to receive, in bytes."),
                    counter("flushed_lsn", "What it has durably, in bytes."),
                    gauge("receive_start_tli", "The timeline that it began with."),
                    gauge("received_tli", "The timeline that it receives."),
                    counter("last_msg_send_time", "When the last message was sent, in seconds since 1970."),
                    counter("last_msg_receipt_time", "When the last message came, in seconds since 1970."),
                    counter("latest_end_lsn", "What it last told the sender, in bytes."),
                    counter("latest_end_time", "When it did, in seconds since 1970."),
                    gauge("upstream_node", "The node, where repmgr made the slot.")),
            """
            SELECT COALESCE(trim(both '''' from substring(conninfo from 'host=([^ ]*)')), sender_host) AS upstream_host,
                   slot_name, status, (receive_start_lsn - '0/0') % (2^52)::bigint AS receive_start_lsn,
                   (flushed_lsn - '0/0') % (2^52)::bigint AS flushed_lsn, receive_start_tli, received_tli,
                   extract(epoch FROM last_msg_send_time)::float8 AS last_msg_send_time,
                   extract(epoch FROM last_msg_receipt_time)::float8 AS last_msg_receipt_time,
                   (latest_end_lsn - '0/0') % (2^52)::bigint AS latest_end_lsn,
                   extract(epoch FROM latest_end_time)::float8 AS latest_end_time,
                   substring(slot_name from 'repmgr_slot_([0-9]+)')::bigint AS upstream_node
            FROM pg_stat_wal_receiver"""));

    // Each database may have a subscription of the same name.
    private static final List<String> SUBSCRIBER = List.of("datname", "subname");

    private static final List<Query> SUBSCRIPTION = List.of(Query.of(
            "pg_stat_subscription_",
            SUBSCRIBER,
            List.of(
                    gauge("up", "1 while a worker applies."),
                    gauge("received_lsn_bytes", "What it has received, in bytes."),
                    gauge("latest_end_lsn_bytes", "What it last told the publisher, in bytes."),
                    gauge("lag_bytes", "What it has received and not told the publisher yet."),
                    gauge("lag_seconds", "Seconds since it last told the publisher."),
                    gauge("last_msg_receipt_age_seconds", "Seconds since the publisher was last heard.")),
            """
            SELECT d.datname, s.subname, max((pid IS NOT NULL)::int) AS up, max(received_lsn) - '0/0' AS received_lsn_bytes,
                   max(latest_end_lsn) - '0/0' AS latest_end_lsn_bytes,
                   GREATEST(0, max(received_lsn) - max(latest_end_lsn)) AS lag_bytes,
                   extract(epoch FROM clock_timestamp() - max(latest_end_time))::float8 AS lag_seconds,
                   extract(epoch FROM clock_timestamp() - max(last_msg_receipt_time))::float8
                   AS last_msg_receipt_age_seconds
            FROM pg_stat_subscription w JOIN pg_subscription s ON s.oid = w.subid
            JOIN pg_database d ON d.oid = s.subdbid
            WHERE w.relid IS NULL GROUP BY 1, 2 ORDER BY 1, 2"""));

    private static List<Query> subscriptionErrors(int version) {
        if (version < 150000) {
            return List.of();
        }
        List<Query.Value> values = new ArrayList<>(List.of(
                counter("apply_error_count", "Errors while changes were applied."),
                counter("sync_error_count", "Errors while tables were copied at first.")));
        if (version >= 180000) {
            values.addAll(List.of(
                    counter("confl_insert_exists", "Rows that were to be inserted and were there."),
                    counter("confl_update_origin_differs", "Rows to update that another origin had changed."),
                    counter("confl_update_exists", "Rows whose new key was there already."),
                    counter("confl_update_missing", "Rows to update that were not there."),
                    counter("confl_delete_origin_differs", "Rows to delete that another origin had changed."),
                    counter("confl_delete_missing", "Rows to delete that were not there."),
                    counter("confl_multiple_unique_conflicts", "Rows that were there by several keys.")));
        }
        return List.of(Query.of(
                "pg_stat_subscription_stats_",
                SUBSCRIBER,
                values,
                "SELECT d.datname, s.subname, "
                        + String.join(
                                ", ", values.stream().map(Query.Value::column).toList())
                        + " FROM pg_stat_subscription_stats e JOIN pg_subscription s ON s.oid = e.subid"
                        + " JOIN pg_database d ON d.oid = s.subdbid ORDER BY 1, 2"));
    }
}
