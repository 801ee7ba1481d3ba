package io.pgsidecar.probes.metrics;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What is known of the instance at a moment.
 *
 * @param families several may have one name: from several databases, or from a query of the user's
 * @param ages of each tier, how long ago it last had an answer; a tier that never had one is missing
 */
public record MetricsPage(List<Family> families, Map<Tier, Duration> ages) {

    public MetricsPage {
        families = List.copyOf(families);
        ages = Map.copyOf(ages);
    }
}
