package io.pgsidecar.agent.metrics.queries;

import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.Words;
import io.pgsidecar.probes.metrics.MetricsSettings;
import io.pgsidecar.probes.metrics.queries.CustomQueries;
import io.pgsidecar.probes.metrics.queries.FreshSessions;
import io.pgsidecar.probes.metrics.queries.QueryLimits;
import java.util.List;

/**
 * The custom queries of a configuration, which nobody has read or run yet.
 *
 * @param files where they are
 * @param queries how they are run
 */
public record ConfiguredQueries(QueryFiles files, CustomQueries queries) {

    /** Those that {@code metrics.queries} names. */
    public static ConfiguredQueries of(AgentConfig config) {
        List<QuerySource> sources = config.metrics().queries().map(Words::values).orElse(List.of()).stream()
                .map(QuerySource::of)
                .toList();
        MetricsSettings settings = config.metrics().settings();
        return new ConfiguredQueries(
                new QueryFiles(sources),
                new CustomQueries(
                        new QueryLimits(settings.timeout(), QueryLimits.ROWS),
                        new FreshSessions(config.postgres().address(), settings.timeout()),
                        settings.databases()::allow));
    }
}
