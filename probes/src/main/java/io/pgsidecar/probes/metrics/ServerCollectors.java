package io.pgsidecar.probes.metrics;

import static io.pgsidecar.probes.metrics.Query.counter;
import static io.pgsidecar.probes.metrics.Query.gauge;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** What the server as a whole tells: postmaster, archiver, checkpoints, WAL, sessions. */
final class ServerCollectors {

    private ServerCollectors() {}

    /** @param server the label of that name, as postgres_exporter has it */
    static List<Collector> all(Globs databases, String server) {
        return List.of(
                fast("static", databases, version -> STATIC, server),
                fast("postmaster", databases, version -> POSTMASTER, ""),
                fast("stat_archiver", databases, version -> ARCHIVER, ""),
                fast("stat_bgwriter", databases, ServerCollectors::bgwriter, ""),
                fast("stat_checkpointer", databases, version -> version < 170000 ? List.of() : CHECKPOINTER, ""),
                fast("wal", databases, version -> WAL, ""),
                fast("stat_activity", databases, version -> ACTIVITY, ""),
                fast("stat_activity_autovacuum", databases, version -> AUTOVACUUM, ""),
                new IdleCollector(),
                fast("long_running_transactions", databases, version -> LONG_RUNNING, ""),
                new SqlCollector("roles", Tier.SLOW, databases, version -> ROLES));
    }

    private static Collector fast(String name, Globs databases, IntFunction<List<Query>> queries, String server) {
        return new SqlCollector(
                name,
                Tier.FAST,
                databases,
                version -> queries.apply(version).stream()
                        .map(query -> server.isEmpty() ? query : query.with(List.of(server)))
                        .toList());
    }

    private static final List<Query> STATIC = List.of(Query.of(
            "pg_",
            List.of("version", "short_version", "server"),
            List.of(gauge("static", "The server's version.")),
            // 150004 is 15.4, and 15.4.0 in the terms of postgres_exporter.
            """
            SELECT version() AS version, v / 10000 || '.' || v % 10000 || '.0' AS short_version, ? AS server, 1 AS static
            FROM current_setting('server_version_num') AS n, LATERAL (SELECT n::int AS v) AS number"""));

    private static final List<Query> POSTMASTER = List.of(Query.of(
            "pg_postmaster_",
            List.of(),
            List.of(gauge("start_time_seconds", "When the postmaster started, in seconds since 1970.")),
            "SELECT extract(epoch FROM pg_postmaster_start_time())::float8 AS start_time_seconds"));

    private static final List<Query> ARCHIVER = List.of(Query.of(
            "pg_stat_archiver_",
            List.of(),
            List.of(
                    counter("archived_count", "WAL files that were archived."),
                    counter("failed_count", "Tries to archive a WAL file that failed."),
                    gauge("last_archive_age", "Seconds since a WAL file was last archived."),
                    gauge("last_archived_time", "When a WAL file was last archived, in seconds since 1970."),
                    gauge("last_failed_time", "When archiving last failed, in seconds since 1970.")),
            """
            SELECT archived_count, failed_count,
                   extract(epoch FROM now() - last_archived_time)::float8 AS last_archive_age,
                   extract(epoch FROM last_archived_time)::float8 AS last_archived_time,
                   extract(epoch FROM last_failed_time)::float8 AS last_failed_time
            FROM pg_stat_archiver"""));

    private static final List<Query.Value> BGWRITER = List.of(
            counter("checkpoints_timed", "Checkpoints that were due."),
            counter("checkpoints_req", "Checkpoints that were asked for."),
            counter("checkpoint_write_time", "Milliseconds in which checkpoints wrote files."),
            counter("checkpoint_sync_time", "Milliseconds in which checkpoints synchronized files."),
            counter("buffers_checkpoint", "Buffers that checkpoints wrote."),
            counter("buffers_clean", "Buffers that the background writer wrote."),
            counter("maxwritten_clean", "Scans that it ended because it had written too many buffers."),
            counter("buffers_backend", "Buffers that sessions wrote themselves."),
            counter("buffers_backend_fsync", "Files that sessions synchronized themselves."),
            counter("buffers_alloc", "Buffers that were allocated."));

    /**
     * Each with the suffix and without: dashboards ask for both. From PostgreSQL 17 on most of it is elsewhere, where
     * postgres_exporter does not look for it.
     */
    private static List<Query> bgwriter(int version) {
        String view = version < 170000 ? """
                SELECT checkpoints_timed, checkpoints_req, checkpoint_write_time, checkpoint_sync_time,
                       buffers_checkpoint, buffers_clean, maxwritten_clean, buffers_backend, buffers_backend_fsync,
                       buffers_alloc, stats_reset FROM pg_stat_bgwriter""" : """
                SELECT num_timed AS checkpoints_timed, num_requested AS checkpoints_req,
                       c.write_time AS checkpoint_write_time, c.sync_time AS checkpoint_sync_time,
                       c.buffers_written AS buffers_checkpoint, buffers_clean, maxwritten_clean, client.writes
                       AS buffers_backend, client.fsyncs AS buffers_backend_fsync, buffers_alloc, b.stats_reset
                FROM pg_stat_bgwriter b, pg_stat_checkpointer c, (
                    SELECT COALESCE(sum(writes), 0) AS writes, COALESCE(sum(fsyncs), 0) AS fsyncs FROM pg_stat_io
                    WHERE backend_type NOT IN ('background writer', 'checkpointer') AND object = 'relation') client""";
        List<Query.Value> values = new ArrayList<>(BGWRITER);
        BGWRITER.forEach(value ->
                values.add(new Query.Value(value.column(), value.family() + "_total", value.type(), value.help())));
        values.add(counter("stats_reset_total", "When these were last set to zero, in seconds since 1970."));
        return List.of(Query.of(
                "pg_stat_bgwriter_",
                List.of(),
                values,
                "SELECT v.*, COALESCE(floor(extract(epoch FROM stats_reset)), 0)::float8 AS stats_reset_total FROM ("
                        + view + ") AS v"));
    }

