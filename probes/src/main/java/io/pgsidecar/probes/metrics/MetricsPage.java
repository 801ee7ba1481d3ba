package io.pgsidecar.probes.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is known of the instance at a moment. Several families may have one name: from several databases, or from a query
 * of the user's.
 *
 * @param collected what each collector has found; the same lists again and again, until it has found something new
 * @param ofCollecting how the collecting goes, with what changes from moment to moment
 * @param ages of each tier, how long ago it last had an answer; a tier that never had one is missing
 */
public record MetricsPage(List<List<Family>> collected, List<Family> ofCollecting, Map<Tier, Duration> ages) {

    public MetricsPage {
        collected = List.copyOf(collected);
        ofCollecting = List.copyOf(ofCollecting);
        ages = Map.copyOf(ages);
    }

    /** All of them. */
    public List<Family> families() {
        List<Family> families = new ArrayList<>(ofCollecting);
        collected.forEach(families::addAll);
        return families;
    }
}
