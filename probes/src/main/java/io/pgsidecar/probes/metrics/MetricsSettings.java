package io.pgsidecar.probes.metrics;

import java.time.Duration;
import java.util.List;

/**
 * What is collected, and how often.
 *
 * @param interval of the fast tier
 * @param slowInterval of the slow one
 * @param timeout for each statement, and, with some seconds more, for each collector
 * @param collectors see {@link CollectorChoice}
 * @param databases whose series are shown, and whose tables are looked at
 * @param tables by {@code schema.table}
 * @param tablesLimit how many tables of all databases together are shown, the largest ones
 */
public record MetricsSettings(
        Duration interval,
        Duration slowInterval,
        Duration timeout,
        List<String> collectors,
        Globs databases,
        Globs tables,
        int tablesLimit) {

    public MetricsSettings {
        collectors = List.copyOf(collectors);
    }

    Duration interval(Tier tier) {
        return switch (tier) {
            case FAST, QUERIES -> interval;
            case SLOW -> slowInterval;
        };
    }

    /** How long a result counts: two rounds may fail. Then a graph has a gap, and not a line that tells of old. */
    Duration counts(Tier tier) {
        return interval(tier).multipliedBy(3).plus(timeout);
    }
}
