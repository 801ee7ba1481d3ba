package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What Grafana's dashboard 9628, "PostgreSQL Database", asks for is on the agent's page, with the labels that it selects
 * by. What it selects by besides, {@code instance}, {@code release} and {@code kubernetes_namespace}, comes from the
 * scrape.
 */
class Dashboard9628IT {

    static final List<Integer> VERSIONS =
            Boolean.getBoolean("pgsidecar.long") ? List.copyOf(PostgresBinaries.SUPPORTED) : List.of(14, 18);

    /** Labels of its legends and selectors, by metric. Variables ask for the last scrape's duration, and for pg_up. */
    private static final Map<String, Set<String>> ASKED = asked();

    /** What the variable "mode" asks for. */
    private static final List<String> MODES = List.of(
            "accessexclusivelock",
            "accesssharelock",
            "exclusivelock",
            "rowexclusivelock",
            "rowsharelock",
            "sharelock",
            "sharerowexclusivelock",
            "shareupdateexclusivelock");

    private static Map<String, Set<String>> asked() {
        Map<String, Set<String>> asked = new TreeMap<>();
        Stream.of(
                        "pg_exporter_last_scrape_duration_seconds",
                        "pg_up",
                        "pg_postmaster_start_time_seconds",
                        "process_cpu_seconds_total",
                        "process_resident_memory_bytes",
                        "process_virtual_memory_bytes",
                        "process_open_fds",
                        "pg_settings_max_connections",
                        "pg_settings_shared_buffers_bytes",
                        "pg_settings_effective_cache_size_bytes",
                        "pg_settings_maintenance_work_mem_bytes",
                        "pg_settings_work_mem_bytes",
                        "pg_settings_max_wal_size_bytes",
                        "pg_settings_random_page_cost",
                        "pg_settings_seq_page_cost",
                        "pg_settings_max_worker_processes",
                        "pg_settings_max_parallel_workers")
                .forEach(name -> asked.put(name, Set.of()));
        // Its later revisions have the suffix, its earlier ones have not.
        Stream.of(
                        "buffers_backend",
                        "buffers_alloc",
                        "buffers_backend_fsync",
                        "buffers_checkpoint",
                        "buffers_clean",
                        "checkpoint_write_time",
                        "checkpoint_sync_time")
                .flatMap(name -> Stream.of(name, name + "_total"))
                .forEach(name -> asked.put("pg_stat_bgwriter_" + name, Set.of()));
        Stream.of(
                        "tup_fetched",
                        "tup_inserted",
                        "tup_updated",
                        "tup_deleted",
                        "tup_returned",
                        "xact_commit",
                        "xact_rollback",
                        "blks_hit",
                        "blks_read",
                        "conflicts",
                        "deadlocks",
                        "temp_bytes")
                .forEach(name -> asked.put("pg_stat_database_" + name, Set.of("datname")));
        asked.put("pg_static", Set.of("short_version"));
        asked.put("pg_locks_count", Set.of("datname", "mode"));
        asked.put("pg_stat_activity_count", Set.of("datname", "state"));
        return asked;
    }

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void eachOfItsQueriesHasAnAnswer(int major) {
        try (Pod pod = Pod.create(major, home.resolve("a"), home.resolve("r"))) {
            pod.agent().set("metrics.interval", "1s").set("metrics.slowInterval", "1s");
            pod.start();
            pod.agent()
                    .await(
                            "the page has each of " + ASKED.keySet(),
                            () -> page(pod).names().containsAll(ASKED.keySet()));
            ScrapedPage page = page(pod);
            List<String> wrong = new ArrayList<>();
            ASKED.forEach((name, labels) -> page.series(name).keySet().stream()
                    .filter(series -> !series.keySet().containsAll(labels))
                    .forEach(series -> wrong.add(name + series)));
            assertThat(wrong).as("series without a label that is selected by").isEmpty();
            assertThat(page.series("pg_locks_count").keySet())
                    .extracting(series -> series.get("mode"))
                    .containsAll(MODES);
            assertThat(page.series("pg_stat_activity_count").keySet())
                    .extracting(series -> series.get("state"))
                    .contains("active", "idle", "idle in transaction", "idle in transaction (aborted)");
        }
    }

    private static ScrapedPage page(Pod pod) {
        return ScrapedPage.parse(
                pod.agent().get(pod.agent().metricsPort(), "/metrics").body());
    }
}
