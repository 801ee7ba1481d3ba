package io.pgsidecar.probes.metrics;

import java.util.List;

/**
 * The series of one name.
 *
 * @param name as it is on the page, to the letter: a counter's has {@code _total} only where dashboards query it so
 */
public record Family(String name, Type type, String help, List<Sample> samples) {

    /** What a value means. */
    public enum Type {
        GAUGE,
        /** Goes up, but for a start from zero. */
        COUNTER,
        /** Each sample has a {@link Histogram}. */
        HISTOGRAM,
        /** Nobody has said what it means. */
        UNKNOWN
    }

    public Family {
        samples = List.copyOf(samples);
    }
}
