package io.pgsidecar.probes.metrics;

import java.util.List;

/**
 * How often which values were seen.
 *
 * @param buckets from the lowest bound to the highest, without the one for all
 * @param sum of all values
 * @param count of all values
 */
public record Histogram(List<Bucket> buckets, double sum, long count) {

    /**
     * Part of a histogram.
     *
     * @param count of the values up to the bound, those of the buckets below included
     */
    public record Bucket(double upperBound, long count) {}

    /**
     * A histogram.
     *
     * @throws IllegalArgumentException if it is none that Prometheus takes
     */
    public Histogram {
        buckets = List.copyOf(buckets);
        double bound = Double.NEGATIVE_INFINITY;
        long before = 0;
        for (Bucket bucket : buckets) {
            if (!(bucket.upperBound > bound) || bucket.upperBound == Double.POSITIVE_INFINITY) {
                throw new IllegalArgumentException("the bounds must be numbers, each higher than the one before");
            }
            if (bucket.count < before) {
                throw new IllegalArgumentException(
                        "the counts must be cumulative: none less than 0 or than the one before");
            }
            bound = bucket.upperBound;
            before = bucket.count;
        }
        if (count < before) {
            throw new IllegalArgumentException("the count of all must not be less than that of the last bucket");
        }
    }
}
