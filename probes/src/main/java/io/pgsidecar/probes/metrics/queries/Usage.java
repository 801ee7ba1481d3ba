package io.pgsidecar.probes.metrics.queries;

/** What becomes of a column. */
public enum Usage {
    /** Nothing. */
    DISCARD,
    /** A label of each series of the row. */
    LABEL,
    COUNTER,
    GAUGE,
    /** Upper bounds; the columns {@code x_bucket}, {@code x_sum} and {@code x_count} beside it have the rest. */
    HISTOGRAM,
    /** A text that stands for a number. */
    MAPPEDMETRIC,
    /** A text like {@code 1m30s}, or an interval: becomes milliseconds. */
    DURATION
}
