package io.pgsidecar.probes.metrics;

import static io.pgsidecar.probes.metrics.Query.counter;
import static io.pgsidecar.probes.metrics.Query.gauge;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What there is of each database, of its tables, and of its statements. */
final class DatabaseCollectors {

    private static final int STATEMENTS = 100;

    private DatabaseCollectors() {}

    /** @param server the label of that name, as postgres_exporter has it */
    static List<Collector> all(Globs databases, Globs tables, int tablesLimit, String server) {
        return List.of(
                new SqlCollector("database", Tier.SLOW, databases, version -> SIZES),
                new SqlCollector("database_wraparound", Tier.SLOW, databases, version -> WRAPAROUND),
                new SqlCollector("locks", Tier.FAST, databases, version -> LOCKS),
                new SqlCollector("stat_database", Tier.FAST, databases, version -> List.of(databases(version))),
                new SqlCollector(
                        "stat_database_conflicts",
                        Tier.FAST,
                        databases,
                        version -> List.of(conflicts(version).with(List.of(server)))),
                new SqlCollector("stat_progress_vacuum", Tier.FAST, databases, version -> VACUUM),
                new TablesCollector(
                        "stat_user_tables", databases, TablesCollector.ALL_TABLES, tables, tablesLimit, TABLES),
                new TablesCollector(
                        "statio_user_tables", databases, TablesCollector.STORED_TABLES, tables, tablesLimit, TABLES_IO),
                // Without the database's name, as postgres_exporter has it: so of that of the configuration alone.
                new SqlCollector(
                        "statio_user_indexes",
                        Tier.SLOW,
                        databases,
                        version -> List.of(TablesCollector.overLargest(
                                INDEXES_IO, TablesCollector.STORED_TABLES, tables, tablesLimit))),
                new ExtensionCollector(
                        "stat_statements",
                        "pg_stat_statements",
                        130000,
                        new ExtensionVersion(1, 8),
                        databases,
                        (schema, version) -> statements(schema, version, databases)),
                new ExtensionCollector(
                        "buffercache_summary",
                        "pg_buffercache",
                        160000,
                        new ExtensionVersion(1, 4),
                        databases,
                        (schema, version) -> bufferCache(schema)));
    }

    private static final List<Query> SIZES = List.of(Query.of(
            "pg_database_",
            List.of("datname"),
            List.of(
                    gauge("size_bytes", "The size of the database on the disk."),
                    gauge("connection_limit", "How many sessions it may have; -1 for any number.")),
            // -2 is what is left of a DROP DATABASE that was interrupted: its size cannot be asked.
            """
                    SELECT datname, CASE WHEN datconnlimit <> -2 THEN pg_database_size(oid) END AS size_bytes,
                           datconnlimit AS connection_limit
                    FROM pg_database ORDER BY 1"""));

    private static final List<Query> WRAPAROUND = List.of(Query.of(
            "pg_database_wraparound_",
            List.of("datname"),
            List.of(
                    // Seconds is what the name says; transactions is what it counts.
                    gauge("age_datfrozenxid_seconds", "Transactions since the oldest one that is not frozen."),
                    gauge("age_datminmxid_seconds", "Multixacts since the oldest one that is still there.")),
            """
            SELECT datname, age(datfrozenxid) AS age_datfrozenxid_seconds, mxid_age(datminmxid) AS age_datminmxid_seconds
            FROM pg_database WHERE datallowconn ORDER BY 1"""));

    private static final List<Query> LOCKS = List.of(Query.of(
            "pg_locks_",
            List.of("datname", "mode"),
            List.of(gauge("count", "Locks that are held or waited for.")),
            """
            SELECT d.datname, m.mode, COALESCE(l.count, 0) AS count
            FROM (VALUES ('accesssharelock'), ('rowsharelock'), ('rowexclusivelock'), ('shareupdateexclusivelock'),
                         ('sharelock'), ('sharerowexclusivelock'), ('exclusivelock'), ('accessexclusivelock'),
                         ('sireadlock')) AS m (mode)
            CROSS JOIN pg_database d
            LEFT JOIN (SELECT database, lower(mode) AS mode, count(*) AS count FROM pg_locks
                       WHERE database IS NOT NULL GROUP BY 1, 2) AS l ON l.mode = m.mode AND l.database = d.oid
            ORDER BY 1, 2"""));

