package io.pgsidecar.probes.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One series' value.
 *
 * @param labels by name, in the order in which they are shown
 * @param value NaN for one that is not known
 */
public record Sample(Map<String, String> labels, double value) {

    public Sample {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    }
}
