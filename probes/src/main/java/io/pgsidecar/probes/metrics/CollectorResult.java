package io.pgsidecar.probes.metrics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a collector's last round has brought.
 *
 * @param families of the last round that had an answer
 * @param answeredNanos when that was, by {@link System#nanoTime}; null if never
 * @param seconds that the last round took, over all databases
 * @param trouble why the last round was none, or not a whole one; null if it was
 */
record CollectorResult(
        List<Family> families,
        @Nullable Long answeredNanos,
        double seconds,
        @Nullable String trouble) {

    static final CollectorResult NONE = new CollectorResult(List.of(), null, 0, "not asked yet");

    boolean success() {
        return trouble == null;
    }

    /** After a round without any answer: what was known stays for a while. */
    CollectorResult failed(double took, String why) {
        return new CollectorResult(families, answeredNanos, took, why);
    }
}