    // With what all databases share, of the name "": a page of its catalogs may be broken too.
    private static Query databases(int version) {
        List<Query.Value> values = new ArrayList<>(List.of(
                gauge("numbackends", "Sessions."),
                counter("xact_commit", "Transactions that were committed."),
                counter("xact_rollback", "Transactions that were rolled back."),
                counter("blks_read", "Blocks that were read from files."),
                counter("blks_hit", "Blocks that were found in the buffers."),
                counter("tup_returned", "Rows that scans returned."),
                counter("tup_fetched", "Rows that index scans fetched."),
                counter("tup_inserted", "Rows that were inserted."),
                counter("tup_updated", "Rows that were updated."),
                counter("tup_deleted", "Rows that were deleted."),
                counter("conflicts", "Queries that were canceled because of a conflict with recovery."),
                counter("temp_files", "Temporary files that queries made."),
                counter("temp_bytes", "What was written to them."),
                counter("deadlocks", "Deadlocks."),
                counter("checksum_failures", "Pages whose checksum was wrong."),
                counter("blk_read_time", "Milliseconds in which blocks were read."),
                counter("blk_write_time", "Milliseconds in which blocks were written."),
                counter("stats_reset", "When these were last set to zero, in seconds since 1970."),
                counter("active_time_seconds_total", "Seconds in which statements were executed."),
                counter("active_time", "Milliseconds in which statements were executed."),
                counter("idle_in_transaction_time", "Milliseconds that sessions were idle in a transaction."),
                counter("session_time", "Milliseconds that sessions lasted."),
                counter("sessions", "Sessions that were begun."),
                counter("sessions_abandoned", "Sessions that ended because the client was gone."),
                counter("sessions_fatal", "Sessions that ended by a fatal error."),
                counter("sessions_killed", "Sessions that somebody ended."),
                gauge("checksum_last_failure", "When a checksum was last wrong, in seconds since 1970.")));
        String parallel = "";
        if (version >= 180000) {
            values.add(counter("parallel_workers_to_launch", "Parallel workers that were wanted."));
            values.add(counter("parallel_workers_launched", "Parallel workers that were launched."));
            parallel = ", parallel_workers_to_launch, parallel_workers_launched";
        }
        return Query.of("pg_stat_database_", List.of("datid", "datname"), values, """
                SELECT datid, datname, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned,
                       tup_fetched, tup_inserted, tup_updated, tup_deleted, conflicts, temp_files, temp_bytes, deadlocks,
                       checksum_failures, blk_read_time, blk_write_time,
                       COALESCE(floor(extract(epoch FROM stats_reset)), 0)::float8 AS stats_reset,
                       active_time / 1000.0 AS active_time_seconds_total,
                       active_time, idle_in_transaction_time, session_time,
                       sessions, sessions_abandoned, sessions_fatal, sessions_killed,
                       floor(extract(epoch FROM checksum_last_failure))::float8 AS checksum_last_failure%s
                FROM pg_stat_database ORDER BY datid""".formatted(parallel));
    }

    private static Query conflicts(int version) {
        List<Query.Value> values = new ArrayList<>(List.of(
                counter("confl_tablespace", "Queries that were canceled because a tablespace was dropped."),
                counter("confl_lock", "Queries that were canceled because of a lock."),
                counter("confl_snapshot", "Queries that were canceled because their snapshot was too old."),
                counter("confl_bufferpin", "Queries that were canceled because they held a buffer."),
                counter("confl_deadlock", "Queries that were canceled because of a deadlock.")));
        if (version >= 160000) {
            values.add(counter("confl_active_logicalslot", "Logical slots that were invalidated."));
        }
        String columns = values.stream().map(Query.Value::column).collect(Collectors.joining(", "));
        return Query.of(
                "pg_stat_database_conflicts_",
                List.of("datid", "datname", "server"),
                values,
                "SELECT datid, datname, ? AS server, " + columns + " FROM pg_stat_database_conflicts ORDER BY datname");
    }

    private static final String VACUUMS = """
            SELECT COALESCE(d.datname, 'unknown') AS datname, p.*,
                   COALESCE(CASE WHEN d.datname = current_database() THEN
                       (SELECT CASE WHEN n.nspname = 'public' THEN '' ELSE quote_ident(n.nspname) || '.' END
                               || quote_ident(c.relname)
                        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = p.relid) END,
                       p.relid::text) AS relname
            FROM pg_stat_get_progress_info('VACUUM') AS p LEFT JOIN pg_database d ON d.oid = p.datid""";

