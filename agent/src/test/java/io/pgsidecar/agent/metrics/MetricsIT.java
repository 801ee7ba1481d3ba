package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoublePredicate;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real agent tells of itself, beside a real server. */
class MetricsIT {

    /**
     * What promtool would have named otherwise. These are names of postgres_exporter's, which dashboards and alerts ask for
     * to the letter: two counts of what is there now, and two settings of PostgreSQL that happen to be named like a
     * histogram's or a summary's series.
     */
    private static final Set<String> EXACT = Set.of(
            "pg_locks_count",
            "pg_stat_activity_count",
            "pg_settings_tcp_keepalives_count",
            "pg_settings_wal_summary_keep_time_seconds");

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void tellsOfArchiveBackupAndRecoveryAndStillDoesAfterARestart() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"), "--wal-segsize=1")) {
            pod.start();
            pod.switchAndArchive();
            pod.switchAndArchive();
            await(pod, "pgsidecar_archive_segments_total", value -> value >= 2);
            assertThat(value(pod, "pgsidecar_archive_bytes_total")).isGreaterThanOrEqualTo(2 << 20);
            assertThat(value(pod, "pgsidecar_archive_seconds_count")).isGreaterThanOrEqualTo(2);
            assertThat(value(pod, "pgsidecar_archive_request_seconds_count")).isGreaterThanOrEqualTo(2);
            assertThat(value(pod, "pgsidecar_role{role=\"primary\"}")).isEqualTo(1);
            assertThat(value(pod, "pgsidecar_availability{availability=\"accepting\"}"))
                    .isEqualTo(1);
            assertThat(value(pod, "pgsidecar_probe{probe=\"readiness\"}")).isEqualTo(1);
            assertThat(value(pod, "pgsidecar_observation_age_seconds")).isLessThan(30);
            assertThat(value(pod, "pgsidecar_timeline")).isEqualTo(1);
            await(pod, "pgsidecar_volume_size_bytes{volume=\"pg_wal\"}", value -> value > 0);
            await(pod, "pgsidecar_archive_ready_files", value -> value >= 0);
            assertThat(value(pod, "process_resident_memory_bytes")).isGreaterThan(10 << 20);
            assertThat(value(pod, "jvm_threads_live_threads")).isPositive();

            backUp(pod);
            await(pod, "pgsidecar_backups{repository=\"main\",state=\"done\"}", value -> value == 1);
            double finished = value(pod, "pgsidecar_backup_last_success_timestamp_seconds{repository=\"main\"}");
            assertThat(finished).isCloseTo(System.currentTimeMillis() / 1000.0, Offset.offset(600.0));
            assertThat(value(pod, "pgsidecar_recovery_window_start_timestamp_seconds{repository=\"main\"}"))
                    .isEqualTo(finished);

            assertThat(pod.agent().stop()).isZero();
            pod.agent().start();
            await(
                    pod,
                    "pgsidecar_backup_last_success_timestamp_seconds{repository=\"main\"}",
                    value -> value == finished);
            assertThat(value(pod, "pgsidecar_repository_wal_missing_segments{repository=\"main\"}"))
                    .isZero();
        }
    }

    @Test
    void countsFailuresByReasonAndTheBacklog() throws Exception {
        try (Pod pod = Pod.create(16, home.resolve("a"), home.resolve("r"), "--wal-segsize=1")) {
            pod.start();
            pod.switchAndArchive();
            // The repository becomes one that nobody can write to: a file where its folder was.
            Path folder = home.resolve("r/main");
            Path aside = home.resolve("r/aside");
            Files.move(folder, aside);
            Files.writeString(folder, "in the way");
            pod.server().execute("SELECT pg_create_restore_point('so that there is something to switch')");
            pod.server().query("SELECT pg_walfile_name(pg_switch_wal())");
            pod.agent()
                    .await(
                            "a failure is counted",
                            () -> page(pod)
                                    .lines()
                                    .filter(line -> line.startsWith("pgsidecar_archive_failures_total"))
                                    .anyMatch(line -> !line.endsWith(" 0.0")));
            await(pod, "pgsidecar_archive_ready_files", value -> value >= 1);
            await(pod, "pgsidecar_archive_ready_oldest_age_seconds", value -> value > 0);
            Files.delete(folder);
            Files.move(aside, folder);
            pod.switchAndArchive();
            await(pod, "pgsidecar_archive_ready_files", value -> value == 0);
        }
    }

    @Test
    void tellsThatTheLoginIsRefused() throws Exception {
        try (Pod pod = Pod.create(15, home.resolve("a"), home.resolve("r"))) {
            pod.agent().in(Map.of("PGSIDECAR_POSTGRES_USER", "nobody_of_this_name"));
            pod.start();
            await(pod, "pgsidecar_availability{availability=\"login_refused\"}", value -> value == 1);
            await(pod, "pgsidecar_observation_errors_total", value -> value > 0);
        }
    }

    @Test
    void isCleanForPromtool() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"), "--wal-segsize=1")) {
            pod.start();
            pod.switchAndArchive();
            backUp(pod);
            await(pod, "pgsidecar_backups{repository=\"main\",state=\"done\"}", value -> value == 1);
            await(pod, "pg_up", value -> value == 1);
            await(pod, "pg_settings_max_connections", value -> value > 0);
            Path promtool = Path.of("/usr/bin/promtool");
            assumeTrue(Files.isExecutable(promtool), "promtool is not installed");
            Process check = new ProcessBuilder(promtool.toString(), "check", "metrics")
                    .redirectErrorStream(true)
                    .start();
            try (var in = check.getOutputStream()) {
                in.write(page(pod).getBytes(StandardCharsets.UTF_8));
            }
            String told = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(told.lines().filter(line -> !EXACT.contains(line.split(" ", 2)[0])))
                    .isEmpty();
            assertThat(check.waitFor()).isIn(0, 3);
            assertThat(pod.agent().get("/metrics").body()).contains("pg_up 1.0");
        }
    }

    private static void backUp(Pod pod) {
        Program backup = Program.run(pod, "backup", "now");
        assertThat(backup.exit()).as(backup.out()).isZero();
    }

    private static void await(Pod pod, String series, DoublePredicate condition) {
        pod.agent()
                .await(series, () -> find(pod, series).filter(condition::test).isPresent());
    }

    private static double value(Pod pod, String series) {
        return find(pod, series).orElseThrow(() -> new AssertionError(series + " is not on the page\n" + page(pod)));
    }

    private static Optional<Double> find(Pod pod, String series) {
        return page(pod)
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .map(line -> Double.valueOf(line.substring(series.length() + 1)))
                .findFirst();
    }

    private static String page(Pod pod) {
        return pod.agent().get(pod.agent().metricsPort(), "/metrics").body();
    }
}
