package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceAddress;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What is collected of a real server, by a role that has {@code pg_monitor} and nothing else. */
class MetricsPollerIT {

    static final List<Integer> VERSIONS =
            Boolean.getBoolean("pgsidecar.long") ? List.copyOf(PostgresBinaries.SUPPORTED) : List.of(14, 18);

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration OFTEN = Duration.ofMillis(200);

    /** Those too that are off where nothing is said. */
    private static final List<String> EACH =
            List.of("+stat_activity_autovacuum", "+process_idle", "+statio_user_indexes");

    /** What the dashboards and alerts query, on every version, of a primary with a table, a slot and an extension. */
    private static final List<String> EVERYWHERE = List.of(
            "pg_up",
            "pg_static",
            "pg_exporter_last_scrape_duration_seconds",
            "pg_exporter_scrapes_total",
            "pg_exporter_last_scrape_error",
            "pg_scrape_collector_success",
            "pg_scrape_collector_duration_seconds",
            "pg_stat_database_conflicts_confl_lock",
            "pg_database_size_bytes",
            "pg_database_connection_limit",
            "pg_database_wraparound_age_datfrozenxid_seconds",
            "pg_database_wraparound_age_datminmxid_seconds",
            "pg_locks_count",
            "pg_roles_connection_limit",
            "pg_replication_lag_seconds",
            "pg_replication_is_replica",
            "pg_replication_last_replay_seconds",
            "pg_replication_slots_active",
            "pg_replication_slots_pg_wal_lsn_diff",
            "pg_replication_slots_slot_current_wal_lsn",
            "pg_replication_slots_slot_is_active",
            "pg_replication_slots_wal_status",
            "pg_settings_max_connections",
            "pg_settings_shared_buffers_bytes",
            "pg_settings_effective_cache_size_bytes",
            "pg_settings_work_mem_bytes",
            "pg_settings_maintenance_work_mem_bytes",
            "pg_settings_max_wal_size_bytes",
            "pg_settings_random_page_cost",
            "pg_settings_seq_page_cost",
            "pg_settings_max_worker_processes",
            "pg_settings_max_parallel_workers",
            "pg_stat_activity_count",
            "pg_stat_activity_max_tx_duration",
            "pg_long_running_transactions",
            "pg_long_running_transactions_oldest_timestamp_seconds",
            "pg_stat_archiver_archived_count",
            "pg_stat_archiver_failed_count",
            "pg_stat_bgwriter_buffers_clean_total",
            "pg_stat_bgwriter_maxwritten_clean_total",
            "pg_stat_bgwriter_buffers_alloc_total",
            "pg_stat_bgwriter_stats_reset_total",
            "pg_stat_bgwriter_checkpoints_timed_total",
            "pg_stat_bgwriter_buffers_checkpoint_total",
            "pg_stat_bgwriter_buffers_backend_total",
            "pg_stat_bgwriter_checkpoints_timed",
            "pg_stat_bgwriter_checkpoints_req",
            "pg_stat_bgwriter_checkpoint_write_time",
            "pg_stat_bgwriter_checkpoint_sync_time",
            "pg_stat_bgwriter_buffers_checkpoint",
            "pg_stat_bgwriter_buffers_clean",
            "pg_stat_bgwriter_buffers_backend",
            "pg_stat_bgwriter_buffers_alloc",
            "pg_stat_database_numbackends",
            "pg_stat_database_xact_commit",
            "pg_stat_database_xact_rollback",
            "pg_stat_database_blks_read",
            "pg_stat_database_blks_hit",
            "pg_stat_database_tup_returned",
            "pg_stat_database_tup_fetched",
            "pg_stat_database_tup_inserted",
            "pg_stat_database_tup_updated",
            "pg_stat_database_tup_deleted",
            "pg_stat_database_conflicts",
            "pg_stat_database_temp_files",
            "pg_stat_database_temp_bytes",
            "pg_stat_database_deadlocks",
            "pg_stat_database_blk_read_time",
            "pg_stat_database_blk_write_time",
            "pg_stat_database_stats_reset",
            "pg_stat_database_active_time_seconds_total",
            "pg_stat_user_tables_seq_scan",
            "pg_stat_user_tables_idx_scan",
            "pg_stat_user_tables_n_dead_tup",
            "pg_stat_user_tables_last_autovacuum",
            "pg_stat_user_tables_table_size_bytes",
            "pg_stat_user_tables_index_size_bytes",
            "pg_statio_user_tables_heap_blocks_read",
            "pg_statio_user_tables_tidx_blocks_hit",
            "pg_statio_user_indexes_idx_blks_read_total",
            "pg_process_idle_seconds",
            "pg_wal_segments",
            "pg_wal_size_bytes",
            "pg_postmaster_start_time_seconds");

