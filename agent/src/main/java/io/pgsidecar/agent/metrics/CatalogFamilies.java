package io.pgsidecar.agent.metrics;

import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.probes.metrics.Family;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the repositories hold. */
final class CatalogFamilies {

    private static final String BACKUPS =
            "Backups that the repository has a trace of, by state; only those that are done can be" + " restored.";

    private CatalogFamilies() {}

    static List<Family> of(List<CatalogWatch.Seen> seen, long nanos) {
        Families families = new Families();
        for (CatalogWatch.Seen repository : seen) {
            Map<String, String> labels = Map.of("repository", repository.repository());
            families.counter(
                    "pgsidecar_catalog_looks_total",
                    "Looks into the repository, for what the metrics tell of it.",
                    labels,
                    repository.looks());
            families.counter(
                    "pgsidecar_catalog_errors_total",
                    "Looks into the repository that failed; what was seen before is still shown.",
                    labels,
                    repository.errors());
            families.gauge(
                    "pgsidecar_catalog_failing",
                    "1 if the last look into the repository failed.",
                    labels,
                    repository.failing());
            CatalogLook look = repository.last();
            if (look != null) {
                families.gauge(
                        "pgsidecar_catalog_age_seconds",
                        "How old what is shown of the repository is.",
                        labels,
                        Families.seconds(Duration.ofNanos(nanos - repository.nanos())));
                backups(families, labels, look);
                look.window().ifPresent(window -> window(families, labels, window));
                look.wal().ifPresent(wal -> wal(families, labels, wal));
            }
        }
        return families.all();
    }

    private static void backups(Families families, Map<String, String> labels, CatalogLook look) {
        for (CatalogEntry.State state : CatalogEntry.State.values()) {
            Map<String, String> withState = new LinkedHashMap<>(labels);
            withState.put("state", Families.word(state));
            families.gauge(
                    "pgsidecar_backups", BACKUPS, withState, look.backups().getOrDefault(state, 0));
        }
        families.time(
                "pgsidecar_backup_oldest_timestamp_seconds",
                "When the oldest good backup was finished; not there if there is none.",
                labels,
                look.oldest().map(CatalogLook.Good::ended));
        Optional<CatalogLook.Good> newest = look.newest();
        newest.ifPresent(backup -> {
            families.gauge(
                    "pgsidecar_backup_newest_duration_seconds",
                    "How long the newest good backup took.",
                    labels,
                    Families.seconds(backup.took()));
            backup.bytes()
                    .ifPresent(bytes -> families.gauge(
                            "pgsidecar_backup_newest_cluster_bytes",
                            "Size of the cluster that the newest good backup has read.",
                            labels,
                            bytes));
            families.gauge(
                    "pgsidecar_backup_newest_stored_bytes",
                    "What the newest good backup takes of the repository.",
                    labels,
                    backup.storedBytes());
        });
        look.obsolete()
                .ifPresent(count -> families.gauge(
                        "pgsidecar_retention_obsolete_backups",
                        "Backups that the retention no longer wants, and the next prune removes.",
                        labels,
                        count));
    }

    private static void window(Families families, Map<String, String> labels, CatalogLook.Window window) {
        families.time(
                "pgsidecar_recovery_window_start_timestamp_seconds",
                "The oldest point in time that can be recovered to: the end of the oldest backup whose WAL is there.",
                labels,
                Optional.of(window.from()));
        families.time(
                "pgsidecar_recovery_window_end_timestamp_seconds",
                "About the newest point in time that can be recovered to: when the last segment was stored up to which no"
                        + " segment is missing.",
                labels,
                window.to());
    }

    private static void wal(Families families, Map<String, String> labels, CatalogLook.Wal wal) {
        families.gauge(
                "pgsidecar_repository_wal_segments", "WAL segments that the repository has.", labels, wal.segments());
        families.gauge(
                "pgsidecar_repository_wal_bytes",
                "What the stored WAL segments take of the repository.",
                labels,
                wal.bytes());
        families.gauge(
                "pgsidecar_repository_wal_missing_segments",
                "Segments that a recovery to the latest timeline needs and that are not there, behind the first one that is.",
                labels,
                wal.missing());
        families.gauge(
                "pgsidecar_repository_timeline",
                "The latest timeline of which the repository has anything.",
                labels,
                wal.timeline());
        families.time(
                "pgsidecar_repository_last_wal_timestamp_seconds",
                "When a WAL segment was stored last, by the store's clock.",
                labels,
                wal.last());
    }
}
