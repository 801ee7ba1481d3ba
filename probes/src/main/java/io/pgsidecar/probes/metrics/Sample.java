package io.pgsidecar.probes.metrics;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One series' value.
 *
 * @param labels by name, in the order in which they are shown
 * @param value NaN for one that is not known; a histogram's sum
 * @param histogram only in a family of histograms
 */
public record Sample(
        Map<String, String> labels, double value, @Nullable Histogram histogram) {

    public Sample {
        labels = SeriesLabels.of(labels);
    }

    /** A single number. */
    public Sample(Map<String, String> labels, double value) {
        this(labels, value, null);
    }
}
