package io.pgsidecar.probes.metrics;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The largest tables of all databases together. Each database is asked for as many as are shown in all, since they may
 * all be there.
 *
 * <p>How large one is comes from the catalog and the statistics, and not from its files: no lock is in the way, and
 * twenty thousand files are not looked at.
 */
final class TablesCollector implements ListedCollector {

    // A page for each hundred rows, where no vacuum has counted the pages yet.
    private static final String TOP = """
            WITH top AS MATERIALIZED (
                SELECT c.oid, GREATEST(c.relpages, pg_stat_get_live_tuples(c.oid) / 100.0)::float8 AS weight,
                       count(*) OVER () AS in_all
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind = ANY (?::"char"[]) AND c.relpersistence <> 't'
                  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
                  AND n.nspname || '.' || c.relname ~ ? AND n.nspname || '.' || c.relname !~ ?
                ORDER BY weight DESC, c.oid LIMIT ?::int)
            """;

    /** What has statistics: partitioned tables too. */
    static final String ALL_TABLES = "{r,m,p}";

    /** What has files, as views of I/O have it. */
    static final String STORED_TABLES = "{r,m}";

    private final String name;
    private final Globs databases;
    private final int limit;
    private final Query query;
    private final Map<String, Ranks> ranks = new HashMap<>();

    /**
     * The weights of a database's tables, in the order of the samples.
     *
     * @param inAll how many tables it has
     */
    record Ranks(List<Double> weights, long inAll) {}

    /**
     * Shows what one query tells of each.
     *
     * @param kinds those that the query's view has: another one would be counted, and would take a shown one's place
     * @param query over {@code top}, in its order, with its columns {@code weight} and {@code in_all}
     */
    TablesCollector(String name, Globs databases, String kinds, Globs tables, int limit, Query query) {
        this.name = name;
        this.databases = databases;
        this.limit = limit;
        this.query = overLargest(query, kinds, tables, limit);
    }

    /** A query over {@code top}, the largest tables of a database. */
    static Query overLargest(Query query, String kinds, Globs tables, int limit) {
        return new Query(
                query.prefix(),
                query.labels(),
                query.values(),
                TOP + query.sql(),
                List.of(kinds, tables.included(), tables.excluded(), Integer.toString(limit)));
    }

    @Override
    public List<Metric> metrics(int version) {
        return query.metrics();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Tier tier() {
        return Tier.SLOW;
    }

    @Override
    public boolean wants(String database, boolean main) {
        return databases.allow(database);
    }

    /** One sample in each family for each table; what is not known is NaN, so that all have the same order. */
    @Override
    public List<Family> collect(Connection connection, int version) throws SQLException {
        List<List<Sample>> samples = new ArrayList<>();
        query.values().forEach(value -> samples.add(new ArrayList<>()));
        List<Double> weights = new ArrayList<>();
        long inAll = 0;
        try (PreparedStatement statement = connection.prepareStatement(query.sql())) {
            query.bind(statement);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Map<String, String> series = query.series(row);
                    for (int i = 0; i < samples.size(); i++) {
                        double value = row.getDouble(query.values().get(i).column());
                        samples.get(i).add(new Sample(series, row.wasNull() ? Double.NaN : value));
                    }
                    weights.add(row.getDouble("weight"));
                    inAll = row.getLong("in_all");
                }
            }
        }
        found(connection.getCatalog(), new Ranks(weights, inAll));
        List<Family> families = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            families.add(query.family(query.values().get(i), samples.get(i)));
        }
        return families;
    }

    void found(String database, Ranks of) {
        ranks.put(database, of);
    }

    /** Once there are twice as many as are shown, so that it is not done for each database. */
    @Override
    public void trim(Map<String, List<Family>> byDatabase) {
        long kept = byDatabase.keySet().stream()
                .mapToLong(database -> ranks(ranks, database).weights().size())
                .sum();
        if (kept <= 2L * limit) {
            return;
        }
        Map<String, Integer> shown = new HashMap<>();
        top(byDatabase.keySet(), ranks, limit).forEach(table -> shown.merge(table.database(), 1, Integer::sum));
        byDatabase.replaceAll((database, families) -> {
            // The largest come first, so those that are shown do.
            int first = shown.getOrDefault(database, 0);
            Ranks all = ranks(ranks, database);
            ranks.put(database, new Ranks(List.copyOf(all.weights().subList(0, first)), all.inAll()));
            return families.stream()
                    .map(family -> new Family(
                            family.name(),
                            family.type(),
                            family.help(),
                            family.samples().subList(0, first)))
                    .toList();
        });
    }

    @Override
    public List<Family> together(Map<String, List<Family>> byDatabase) {
        ranks.keySet().retainAll(byDatabase.keySet());
        List<Family> shown = largest(byDatabase, ranks, limit);
        long shownTables = shown.isEmpty() ? 0 : shown.getFirst().samples().size();
        long inAll = ranks.values().stream().mapToLong(Ranks::inAll).sum();
        shown.add(CollectionFamilies.tablesLeftOut(name, inAll - shownTables));
        return shown;
    }

    private record Table(String database, int index, double weight) {}

    private static Ranks ranks(Map<String, Ranks> ranks, String database) {
        return ranks.getOrDefault(database, new Ranks(List.of(), 0));
    }

    private static List<Table> top(Set<String> databases, Map<String, Ranks> ranks, int limit) {
        List<Table> tables = new ArrayList<>();
        databases.stream().sorted().forEach(database -> {
            List<Double> weights = ranks(ranks, database).weights();
            for (int i = 0; i < weights.size(); i++) {
                tables.add(new Table(database, i, weights.get(i)));
            }
        });
        tables.sort((a, b) -> Double.compare(b.weight(), a.weight()));
        return tables.subList(0, Math.min(limit, tables.size()));
    }

    /** Only the tables of the largest weights, over all databases (pure). */
    static List<Family> largest(Map<String, List<Family>> byDatabase, Map<String, Ranks> ranks, int limit) {
        List<Table> top = top(byDatabase.keySet(), ranks, limit);
        List<Family> shown = new ArrayList<>();
        List<Family> families = byDatabase.values().stream()
                .filter(list -> !list.isEmpty())
                .findFirst()
                .orElse(List.of());
        for (int f = 0; f < families.size(); f++) {
            List<Sample> samples = new ArrayList<>();
            for (Table table : top) {
                samples.add(byDatabase
                        .getOrDefault(table.database(), List.of())
                        .get(f)
                        .samples()
                        .get(table.index()));
            }
            Family family = families.get(f);
            if (!samples.isEmpty()) {
                shown.add(new Family(family.name(), family.type(), family.help(), samples));
            }
        }
        return shown;
    }
}
