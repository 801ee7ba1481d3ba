package io.pgsidecar.agent.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import java.util.List;

/** How long something took, as a histogram. Safe for several threads. */
public final class Durations {

    /** From what was looked ahead, which takes no time, to what a slow store takes. */
    private static final double[] BOUNDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60
    };

    private final MetricMetadata metadata;
    private final double[] upper = new double[BOUNDS.length + 1];
    private final long[] counts = new long[upper.length];
    private double sum;

    /** Of the calls of {@code archive_command}. */
    static Durations ofArchiveRequests() {
        return new Durations(
                "pgsidecar_archive_request_seconds",
                "How long archive_command waited for the agent's answer, good or bad.");
    }

    /** Of the calls of {@code restore_command}. */
    static Durations ofRestoreRequests() {
        return new Durations(
                "pgsidecar_restore_request_seconds",
                "How long restore_command waited for the agent's answer, good or bad.");
    }

    /** Of what is archived. */
    static Durations ofArchivedFiles() {
        return new Durations(
                "pgsidecar_archive_seconds",
                "How long a file took from reading it until every repository had it, asked for or ahead.");
    }

    /** @param name ends in {@code _seconds} */
    private Durations(String name, String help) {
        metadata = new MetricMetadata(name, help);
        System.arraycopy(BOUNDS, 0, upper, 0, BOUNDS.length);
        upper[BOUNDS.length] = Double.POSITIVE_INFINITY;
    }

    /** Counts one. */
    public synchronized void add(long nanos) {
        double seconds = Math.max(0, nanos) / 1e9;
        int bucket = 0;
        while (seconds > upper[bucket]) {
            bucket++;
        }
        counts[bucket]++;
        sum += seconds;
    }

    synchronized HistogramSnapshot snapshot() {
        return new HistogramSnapshot(
                metadata,
                List.of(new HistogramDataPointSnapshot(
                        ClassicHistogramBuckets.of(upper, counts.clone()), sum, Labels.EMPTY, Exemplars.EMPTY, 0)));
    }
}