    private static final List<Query> CHECKPOINTER = List.of(Query.of(
            "pg_stat_checkpointer_",
            List.of(),
            List.of(
                    counter("num_timed_total", "Checkpoints that were due."),
                    counter("num_requested_total", "Checkpoints that were asked for."),
                    counter("restartpoints_timed_total", "Restart points that were due."),
                    counter("restartpoints_req_total", "Restart points that were asked for."),
                    counter("restartpoints_done_total", "Restart points that were made."),
                    counter("write_time_total", "Milliseconds in which files were written."),
                    counter("sync_time_total", "Milliseconds in which files were synchronized."),
                    counter("buffers_written_total", "Buffers that were written."),
                    counter("stats_reset_total", "When these were last set to zero.")),
            """
            SELECT num_timed AS num_timed_total, num_requested AS num_requested_total,
                   restartpoints_timed AS restartpoints_timed_total, restartpoints_req AS restartpoints_req_total,
                   restartpoints_done AS restartpoints_done_total, write_time AS write_time_total,
                   sync_time AS sync_time_total, buffers_written AS buffers_written_total,
                   COALESCE(floor(extract(epoch FROM stats_reset)), 0)::float8 AS stats_reset_total
            FROM pg_stat_checkpointer"""));

    private static final List<Query> WAL = List.of(Query.of(
            "pg_wal_",
            List.of(),
            List.of(gauge("segments", "WAL segments in pg_wal."), gauge("size_bytes", "The size of all of them.")),
            """
            SELECT count(*) AS segments, COALESCE(sum(size), 0) AS size_bytes FROM pg_ls_waldir()
            WHERE name ~ '^[0-9A-F]{24}$'"""));

    private static final List<Query> ACTIVITY = List.of(Query.of(
            "pg_stat_activity_",
            List.of("datname", "state", "usename", "application_name", "backend_type", "wait_event_type", "wait_event"),
            List.of(
                    gauge("count", "Sessions in this state."),
                    gauge("max_tx_duration", "Seconds since the oldest of their transactions began.")),
            """
            SELECT d.datname, s.state, a.usename, a.application_name, a.backend_type, a.wait_event_type, a.wait_event,
                   COALESCE(count, 0) AS count, COALESCE(max_tx_duration, 0) AS max_tx_duration
            FROM (VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'),
                         ('fastpath function call'), ('disabled')) AS s (state)
            CROSS JOIN pg_database d
            LEFT JOIN (
                SELECT datname, state, usename, application_name, backend_type, wait_event_type, wait_event,
                       count(*) AS count, max(extract(epoch FROM now() - xact_start))::float8 AS max_tx_duration
                FROM pg_stat_activity WHERE pid <> pg_backend_pid()
                GROUP BY 1, 2, 3, 4, 5, 6, 7) AS a ON a.state = s.state AND a.datname = d.datname
            ORDER BY 1, 2"""));

    private static final List<Query> AUTOVACUUM = List.of(Query.of(
            "pg_stat_activity_autovacuum_",
            List.of("relname"),
            List.of(gauge("timestamp_seconds", "When autovacuum began with this table, in seconds since 1970.")),
            """
            SELECT split_part(query, '.', 2) AS relname, min(extract(epoch FROM xact_start))::float8 AS timestamp_seconds
            FROM pg_stat_activity WHERE query LIKE 'autovacuum:%' GROUP BY 1"""));

    private static final List<Query> LONG_RUNNING = List.of(Query.of(
            "pg_",
            List.of(),
            List.of(
                    gauge("long_running_transactions", "Transactions that are open."),
                    gauge("long_running_transactions_oldest_timestamp_seconds", "Seconds since the oldest began.")),
            """
            SELECT count(*) AS long_running_transactions,
                   COALESCE(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8
                   AS long_running_transactions_oldest_timestamp_seconds
            FROM pg_stat_activity
            WHERE state IS DISTINCT FROM 'idle' AND query NOT LIKE 'autovacuum:%' AND xact_start IS NOT NULL
              AND pid <> pg_backend_pid()"""));

    private static final List<Query> ROLES = List.of(Query.of(
            "pg_roles_",
            List.of("rolname"),
            List.of(gauge("connection_limit", "How many sessions the role may have; -1 for any number.")),
            "SELECT rolname, rolconnlimit AS connection_limit FROM pg_roles ORDER BY 1"));
}
