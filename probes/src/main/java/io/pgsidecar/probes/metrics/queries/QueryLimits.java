package io.pgsidecar.probes.metrics.queries;

import java.time.Duration;

/**
 * What custom queries may take.
 *
 * @param timeout of one, for all databases together
 * @param rows of one that become series, of all databases together
 * @param budget of all of them
 */
public record QueryLimits(Duration timeout, int rows, SeriesBudget budget) {

    /** So many rows as a page can bear of one query. */
    public static final int ROWS = 5000;

    /** With a budget of their own. */
    public QueryLimits(Duration timeout, int rows) {
        this(timeout, rows, new SeriesBudget());
    }
}
