package io.pgsidecar.probes.metrics;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceAddress;
import io.pgsidecar.probes.metrics.TierRounds.Rounds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Collects in the background, in tiers, over sessions of its own. {@link #page()} answers from memory, whatever the
 * server does.
 */
public final class MetricsPoller implements AutoCloseable {

    /** A round, a pause of its length at least, and both again. */
    private static final int LONG_ROUNDS = 4;

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
        Map<String, CollectorResult> results = new LinkedHashMap<>();
        List<List<Family>> collected = new ArrayList<>();
        Map<Tier, Duration> ages = new EnumMap<>(Tier.class);
        Map<Tier, Integer> missed = new EnumMap<>(Tier.class);
        tiers.forEach((tier, rounds) -> {
            // Where a round takes longer than its interval, so does the way from one result to the next.
            long counts =
                    settings.counts(tier).toNanos() + (long) (rounds.rounds().seconds() * LONG_ROUNDS * 1e9);
            new TreeMap<>(rounds.results()).forEach((name, result) -> {
                results.put(name, result);
                Long answered = result.answeredNanos();
                if (answered != null && now - answered <= counts) {
                    collected.add(result.families());
                }
            });
            Rounds last = rounds.rounds();
            Long answered = last.answeredNanos();
            if (answered != null) {
                ages.put(tier, Duration.ofNanos(Math.max(0, now - answered)));
            }
            missed.put(tier, last.missed());
        });
        families.addAll(CollectionFamilies.collectors(results));
        families.addAll(CollectionFamilies.tiers(ages, missed));
        return new MetricsPage(collected, families, ages);
    }

    /** What postgres_exporter tells of itself; its scrape is a round of the fast tier. */
    private List<Family> exporter() {
        Rounds fast =
                tiers.getOrDefault(Tier.FAST, tiers.values().iterator().next()).rounds();
        boolean up = fast.reached() && mayAnswer(seen.get());
        return CollectionFamilies.exporter(up, fast.seconds(), fast.count(), fast.reached());
    }

    private static boolean mayAnswer(Availability availability) {
        return switch (availability) {
            case ACCEPTING, FULL, LOGIN_REFUSED, UNKNOWN -> true;
            case STARTING, STOPPING, FAILING, NO_SERVER, NO_ANSWER -> false;
        };
    }

    /** Ends, and waits for the rounds that are under way for a short while. */
    @Override
    public void close() {
        tiers.values().forEach(TierRounds::stop);
        tiers.values().forEach(TierRounds::close);
    }
}