    @TempDir
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void everyCollectorSucceedsForAMonitor(int major) throws Exception {
        try (PostgresServer server = server(major, "--data-checksums")) {
            server.configure(
                            "shared_preload_libraries = 'pg_stat_statements'",
                            "statement_timeout = 77s",
                            "idle_session_timeout = 99s")
                    .start();
            monitor(server);
            server.execute(
                    "CREATE SCHEMA \"Ext\"",
                    "CREATE EXTENSION pg_stat_statements SCHEMA \"Ext\"",
                    "GRANT USAGE ON SCHEMA \"Ext\" TO watcher",
                    "CREATE EXTENSION pg_buffercache",
                    "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)",
                    "CREATE TABLE t (a int PRIMARY KEY)",
                    "INSERT INTO t SELECT generate_series(1, 1000)",
                    "SELECT pg_create_physical_replication_slot('kept', true)",
                    "CREATE DATABASE second",
                    "ANALYZE t");
            try (Connection c = server.connect("second");
                    Statement s = c.createStatement()) {
                s.execute("CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)");
            }
            try (MetricsPoller poller = poller(server, settings(EACH, 500), LONG);
                    Connection idle = server.connect()) {
                assertThat(idle.isValid(5)).isTrue();
                poller.start();
                awaitAll(server, poller);
                server.await(
                        "those that are off usually were asked too",
                        () -> asked(poller).containsAll(DefaultCollectors.names()));
                assertThat(failed(poller)).isEmpty();
                List<String> names = new ArrayList<>(EVERYWHERE);
                names.add("pg_stat_statements_calls_total");
                names.add("pg_stat_statements_seconds_total");
                names.add("pg_stat_statements_block_read_seconds_total");
                names.add("pg_stat_subscription_up");
                assertThat(family(poller, "pg_stat_subscription_up").samples())
                        .as("subscriptions of one name")
                        .extracting(Sample::labels)
                        .containsExactly(
                                Map.of("datname", "postgres", "subname", "s"),
                                Map.of("datname", "second", "subname", "s"));
                if (major >= 15) {
                    names.add("pg_stat_subscription_stats_apply_error_count");
                    assertThat(family(poller, "pg_stat_subscription_stats_apply_error_count")
                                    .samples())
                            .extracting(sample -> sample.labels().get("datname"))
                            .containsExactly("postgres", "second");
                }
                if (major >= 16) {
                    names.add("pg_buffercache_summary_buffers_used");
                }
                if (major >= 18) {
                    names.add("pg_stat_subscription_stats_confl_insert_exists");
                }
                if (major >= 17) {
                    names.add("pg_stat_checkpointer_num_timed_total");
                    names.add("pg_stat_checkpointer_buffers_written_total");
                }
                assertThat(names(poller)).containsAll(names);
                assertThat(names(poller))
                        .filteredOn(name -> !name.matches("(pgsidecar|pg_exporter|pg_settings)_.*|pg_up|pg_scrape_.*"))
                        .as("what is listed")
                        .isSubsetOf(listed(major));
                assertThat(value(poller, "pg_up", Map.of())).hasValue(1);
                assertThat(value(poller, "pg_replication_is_replica", Map.of())).hasValue(0);
                Sample stat = family(poller, "pg_static").samples().getFirst();
                assertThat(stat.labels().keySet()).containsExactly("version", "short_version", "server");
                assertThat(stat.labels().get("version")).startsWith("PostgreSQL " + major + ".");
                assertThat(stat.labels().get("short_version")).matches(major + "\\.\\d+\\.0");
                assertThat(stat.labels()).containsEntry("server", "127.0.0.1:" + server.port());
                Map<String, String> table = Map.of("datname", "postgres", "schemaname", "public", "relname", "t");
                // Before PostgreSQL 15 statistics arrive a moment later.
                server.await(
                        "the rows are counted",
                        () -> value(poller, "pg_stat_user_tables_n_tup_ins", table)
                                .equals(OptionalDouble.of(1000)));
                assertThat(value(poller, "pg_stat_user_tables_table_size_bytes", table))
                        .hasValue(Double.parseDouble(server.query("SELECT pg_table_size('t')")));
                assertThat(value(poller, "pg_settings_shared_buffers_bytes", Map.of()))
                        .hasValue(16 << 20);
                // What the collectors have set for themselves is not what others have.
                assertThat(value(poller, "pg_settings_jit", Map.of())).hasValue(1);
                assertThat(value(poller, "pg_settings_statement_timeout_seconds", Map.of()))
                        .hasValue(77);
                assertThat(value(poller, "pg_settings_lock_timeout_seconds", Map.of()))
                        .hasValue(0);
                assertThat(value(poller, "pg_settings_idle_session_timeout_seconds", Map.of()))
                        .hasValue(99);
                assertThat(value(poller, "pg_settings_default_transaction_read_only", Map.of()))
                        .hasValue(0);
                assertThat(value(poller, "pg_stat_database_checksum_failures", Map.of("datid", "0", "datname", "")))
                        .hasValue(0);
                assertThat(family(poller, "pg_process_idle_seconds").samples())
                        .filteredOn(sample -> "test".equals(sample.labels().get("application_name")))
                        .hasSize(1);
                assertThat(value(
                                poller,
                                "pg_replication_slots_wal_status",
                                Map.of("slot_name", "kept", "slot_type", "physical", "wal_status", "reserved")))
                        .hasValue(1);
                assertNoDuplicates(poller.page());
            }
        }
    }