    private static final List<Query> VACUUM = List.of(
            Query.of(
                    "pg_stat_progress_vacuum_",
                    List.of("datname", "relname", "phase"),
                    List.of(new Query.Value(
                            "in_phase", "phase", Family.Type.GAUGE, "1 for the phase that the vacuum is in.")),
                    """
                    SELECT v.datname, v.relname, phase.name AS phase, max((v.param1 = phase.number)::int) AS in_phase
                    FROM (%s) AS v CROSS JOIN (VALUES
                        (0, 'initializing'), (1, 'scanning heap'), (2, 'vacuuming indexes'), (3, 'vacuuming heap'),
                        (4, 'cleaning up indexes'), (5, 'truncating heap'), (6, 'performing final cleanup'))
                        AS phase (number, name) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""".formatted(VACUUMS)),
            Query.of(
                    "pg_stat_progress_vacuum_",
                    List.of("datname", "relname"),
                    List.of(
                            gauge("heap_blks", "Blocks of the table."),
                            gauge("heap_blks_scanned", "Blocks that were scanned."),
                            gauge("heap_blks_vacuumed", "Blocks that were vacuumed."),
                            gauge("index_vacuums", "Rounds over the indexes."),
                            gauge("max_dead_tuples", "Dead rows that fit into memory; bytes from PostgreSQL 17 on."),
                            gauge("num_dead_tuples", "Dead rows that were found; bytes from PostgreSQL 17 on.")),
                    """
                    SELECT datname, relname, param2 AS heap_blks, param3 AS heap_blks_scanned,
                           param4 AS heap_blks_vacuumed, param5 AS index_vacuums, param6 AS max_dead_tuples,
                           param7 AS num_dead_tuples
                    FROM (%s) AS v ORDER BY 1, 2""".formatted(VACUUMS)));

    private static final List<String> TABLE = List.of("datname", "schemaname", "relname");

    private static final Query TABLES = Query.of(
            "pg_stat_user_tables_",
            TABLE,
            List.of(
                    counter("seq_scan", "Sequential scans."),
                    counter("seq_tup_read", "Rows that sequential scans read."),
                    counter("idx_scan", "Index scans."),
                    counter("idx_tup_fetch", "Rows that index scans fetched."),
                    counter("n_tup_ins", "Rows that were inserted."),
                    counter("n_tup_upd", "Rows that were updated."),
                    counter("n_tup_del", "Rows that were deleted."),
                    counter("n_tup_hot_upd", "Rows that were updated without a change of an index."),
                    gauge("n_live_tup", "Live rows, estimated."),
                    gauge("n_dead_tup", "Dead rows, estimated."),
                    gauge("n_mod_since_analyze", "Rows that were changed since the last ANALYZE, estimated."),
                    gauge("last_vacuum", "When it was last vacuumed by hand, in seconds since 1970."),
                    gauge("last_autovacuum", "When it was last vacuumed by autovacuum, in seconds since 1970."),
                    gauge("last_analyze", "When it was last analyzed by hand, in seconds since 1970."),
                    gauge("last_autoanalyze", "When it was last analyzed by autovacuum, in seconds since 1970."),
                    counter("vacuum_count", "Vacuums by hand."),
                    counter("autovacuum_count", "Vacuums by autovacuum."),
                    counter("analyze_count", "ANALYZE by hand."),
                    counter("autoanalyze_count", "ANALYZE by autovacuum."),
                    gauge("index_size_bytes", "The size of the table's indexes; NaN while one of them is locked."),
                    gauge("table_size_bytes", "The size of the table with its TOAST; NaN while it is locked.")),
            // A size waits for whoever has locked the table, or one of its indexes, for himself alone, or waits to.
            """
            , locked AS MATERIALIZED (
                SELECT COALESCE(t.oid, i.indrelid, l.relation) AS relid
                FROM pg_locks l LEFT JOIN pg_index i ON i.indexrelid = l.relation
                LEFT JOIN pg_class t ON t.reltoastrelid = COALESCE(i.indrelid, l.relation) AND t.reltoastrelid <> 0
                WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
            SELECT current_database() AS datname, schemaname, relname, seq_scan, seq_tup_read,
                   COALESCE(idx_scan, 0) AS idx_scan, COALESCE(idx_tup_fetch, 0) AS idx_tup_fetch,
                   n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd, n_live_tup, n_dead_tup, n_mod_since_analyze,
                   COALESCE(floor(extract(epoch FROM last_vacuum)), 0)::float8 AS last_vacuum,
                   COALESCE(floor(extract(epoch FROM last_autovacuum)), 0)::float8 AS last_autovacuum,
                   COALESCE(floor(extract(epoch FROM last_analyze)), 0)::float8 AS last_analyze,
                   COALESCE(floor(extract(epoch FROM last_autoanalyze)), 0)::float8 AS last_autoanalyze,
                   vacuum_count, autovacuum_count, analyze_count, autoanalyze_count,
                   CASE WHEN NOT relid IN (SELECT relid FROM locked) THEN pg_indexes_size(relid) END AS index_size_bytes,
                   CASE WHEN NOT relid IN (SELECT relid FROM locked) THEN pg_table_size(relid) END AS table_size_bytes,
                   top.weight, top.in_all
            FROM top JOIN pg_stat_user_tables s ON s.relid = top.oid ORDER BY top.weight DESC, top.oid""");

