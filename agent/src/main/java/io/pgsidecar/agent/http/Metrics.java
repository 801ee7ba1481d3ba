package io.pgsidecar.agent.http;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgsidecar.agent.backup.BackupRun;
import io.pgsidecar.agent.backup.BackupRunner;
import io.pgsidecar.agent.labels.Labels;
import io.pgsidecar.archive.backup.BackupProgress;
import io.pgsidecar.archive.wal.RepositoryLag;
import io.pgsidecar.k8s.LabelStatus;
import io.pgsidecar.k8s.RoleLabel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What the agent tells Prometheus: for now how far each optional repository is behind, how its backups go, and how
 * the pod's label stands. Read from
 * memory at each scrape.
 */
final class Metrics {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** @param lags of the same repositories, in the same order, at each call */
    Metrics(Supplier<List<RepositoryLag>> lags, BackupRunner backups, Labels labels) {
        add(backups);
        labels.status().ifPresent(there -> add(() -> labels.status().orElse(there)));
        for (int i = 0; i < lags.get().size(); i++) {
            int index = i;
            Supplier<RepositoryLag> lag = () -> lags.get().get(index);
            gauge(
                    "pgsidecar_repository_missing_files",
                    "Files that an optional repository is known to lack.",
                    lag,
                    RepositoryLag::missingFiles);
            gauge(
                    "pgsidecar_repository_missing_seconds",
                    "Age of the oldest file that an optional repository is known to lack; 0 if it lacks none.",
                    lag,
                    Metrics::missingSeconds);
            gauge(
                    "pgsidecar_repository_compared",
                    "1 if an optional repository was compared with another one since the agent's start, so that what is"
                            + " not counted as missing is there.",
                    lag,
                    now -> now.compared() ? 1 : 0);
        }
    }

    private void add(BackupRunner backups) {
        gauge(
                "pgsidecar_backup_running",
                "1 while this agent takes a base backup.",
                () -> running(backups).map(run -> 1L).orElse(0L));
        gauge(
                "pgsidecar_backup_done_bytes",
                "Bytes of the cluster that the running base backup has read; 0 without one.",
                () -> progress(backups).map(BackupProgress::bytesDone).orElse(0L));
        gauge(
                "pgsidecar_backup_total_bytes",
                "Bytes of the cluster that the running base backup has to read; 0 without one.",
                () -> progress(backups).map(BackupProgress::bytesTotal).orElse(0L));
        gauge(
                "pgsidecar_backup_last_success_timestamp_seconds",
                "When this agent last finished a good base backup, in seconds since 1970; 0 if not since its start.",
                () -> backups.lastSuccess().map(Instant::getEpochSecond).orElse(0L));
        gauge(
                "pgsidecar_backup_last_failure_timestamp_seconds",
                "When this agent last gave up a base backup, in seconds since 1970; 0 if not since its start.",
                () -> backups.lastFailure().map(Instant::getEpochSecond).orElse(0L));
    }

    private void add(Supplier<LabelStatus> label) {
        gauge(
                "pgsidecar_split_brain",
                "1 while the set has two primaries that this pod knows of: this one, which is held back or labelled, and"
                        + " another one.",
                () -> label.get().splitBrain() ? 1 : 0);
        gauge(
                "pgsidecar_held_back",
                "1 while this instance is a primary that gets no clients, since another one has the better right.",
                () -> label.get().heldBack() ? 1 : 0);
        for (RoleLabel.Wanted value : RoleLabel.Wanted.values()) {
            Gauge.builder(
                            "pgsidecar_label",
                            () -> label.get().shown().filter(value::equals).isPresent() ? 1 : 0)
                    .description("1 for the label that the pod shows, as far as its agent knows.")
                    .tag("label", value.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        gauge(
                "pgsidecar_label_failures",
                "Requests of the Kubernetes API that have failed in a row; 0 when all is well.",
                () -> label.get().failures());
        gauge(
                "pgsidecar_label_last_change_timestamp_seconds",
                "When this agent last changed the label, in seconds since 1970; 0 if not since its start.",
                () -> label.get().lastPatch().map(Instant::getEpochSecond).orElse(0L));
    }

    private static Optional<BackupRun> running(BackupRunner backups) {
        return backups.current().filter(run -> run.finished().isEmpty());
    }

    private static Optional<BackupProgress> progress(BackupRunner backups) {
        return running(backups).flatMap(BackupRun::progress);
    }

    private void gauge(String name, String help, Supplier<Number> value) {
        Gauge.builder(name, value).description(help).register(registry);
    }

    private void gauge(String name, String help, Supplier<RepositoryLag> lag, ToDoubleFunction<RepositoryLag> value) {
        Gauge.builder(name, () -> value.applyAsDouble(lag.get()))
                .description(help)
                .tag("repository", lag.get().repository())
                .register(registry);
    }

    private static double missingSeconds(RepositoryLag lag) {
        return lag.missingSince()
                .map(since -> Math.max(0, Duration.between(since, Instant.now()).toMillis() / 1000.0))
                .orElse(0.0);
    }

    /** In Prometheus' text format. */
    String scrape() {
        return registry.scrape();
    }
}
