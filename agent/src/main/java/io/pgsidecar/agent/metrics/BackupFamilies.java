package io.pgsidecar.agent.metrics;

import io.pgsidecar.agent.backup.BackupRun;
import io.pgsidecar.agent.backup.PruneTotals;
import io.pgsidecar.archive.backup.BackupProgress;
import io.pgsidecar.probes.metrics.Family;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** This agent's backups, and what the retention does behind them. */
final class BackupFamilies {

    private BackupFamilies() {}

    /** @param current the one that is under way, or the last one */
    static List<Family> running(Optional<BackupRun> current) {
        Families families = new Families();
        Optional<BackupRun> running = current.filter(run -> run.finished().isEmpty());
        Optional<BackupProgress> progress = running.flatMap(BackupRun::progress);
        families.gauge("pgsidecar_backup_running", "1 while this agent takes a base backup.", running.isPresent());
        families.state(
                "pgsidecar_backup_phase",
                "1 for what the running base backup is at.",
                "phase",
                BackupProgress.Phase.values(),
                progress.map(BackupProgress::phase));
        families.gauge(
                "pgsidecar_backup_done_bytes",
                "Bytes of the cluster that the running base backup has read; 0 without one.",
                progress.map(BackupProgress::bytesDone).orElse(0L));
        families.gauge(
                "pgsidecar_backup_total_bytes",
                "Bytes of the cluster that the running base backup has to read; 0 without one.",
                progress.map(BackupProgress::bytesTotal).orElse(0L));
        return families.all();
    }

    /**
     * When backups ended: of all that the repositories know, and of this agent's failures those too that have left no
     * trace there.
     */
    static List<Family> ended(List<CatalogWatch.Seen> seen, Optional<Instant> ownFailure) {
        Families families = new Families();
        for (CatalogWatch.Seen repository : seen) {
            Map<String, String> labels = Map.of("repository", repository.repository());
            Optional<CatalogLook> look = Optional.ofNullable(repository.last());
            families.time(
                    "pgsidecar_backup_last_success_timestamp_seconds",
                    "When the newest good backup of the repository was finished, whoever took it, in seconds since 1970; not"
                            + " there if there is none.",
                    labels,
                    look.flatMap(CatalogLook::newest).map(CatalogLook.Good::ended));
            families.time(
                    "pgsidecar_backup_last_failure_timestamp_seconds",
                    "When the last backup that failed was begun, as the repository tells, or when this agent last gave one up;"
                            + " not there if there is none.",
                    labels,
                    Stream.concat(look.flatMap(CatalogLook::failed).stream(), ownFailure.stream())
                            .max(Instant::compareTo));
        }
        return families.all();
    }

    static List<Family> retention(Map<String, PruneTotals> prunes) {
        Families families = new Families();
        prunes.forEach((repository, totals) -> {
            Map<String, String> labels = Map.of("repository", repository);
            families.time(
                    "pgsidecar_retention_last_success_timestamp_seconds",
                    "When this agent last applied the retention; not there if it has not since its start.",
                    labels,
                    totals.last());
            families.counter(
                    "pgsidecar_retention_failures_total",
                    "How often the retention could not be applied, since the agent's start.",
                    labels,
                    totals.failures());
            families.counter(
                    "pgsidecar_retention_removed_backups_total",
                    "Backups that the retention has removed since the agent's start.",
                    labels,
                    totals.backups());
            families.counter(
                    "pgsidecar_retention_removed_segments_total",
                    "WAL segments that the retention has removed since the agent's start.",
                    labels,
                    totals.segments());
            families.counter(
                    "pgsidecar_retention_removed_bytes_total",
                    "What the WAL segments took that the retention has removed since the agent's start.",
                    labels,
                    totals.bytes());
        });
        return families.all();
    }
}