    @Test
    void anOldExtensionIsAskedForWhatItHas() throws Exception {
        try (PostgresServer server = server(18)) {
            server.configure("shared_preload_libraries = 'pg_stat_statements'").start();
            monitor(server);
            server.execute(
                    "CREATE EXTENSION pg_stat_statements VERSION '1.10'",
                    "CREATE EXTENSION pg_buffercache VERSION '1.3'");
            try (MetricsPoller poller = poller(server, settings(List.of(), 500), LONG)) {
                poller.start();
                awaitAll(server, poller);
                assertThat(failed(poller)).isEmpty();
                assertThat(names(poller))
                        .contains("pg_stat_statements_block_read_seconds_total")
                        .doesNotContain("pg_buffercache_summary_buffers_used");
                server.execute("ALTER EXTENSION pg_buffercache UPDATE");
                server.await("it is new enough", () -> names(poller).contains("pg_buffercache_summary_buffers_used"));
                server.execute(
                        "DROP EXTENSION pg_stat_statements", "CREATE EXTENSION pg_stat_statements VERSION '1.7'");
                server.await(
                        "it is too old", () -> !names(poller).contains("pg_stat_statements_block_read_seconds_total"));
                server.await("it is no failure", () -> failed(poller).isEmpty());
            }
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aVacuumIsSeenWhileItRuns(int major) throws Exception {
        try (PostgresServer server = server(major)) {
            server.start();
            monitor(server);
            server.execute("CREATE TABLE t AS SELECT generate_series(1, 200000) AS a");
            try (MetricsPoller poller = poller(server, settings(List.of(), 500), LONG);
                    Connection c = server.connect();
                    Statement vacuum = c.createStatement()) {
                vacuum.execute("SET vacuum_cost_delay = 100");
                vacuum.execute("SET vacuum_cost_limit = 1");
                Thread slow = Thread.ofVirtual().start(() -> {
                    try {
                        vacuum.execute("VACUUM t");
                    } catch (SQLException e) {
                        // It is canceled.
                    }
                });
                poller.start();
                Map<String, String> table = Map.of("datname", "postgres", "relname", "t");
                server.await(
                        "the vacuum is seen",
                        () -> value(poller, "pg_stat_progress_vacuum_heap_blks", table)
                                .isPresent());
                assertThat(samples(poller.page(), "pg_stat_progress_vacuum_phase")
                                .mapToDouble(Sample::value)
                                .sum())
                        .isEqualTo(1);
                assertThat(family(poller, "pg_stat_progress_vacuum_phase").samples())
                        .hasSize(7)
                        .allMatch(sample -> sample.labels().containsKey("phase"));
                vacuum.cancel();
                slow.join();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aReplicaIsSeenFromBothSides(int major) throws Exception {
        Path standbyHome = Files.createDirectory(home.resolve("standby"));
        try (PostgresServer primary = server(major)) {
            primary.configure("wal_level = replica").start();
            monitor(primary);
            primary.stop();
            try (PostgresServer standby = primary.copyTo(standbyHome)) {
                primary.start();
                standby.configure("primary_conninfo = 'host=127.0.0.1 port=%d user=postgres application_name=second'"
                                .formatted(primary.port()))
                        .touch("standby.signal")
                        .start();
                primary.awaitQuery("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", "1");
                try (MetricsPoller of = poller(primary, settings(List.of(), 500), OFTEN);
                        MetricsPoller copy = poller(standby, settings(List.of(), 500), OFTEN)) {
                    of.start();
                    copy.start();
                    awaitAll(primary, of);
                    awaitAll(standby, copy);
                    assertThat(failed(of)).isEmpty();
                    assertThat(failed(copy)).isEmpty();
                    Map<String, String> second = Map.of(
                            "application_name",
                            "second",
                            "client_addr",
                            "127.0.0.1/32",
                            "state",
                            "streaming",
                            "slot_name",
                            "");
                    assertThat(value(of, "pg_stat_replication_pg_wal_lsn_diff", second))
                            .isPresent();
                    assertThat(value(of, "pg_stat_replication_pg_current_wal_lsn_bytes", second))
                            .isPresent();
                    assertThat(value(copy, "pg_replication_is_replica", Map.of()))
                            .hasValue(1);
                    primary.await(
                            "the receiver is seen", () -> names(copy).contains("pg_stat_wal_receiver_flushed_lsn"));
                    assertNoDuplicates(of.page());
                    assertNoDuplicates(copy.page());
                }
            }
        }
    }

    @Test
    void aFrozenServerIsDownAndAgesGrowAndThePageAnswersAtOnce() throws Exception {
        try (PostgresServer server = server(18)) {
            server.start();
            monitor(server);
            AtomicReference<Availability> seen = new AtomicReference<>(Availability.ACCEPTING);
            MetricsSettings settings = settings(List.of(), 500, OFTEN, Duration.ofSeconds(1));
            try (MetricsPoller poller =
                    new MetricsPoller(address(server, Duration.ofSeconds(1)), settings, seen::get, List::of)) {
                poller.start();
                server.await("it is up", () -> up(poller) == 1);
                awaitAll(server, poller);
                server.signalAll("STOP");
                try {
                    server.await("it is down", () -> up(poller) == 0);
                    Duration before = age(poller, Tier.FAST);
                    server.await("the age grows", () -> age(poller, Tier.FAST).compareTo(before.plusSeconds(2)) > 0);
                    long begun = System.nanoTime();
                    MetricsPage page = poller.page();
                    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMillis(500));
                    assertThat(page.families()).isNotEmpty();
                    server.await(
                            "what is old is not shown", () -> !names(poller).contains("pg_locks_count"));
                    assertThat(names(poller)).contains("pg_up", "pg_scrape_collector_success");
                } finally {
                    server.signalAll("CONT");
                }
                server.await(
                        "it is up again", () -> up(poller) == 1 && names(poller).contains("pg_locks_count"));
                seen.set(Availability.NO_ANSWER);
                assertThat(up(poller))
                        .as("the observer has seen it hang before a statement has")
                        .isEqualTo(0);
            }
        }
    }

    @Test
    void aCollectorThatHangsFailsAloneAndTheOthersGoOn() throws Exception {
        try (PostgresServer server = server(18)) {
            server.start();
            monitor(server);
            server.execute("CREATE TABLE t (a int)", "GRANT SELECT ON t TO watcher");
            Collector waits = collector("waits", "SELECT count(*) FROM public.t");
            Collector sleeps = collector("sleeps", "SELECT pg_sleep(3600)");
            Collector wrong = collector("wrong", "SELECT * FROM public.missing");
            MetricsSettings settings = settings(List.of(), 500, OFTEN, Duration.ofSeconds(2));
            try (Connection locker = server.connect();
                    Statement lock = locker.createStatement();
                    MetricsPoller poller = new MetricsPoller(
                            address(server, LONG),
                            settings,
                            () -> Availability.ACCEPTING,
                            () -> List.of(waits, sleeps, wrong))) {
                locker.setAutoCommit(false);
                lock.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
                poller.start();
                awaitAll(server, poller);
                server.await("many rounds", () -> scrapes(poller) > 3);
                server.await(
                        "those that hang have failed",
                        () -> Set.copyOf(failed(poller)).equals(Set.of("waits", "sleeps", "wrong")));
                assertThat(up(poller)).isEqualTo(1);
                assertThat(names(poller)).contains("pg_locks_count", "pg_stat_user_tables_seq_scan");
                Map<String, String> table = Map.of("datname", "postgres", "schemaname", "public", "relname", "t");
                assertThat(value(poller, "pg_stat_user_tables_table_size_bytes", table)
                                .orElseThrow())
                        .as("a table that is locked is not waited for")
                        .isNaN();
                locker.rollback();
                server.await("it answers again", () -> !failed(poller).contains("waits"));
            }
        }
    }

    @Test
    void manyDatabasesAreAskedWithFewSessionsAndOneLimit() throws Exception {
        try (PostgresServer server = server(18)) {
            server.start();
            monitor(server);
            List<String> statements = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                statements.add("CREATE DATABASE app%02d STRATEGY file_copy".formatted(i));
            }
            statements.add("CREATE DATABASE other");
            statements.add("CREATE DATABASE closed");
            statements.add("REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
            server.execute(statements.toArray(String[]::new));
            for (int i = 0; i < 30; i++) {
                try (Connection c = server.connect("app%02d".formatted(i));
                        Statement s = c.createStatement()) {
                    s.execute("CREATE TABLE small (a int)");
                    s.execute("CREATE TABLE large AS SELECT generate_series(1, %d) AS a".formatted(10_000 + i * 1000));
                    s.execute("ANALYZE");
                }
            }
            try (Connection c = server.connect("app01");
                    Statement s = c.createStatement()) {
                s.execute("CREATE TABLE parted (a int) PARTITION BY RANGE (a)");
            }
            MetricsSettings settings = new MetricsSettings(
                    OFTEN,
                    LONG.multipliedBy(5),
                    LONG,
                    List.of(),
                    new Globs(List.of("app*"), List.of("app00")),
                    new Globs(List.of(), List.of("*.hidden")),
                    10);
            try (MetricsPoller poller =
                    new MetricsPoller(address(server, LONG), settings, () -> Availability.ACCEPTING, List::of)) {
                poller.start();
                awaitAll(server, poller);
                assertThat(failed(poller)).isEmpty();
                List<Sample> tables =
                        family(poller, "pg_stat_user_tables_table_size_bytes").samples();
                assertThat(tables)
                        .hasSize(10)
                        .allMatch(sample -> "large".equals(sample.labels().get("relname")));
                assertThat(tables)
                        .extracting(sample -> sample.labels().get("datname"))
                        .contains("app29", "app20")
                        .doesNotContain("app00", "other", "closed");
                assertThat(value(poller, "pgsidecar_metrics_tables_left_out", Map.of("collector", "stat_user_tables")))
                        .hasValue(49);
                assertThat(value(
                                poller, "pgsidecar_metrics_tables_left_out", Map.of("collector", "statio_user_tables")))
                        .as("a partitioned table has no blocks")
                        .hasValue(48);
                assertThat(family(poller, "pg_locks_count").samples())
                        .extracting(sample -> sample.labels().get("datname"))
                        .contains("app01")
                        .doesNotContain("app00", "other");
                server.awaitQuery(
                        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'watcher' AND datname <> 'postgres'",
                        "0");
                server.execute("DROP DATABASE app29");
                assertThat(server.query("SELECT count(*) <= 2 FROM pg_stat_activity WHERE usename = 'watcher'"))
                        .isEqualTo("t");
                assertNoDuplicates(poller.page());
            }
        }
    }

    @Test
    void aServerThatShutsDownIsNotHeldUp() throws Exception {
        try (PostgresServer server = server(18)) {
            server.start();
            monitor(server);
            AtomicReference<Availability> seen = new AtomicReference<>(Availability.ACCEPTING);
            try (MetricsPoller poller =
                    new MetricsPoller(address(server, LONG), settings(List.of(), 1), seen::get, List::of)) {
                poller.start();
                awaitAll(server, poller);
                server.signal("TERM");
                seen.set(Availability.STOPPING);
                assertThat(server.awaitExit()).isEqualTo(0);
                assertThat(up(poller)).isEqualTo(0);
                seen.set(Availability.UNKNOWN);
                server.start();
                server.await("it is up again", () -> up(poller) == 1);
            }
        }
    }

    @Test
    void aServerThatComesLaterIsAskedBeforeTheNextRoundIsDue() throws Exception {
        try (PostgresServer server = server(17)) {
            MetricsSettings rarely = new MetricsSettings(
                    Duration.ofHours(1), Duration.ofHours(1), LONG, List.of(), Globs.ALL, Globs.ALL, 10);
            try (MetricsPoller poller = poller(server, rarely, LONG)) {
                poller.start();
                server.await(
                        "both tiers have tried in vain", () -> failed(poller).containsAll(DefaultCollectors.usual()));
                server.start();
                monitor(server);
                server.await(
                        "both tiers have all",
                        () -> up(poller) == 1 && failed(poller).isEmpty());
            }
        }
    }

    @Test
    void whetherItIsUpIsKnownWithoutAFastCollectorToo() throws Exception {
        try (PostgresServer server = server(16)) {
            server.start();
            monitor(server);
            try (MetricsPoller poller = poller(server, settings(List.of("database"), 10), LONG)) {
                poller.start();
                server.await("it is up", () -> up(poller) == 1);
            }
        }
    }

    private static Collector collector(String name, String sql) {
        return new Collector() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Tier tier() {
                return Tier.QUERIES;
            }

            @Override
            public List<Family> collect(Connection connection, int version) throws SQLException {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(sql);
                    return List.of();
                }
            }
        };
    }

    private PostgresServer server(int major, String... initdb) throws IOException {
        RunAs.own(home);
        return PostgresServer.create(
                PostgresBinaries.fromMaven(major), Files.createDirectory(home.resolve("server")), initdb);
    }

    private static void monitor(PostgresServer server) {
        server.execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor");
    }

    private static InstanceAddress address(PostgresServer server, Duration connectTimeout) {
        return new InstanceAddress(
                "127.0.0.1",
                server.port(),
                "postgres",
                "watcher",
                Optional::empty,
                connectTimeout,
                LONG,
                server.data());
    }

    private static MetricsSettings settings(List<String> collectors, int tablesLimit) {
        return settings(collectors, tablesLimit, OFTEN, LONG);
    }

    private static MetricsSettings settings(
            List<String> collectors, int tablesLimit, Duration interval, Duration timeout) {
        return new MetricsSettings(interval, interval, timeout, collectors, Globs.ALL, Globs.ALL, tablesLimit);
    }

    private static MetricsPoller poller(PostgresServer server, MetricsSettings settings, Duration connectTimeout) {
        Duration ample = connectTimeout.compareTo(LONG) < 0 ? LONG : connectTimeout;
        return new MetricsPoller(address(server, ample), settings, () -> Availability.ACCEPTING, List::of);
    }

    /** Each collector that is on has been asked once. */
    private static void awaitAll(PostgresServer server, MetricsPoller poller) {
        server.await(
                "every collector was asked; " + failed(poller),
                () -> asked(poller).containsAll(DefaultCollectors.usual()));
    }

    private static Set<String> listed(int major) {
        Set<String> names = new TreeSet<>();
        DefaultCollectors.all(Globs.ALL, Globs.ALL, 1, "").forEach(collector -> {
            if (collector instanceof ListedCollector listed) {
                listed.metrics(major * 10_000).forEach(metric -> names.add(metric.name()));
            }
        });
        return names;
    }

    private static Set<String> asked(MetricsPoller poller) {
        Set<String> asked = new TreeSet<>();
        samples(poller.page(), "pg_scrape_collector_success")
                .forEach(sample ->
                        asked.add(Objects.requireNonNull(sample.labels().get("collector"))));
        return asked;
    }

    private static List<String> failed(MetricsPoller poller) {
        return samples(poller.page(), "pg_scrape_collector_success")
                .filter(sample -> sample.value() != 1)
                .map(sample -> Objects.requireNonNull(sample.labels().get("collector")))
                .toList();
    }

    private static Stream<Sample> samples(MetricsPage page, String name) {
        return page.families().stream()
                .filter(family -> family.name().equals(name))
                .flatMap(family -> family.samples().stream());
    }

    private static Set<String> names(MetricsPoller poller) {
        Set<String> names = new TreeSet<>();
        poller.page().families().forEach(family -> names.add(family.name()));
        return names;
    }

    private static Family family(MetricsPoller poller, String name) {
        return poller.page().families().stream()
                .filter(family -> family.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static OptionalDouble value(MetricsPoller poller, String name, Map<String, String> labels) {
        return samples(poller.page(), name)
                .filter(sample -> sample.labels().equals(labels))
                .mapToDouble(Sample::value)
                .findFirst();
    }

    private static double up(MetricsPoller poller) {
        return value(poller, "pg_up", Map.of()).orElseThrow();
    }

    private static double scrapes(MetricsPoller poller) {
        return value(poller, "pg_exporter_scrapes_total", Map.of()).orElseThrow();
    }

    private static Duration age(MetricsPoller poller, Tier tier) {
        return Objects.requireNonNull(poller.page().ages().get(tier));
    }

    private static void assertNoDuplicates(MetricsPage page) {
        List<String> series = page.families().stream()
                .flatMap(family -> family.samples().stream().map(sample -> family.name() + sample.labels()))
                .toList();
        assertThat(series).doesNotHaveDuplicates();
    }
}
