package io.pgsidecar.probes.metrics;

import java.util.List;

/** A collector that knows what it can show without asking, for the documentation. */
interface ListedCollector extends Collector {

    /**
     * A family that it may show.
     *
     * @param labels in their order
     */
    record Metric(String name, Family.Type type, List<String> labels, String help) {

        public Metric {
            labels = List.copyOf(labels);
        }
    }

    /** What it may show of a version; none where it has nothing to ask. */
    List<Metric> metrics(int version);
}