    private static final Query TABLES_IO = Query.of(
            "pg_statio_user_tables_",
            TABLE,
            List.of(
                    counter("heap_blocks_read", "Blocks of the table that were read from files."),
                    counter("heap_blocks_hit", "Blocks of the table that were found in the buffers."),
                    counter("idx_blocks_read", "Blocks of its indexes that were read from files."),
                    counter("idx_blocks_hit", "Blocks of its indexes that were found in the buffers."),
                    counter("toast_blocks_read", "Blocks of its TOAST that were read from files."),
                    counter("toast_blocks_hit", "Blocks of its TOAST that were found in the buffers."),
                    counter("tidx_blocks_read", "Blocks of its TOAST's index that were read from files."),
                    counter("tidx_blocks_hit", "Blocks of its TOAST's index that were found in the buffers.")),
            """
            SELECT current_database() AS datname, schemaname, relname,
                   COALESCE(heap_blks_read, 0) AS heap_blocks_read, COALESCE(heap_blks_hit, 0) AS heap_blocks_hit,
                   COALESCE(idx_blks_read, 0) AS idx_blocks_read, COALESCE(idx_blks_hit, 0) AS idx_blocks_hit,
                   COALESCE(toast_blks_read, 0) AS toast_blocks_read, COALESCE(toast_blks_hit, 0) AS toast_blocks_hit,
                   COALESCE(tidx_blks_read, 0) AS tidx_blocks_read, COALESCE(tidx_blks_hit, 0) AS tidx_blocks_hit,
                   top.weight, top.in_all
            FROM top JOIN pg_statio_user_tables s ON s.relid = top.oid ORDER BY top.weight DESC, top.oid""");

    private static final Query INDEXES_IO = Query.of(
            "pg_statio_user_indexes_",
            List.of("schemaname", "relname", "indexrelname"),
            List.of(
                    counter("idx_blks_read_total", "Blocks of the index that were read from files."),
                    counter("idx_blks_hit_total", "Blocks of the index that were found in the buffers.")),
            """
            SELECT schemaname, relname, indexrelname, COALESCE(idx_blks_read, 0) AS idx_blks_read_total,
                   COALESCE(idx_blks_hit, 0) AS idx_blks_hit_total
            FROM top JOIN pg_statio_user_indexes s ON s.relid = top.oid
            ORDER BY top.weight DESC, top.oid, s.indexrelid""");

    private static Query statements(String schema, ExtensionVersion version, Globs databases) {
        String block = version.before(new ExtensionVersion(1, 11)) ? "blk" : "shared_blk";
        return Query.of(
                        "pg_stat_statements_",
                        List.of("user", "datname", "queryid"),
                        List.of(
                                counter("calls_total", "How often it was executed."),
                                counter("seconds_total", "Seconds in which it was executed."),
                                counter("rows_total", "Rows that it returned or changed."),
                                counter("block_read_seconds_total", "Seconds in which it read blocks."),
                                counter("block_write_seconds_total", "Seconds in which it wrote blocks.")),
                        // Without the texts: they would be read from a file, and may tell what is secret. Those of
                        // toplevel and those of functions are one series.
                        """
                SELECT pg_get_userbyid(s.userid) AS "user", d.datname, s.queryid, sum(s.calls) AS calls_total,
                       sum(s.total_exec_time) / 1000.0 AS seconds_total, sum(s.rows) AS rows_total,
                       sum(s.%2$s_read_time) / 1000.0 AS block_read_seconds_total,
                       sum(s.%2$s_write_time) / 1000.0 AS block_write_seconds_total
                FROM %1$s.pg_stat_statements(false) AS s JOIN pg_database d ON d.oid = s.dbid
                WHERE s.queryid IS NOT NULL AND d.datname::text ~ ? AND d.datname::text !~ ?
                GROUP BY 1, 2, 3 ORDER BY seconds_total DESC, 3 LIMIT %3$d""".formatted(schema, block, STATEMENTS))
                .with(List.of(databases.included(), databases.excluded()));
    }

    private static Query bufferCache(String schema) {
        return Query.of(
                "pg_buffercache_summary_",
                List.of(),
                List.of(
                        gauge("buffers_used", "Buffers that hold a page."),
                        gauge("buffers_unused", "Buffers that hold none."),
                        gauge("buffers_dirty", "Buffers that are still to be written."),
                        gauge("buffers_pinned", "Buffers that somebody is at."),
                        gauge("usagecount_avg", "The average usage count of those that hold a page.")),
                """
                SELECT buffers_used, buffers_unused, buffers_dirty, buffers_pinned,
                       COALESCE(usagecount_avg, 0) AS usagecount_avg
                FROM %s.pg_buffercache_summary()""".formatted(schema));
    }
}
