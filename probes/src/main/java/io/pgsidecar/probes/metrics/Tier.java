package io.pgsidecar.probes.metrics;

import java.util.Locale;

/** How often something is asked. */
public enum Tier {
    /** Every few seconds: what answers from memory. */
    FAST,
    /** Every few minutes: what looks at files, or at each database. */
    SLOW,
    /** As often as the fast tier, but apart from it: the user's queries, of which nobody knows how long they take. */
    QUERIES;

    /** As the label {@code tier} has it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
