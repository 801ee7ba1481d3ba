package io.pgsidecar.probes.metrics.queries;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * How many series custom queries may have. They are kept, and the page that is made of them, in the memory that archiving
 * needs too. Safe for several threads.
 */
public final class SeriesBudget {

    /**
     * Of series and of what their labels have on the page.
     *
     * @param characters of names and values of all labels, for each series anew
     */
    record Size(int series, long characters) {}

    static final Size OF_ONE = new Size(10_000, 2_000_000);
    static final Size OF_ALL = new Size(20_000, 4_000_000);

    private final Map<String, Size> used = new HashMap<>();

    /** What a query may have, beside what the others have. */
    synchronized Size left(String query) {
        int series = OF_ALL.series();
        long characters = OF_ALL.characters();
        for (Map.Entry<String, Size> other : used.entrySet()) {
            if (!other.getKey().equals(query)) {
                series -= other.getValue().series();
                characters -= other.getValue().characters();
            }
        }
        return new Size(
                Math.max(0, Math.min(series, OF_ONE.series())), Math.max(0, Math.min(characters, OF_ONE.characters())));
    }

    /** Notes what a query has now. */
    synchronized void use(String query, Size size) {
        used.put(query, size);
    }

    /** Forgets queries that there are no more. */
    synchronized void retain(Collection<String> queries) {
        used.keySet().retainAll(queries);
    }
}
