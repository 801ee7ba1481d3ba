package io.pgsidecar.probes.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is told of the collecting itself, besides what postgres_exporter tells of its own (pure). */
public final class CollectionFamilies {

    private CollectionFamilies() {}

    /** What postgres_exporter tells of itself; its scrape is a round of the fast tier. */
    static List<Family> exporter(boolean up, double seconds, long rounds, boolean reached) {
        return List.of(
                one("pg_up", Family.Type.GAUGE, "Whether the server answers the collectors.", up ? 1 : 0),
                one(
                        "pg_exporter_last_scrape_duration_seconds",
                        Family.Type.GAUGE,
                        "How long the last round of the fast tier took.",
                        seconds),
                one("pg_exporter_scrapes_total", Family.Type.COUNTER, "Rounds of the fast tier.", (double) rounds),
                one(
                        "pg_exporter_last_scrape_error",
                        Family.Type.GAUGE,
                        "1 if the last round of the fast tier had no session.",
                        reached ? 0 : 1));
    }

    /** How each collector's last round went. */
    static List<Family> collectors(Map<String, CollectorResult> results) {
        List<Sample> success = new ArrayList<>();
        List<Sample> seconds = new ArrayList<>();
        results.forEach((name, result) -> {
            Map<String, String> collector = Map.of("collector", name);
            success.add(new Sample(collector, result.success() ? 1 : 0));
            seconds.add(new Sample(collector, result.seconds()));
        });
        return success.isEmpty()
                ? List.of()
                : List.of(
                        gauge(
                                "pg_scrape_collector_success",
                                "Whether the collector's last round was a whole one.",
                                success),
                        gauge(
                                "pg_scrape_collector_duration_seconds",
                                "How long the collector's last round took.",
                                seconds));
    }

    /**
     * How the tiers stand.
     *
     * @param ages of each tier that ever had an answer
     * @param missed how many databases each tier could not ask in its last round
     */
    public static List<Family> tiers(Map<Tier, Duration> ages, Map<Tier, Integer> missed) {
        List<Sample> age = new ArrayList<>();
        ages.forEach((tier, since) -> age.add(sample(tier, since.toNanos() / 1e9)));
        List<Sample> databases = new ArrayList<>();
        missed.forEach((tier, count) -> databases.add(sample(tier, count)));
        List<Family> families = new ArrayList<>();
        if (!age.isEmpty()) {
            families.add(gauge(
                    "pgsidecar_metrics_age_seconds",
                    "Seconds since the server last answered the collectors of a tier.",
                    age));
        }
        families.add(gauge(
                "pgsidecar_metrics_databases_missed",
                "Databases that the last round of a tier could not ask.",
                databases));
        return families;
    }

    /** How many tables a collector does not show. */
    public static Family tablesLeftOut(String collector, long tables) {
        return gauge(
                "pgsidecar_metrics_tables_left_out",
                "Tables that are not shown because metrics.tables.limit is less than there are.",
                List.of(new Sample(Map.of("collector", collector), (double) tables)));
    }

    private static Sample sample(Tier tier, double value) {
        return new Sample(Map.of("tier", tier.label()), value);
    }

    private static Family one(String name, Family.Type type, String help, double value) {
        return new Family(name, type, help, List.of(new Sample(Map.of(), value)));
    }

    private static Family gauge(String name, String help, List<Sample> samples) {
        return new Family(name, Family.Type.GAUGE, help, samples);
    }
}
