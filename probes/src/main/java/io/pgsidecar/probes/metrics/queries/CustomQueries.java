package io.pgsidecar.probes.metrics.queries;

import io.pgsidecar.probes.metrics.Collector;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** The queries that hold now, and how they go. Any thread may ask. */
public final class CustomQueries {

    private final QueryLimits limits;
    private final Databases databases;
    private final Predicate<String> wanted;
    private volatile List<CustomQuery> queries = List.of();

    /**
     * None at first.
     *
     * @param wanted which databases a pattern may mean; those that are named are always
     */
    public CustomQueries(QueryLimits limits, Databases databases, Predicate<String> wanted) {
        this.limits = limits;
        this.databases = databases;
        this.wanted = wanted;
    }

    /** Takes these in place of those of before. One that is the same goes on with what it has kept. */
    public synchronized void use(List<QuerySpec> specs) {
        List<CustomQuery> before = queries;
        List<CustomQuery> after = new ArrayList<>();
        for (QuerySpec spec : specs) {
            after.add(before.stream()
                    .filter(query -> query.spec().equals(spec))
                    .findFirst()
                    .orElseGet(() -> new CustomQuery(spec, limits, databases, wanted)));
        }
        queries = List.copyOf(after);
        limits.budget().retain(specs.stream().map(QuerySpec::name).toList());
    }

    /** One for each query. */
    public List<Collector> collectors() {
        return List.copyOf(queries);
    }

    /** The same, with what they know of themselves. */
    public List<CustomQuery> queries() {
        return queries;
    }

    /** How each query went when it was run last. Nothing is asked of PostgreSQL. */
    public List<Family> families() {
        Map<String, QueryStatus> ran = new LinkedHashMap<>();
        queries.forEach(
                query -> query.status().ifPresent(status -> ran.put(query.spec().name(), status)));
        return families(ran);
    }

    /** The same of these queries, by name (pure). */
    public static List<Family> families(Map<String, QueryStatus> ran) {
        return List.of(
                family(
                        ran,
                        "pgsidecar_custom_query_success",
                        "1 if the custom query's last run went well in each database, and each value became a series.",
                        status -> status.ok() ? 1 : 0),
                family(
                        ran,
                        "pgsidecar_custom_query_duration_seconds",
                        "How long the custom query's last run took, in all its databases together.",
                        status -> status.took().toNanos() / 1e9),
                family(
                        ran,
                        "pgsidecar_custom_query_rows",
                        "Rows that the custom query's last run returned.",
                        QueryStatus::rows),
                family(
                        ran,
                        "pgsidecar_custom_query_dropped_values",
                        "Values of the custom query's last run that could not become series, or were there twice.",
                        QueryStatus::dropped),
                family(
                        ran,
                        "pgsidecar_custom_query_failed_databases",
                        "Databases in which the custom query's last run failed, or for which there was no time left.",
                        QueryStatus::failedDatabases),
                family(
                        ran,
                        "pgsidecar_custom_query_last_run_timestamp_seconds",
                        "When the custom query was run last, in seconds since 1970; cache_seconds keeps a result.",
                        status -> status.ran().getEpochSecond()));
    }

    private static Family family(
            Map<String, QueryStatus> ran, String name, String help, ToDoubleFunction<QueryStatus> value) {
        List<Sample> samples = new ArrayList<>();
        ran.forEach((query, status) -> samples.add(new Sample(Map.of("query", query), value.applyAsDouble(status))));
        return new Family(name, Family.Type.GAUGE, help, samples);
    }
}
