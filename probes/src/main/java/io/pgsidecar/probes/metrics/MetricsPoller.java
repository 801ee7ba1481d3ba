package io.pgsidecar.probes.metrics;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceAddress;
import io.pgsidecar.probes.metrics.TierRounds.Rounds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Collects in the background, in tiers, over sessions of its own. {@link #page()} answers from memory, whatever the
 * server does.
 */
public final class MetricsPoller implements AutoCloseable {

    private final MetricsSettings settings;
    private final Supplier<Availability> seen;
    private final Map<Tier, TierRounds> tiers = new EnumMap<>(Tier.class);

    /**
     * Does nothing before {@link #start()}.
     *
     * @param seen how the observer last saw the server: one that it saw hang is down before a statement's time-out is
     *     over, and one that shuts down is left alone
     * @param queries collectors of {@link Tier#QUERIES}; asked for at each round
     * @throws IllegalArgumentException if a collector is chosen that there is not
     */
    public MetricsPoller(
            InstanceAddress address,
            MetricsSettings settings,
            Supplier<Availability> seen,
            Supplier<List<Collector>> queries) {
        this.settings = settings;
        this.seen = seen;
        List<Collector> own = DefaultCollectors.of(settings, "%s:%d".formatted(address.host(), address.port()));
        for (Tier tier : Tier.values()) {
            tiers.put(
                    tier,
                    new TierRounds(
                            tier,
                            address.to(address.database(), settings.timeout()),
                            settings.interval(tier),
                            tier == Tier.QUERIES ? queries : () -> own,
                            () -> seen.get() == Availability.STOPPING));
        }
    }

    /** Begins. Does not wait for PostgreSQL. */
    public void start() {
        tiers.values().forEach(TierRounds::start);
    }

    /** What is known now. Waits for nothing. */
    public MetricsPage page() {
        long now = System.nanoTime();
        List<Family> families = new ArrayList<>(exporter());
        List<Sample> success = new ArrayList<>();
        List<Sample> seconds = new ArrayList<>();
        Map<Tier, Duration> ages = new EnumMap<>(Tier.class);
        Map<Tier, Integer> missed = new EnumMap<>(Tier.class);
        tiers.forEach((tier, rounds) -> {
            long counts = settings.counts(tier).toNanos();
            new TreeMap<>(rounds.results()).forEach((name, result) -> {
                Map<String, String> collector = Map.of("collector", name);
                success.add(new Sample(collector, result.success() ? 1 : 0));
                seconds.add(new Sample(collector, result.seconds()));
                Long answered = result.answeredNanos();
                if (answered != null && now - answered <= counts) {
                    families.addAll(result.families());
                }
            });
            Rounds last = rounds.rounds();
            Long answered = last.answeredNanos();
            if (answered != null) {
                ages.put(tier, Duration.ofNanos(Math.max(0, now - answered)));
            }
            missed.put(tier, last.missed());
        });
        add(families, "pg_scrape_collector_success", "Whether the collector's last round was a whole one.", success);
        add(families, "pg_scrape_collector_duration_seconds", "How long the collector's last round took.", seconds);
        families.addAll(CollectionFamilies.tiers(ages, missed));
        return new MetricsPage(families, ages);
    }

    private static void add(List<Family> families, String name, String help, List<Sample> samples) {
        if (!samples.isEmpty()) {
            families.add(new Family(name, Family.Type.GAUGE, help, samples));
        }
    }

    /** What postgres_exporter tells of itself; its scrape is a round of the fast tier. */
    private List<Family> exporter() {
        Rounds fast =
                tiers.getOrDefault(Tier.FAST, tiers.values().iterator().next()).rounds();
        boolean up = fast.reached() && mayAnswer(seen.get());
        return List.of(
                one("pg_up", Family.Type.GAUGE, "Whether the server answers the collectors.", up ? 1 : 0),
                one(
                        "pg_exporter_last_scrape_duration_seconds",
                        Family.Type.GAUGE,
                        "How long the last round of the fast tier took.",
                        fast.seconds()),
                one("pg_exporter_scrapes_total", Family.Type.COUNTER, "Rounds of the fast tier.", (double)
                        fast.count()),
                one(
                        "pg_exporter_last_scrape_error",
                        Family.Type.GAUGE,
                        "1 if the last round of the fast tier had no session.",
                        fast.reached() ? 0 : 1));
    }

    private static boolean mayAnswer(Availability availability) {
        return switch (availability) {
            case ACCEPTING, FULL, LOGIN_REFUSED, UNKNOWN -> true;
            case STARTING, STOPPING, FAILING, NO_SERVER, NO_ANSWER -> false;
        };
    }

    private static Family one(String name, Family.Type type, String help, double value) {
        return new Family(name, type, help, List.of(new Sample(Map.of(), value)));
    }

    /** Ends, and waits for the rounds that are under way for a short while. */
    @Override
    public void close() {
        tiers.values().forEach(TierRounds::stop);
        tiers.values().forEach(TierRounds::close);
    }
}
