package io.pgsidecar.probes.metrics.queries;

import java.time.Duration;

/**
 * What a custom query may take.
 *
 * @param timeout for all databases together
 * @param rows that become series, of all databases together
 */
public record QueryLimits(Duration timeout, int rows) {

    /** So many rows as a page can bear of one query. */
    public static final int ROWS = 5000;
}
