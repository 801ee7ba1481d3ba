package io.pgsidecar.probes.metrics.queries;

import java.util.Map;

/**
 * What becomes of one column of a query.
 *
 * @param column as the query returns it
 * @param name the label's, or the last part of the series'
 * @param description of the series; may be empty
 * @param mapping what texts stand for, of a {@link Usage#MAPPEDMETRIC}
 * @param versions of servers on which it is looked at; on others it is discarded
 */
public record ColumnSpec(
        String column,
        String name,
        Usage usage,
        String description,
        Map<String, Double> mapping,
        VersionRange versions) {

    public ColumnSpec {
        mapping = Map.copyOf(mapping);
    }
}
