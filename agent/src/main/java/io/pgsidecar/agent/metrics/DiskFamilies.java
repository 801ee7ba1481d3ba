package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.metrics.Family;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The volumes, and what waits to be archived. */
final class DiskFamilies {

    private DiskFamilies() {}

    static List<Family> of(DiskLook look, Instant now, long nanos) {
        Families families = new Families();
        families.gauge(
                "pgsidecar_disk_age_seconds",
                "How old the last look at volumes and .ready files is; it grows while a file system hangs.",
                Families.seconds(Duration.ofNanos(nanos - look.nanos())));
        look.volumes().forEach((name, volume) -> {
            Map<String, String> labels = Map.of("volume", name);
            families.gauge(
                    "pgsidecar_volume_size_bytes",
                    "Size of the file system that holds PGDATA or pg_wal.",
                    labels,
                    volume.size());
            families.gauge(
                    "pgsidecar_volume_used_bytes",
                    "What is used of the file system that holds PGDATA or pg_wal.",
                    labels,
                    volume.used());
            families.gauge(
                    "pgsidecar_volume_available_bytes",
                    "What PostgreSQL can still use of the file system that holds PGDATA or pg_wal.",
                    labels,
                    volume.available());
            families.gauge(
                    "pgsidecar_volume_used_ratio",
                    "The share that is used of the file system that holds PGDATA or pg_wal, from 0 to 1.",
                    labels,
                    volume.usedRatio());
        });
        look.ready().ifPresent(ready -> {
            families.gauge(
                    "pgsidecar_archive_ready_files",
                    "WAL files that PostgreSQL waits to have archived (.ready).",
                    ready.files());
            families.gauge(
                    "pgsidecar_archive_ready_oldest_age_seconds",
                    "Age of the oldest .ready file; 0 if none waits.",
                    ready.oldest().map(oldest -> WalFamilies.age(oldest, now)).orElse(0.0));
        });
        return families.all();
    }
}
