package io.pgsidecar.agent.metrics.queries;

import io.pgsidecar.agent.config.Nearest;
import io.pgsidecar.agent.metrics.queries.YamlNode.Items;
import io.pgsidecar.agent.metrics.queries.YamlNode.Keys;
import io.pgsidecar.agent.metrics.queries.YamlNode.Nothing;
import io.pgsidecar.agent.metrics.queries.YamlNode.Text;
import io.pgsidecar.probes.metrics.queries.ColumnSpec;
import io.pgsidecar.probes.metrics.queries.DatabasePattern;
import io.pgsidecar.probes.metrics.queries.MetricName;
import io.pgsidecar.probes.metrics.queries.QuerySpec;
import io.pgsidecar.probes.metrics.queries.SingleStatement;
import io.pgsidecar.probes.metrics.queries.Usage;
import io.pgsidecar.probes.metrics.queries.VersionRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Understands a file of queries, in the format of postgres_exporter and CloudNativePG. A query that is wrong is left
 * out with its problems told, all of them; the others are taken. A key that nobody knows is told and does no harm: the
 * originals look over it.
 */
public final class QueryFile {

    private static final String QUERY = "query";
    private static final String METRICS = "metrics";
    private static final String MASTER = "master";
    private static final String PRIMARY = "primary";
    private static final String CACHE = "cache_seconds";
    private static final String RUN_ON_SERVER = "runonserver";
    private static final String DATABASES = "target_databases";
    private static final String PREDICATE = "predicate_query";
    private static final String NAME = "name";
    private static final String USAGE = "usage";
    private static final String DESCRIPTION = "description";
    private static final String MAPPING = "metric_mapping";
    /** As CloudNativePG's documentation calls it, and its program does not. */
    private static final String MAPPING_TOO = "metrics_mapping";

    private static final String VERSIONS = "pg_version";

    private static final List<String> QUERY_KEYS =
            List.of(QUERY, METRICS, MASTER, PRIMARY, CACHE, RUN_ON_SERVER, DATABASES, PREDICATE, NAME);
    private static final List<String> COLUMN_KEYS = List.of(USAGE, DESCRIPTION, MAPPING, MAPPING_TOO, VERSIONS, NAME);
    private static final String RANGE = "a range of versions like \">=14.0.0 <17.0.0 || >=18.0.0\"";

    private final String file;
    private final String prefix;
    private final List<QueryProblem> problems = new ArrayList<>();
    private final Map<String, QuerySpec> specs = new LinkedHashMap<>();

    /**
     * What a file says.
     *
     * @param readable whether it was YAML at all
     */
    public record Content(boolean readable, List<QuerySpec> specs, List<QueryProblem> problems) {

        public Content {
            specs = List.copyOf(specs);
            problems = List.copyOf(problems);
        }

        /** Whether a query is missing that the file was to give. */
        public boolean faulty() {
            return problems.stream().anyMatch(QueryProblem::fatal);
        }
    }

    private QueryFile(String file, String prefix) {
        this.file = file;
        this.prefix = prefix;
    }

    /**
     * Understands the text.
     *
     * @param file its name, for messages
     * @param prefix what each series' name begins with; may be empty
     */
    public static Content parse(String file, String prefix, String text) {
        QueryFile reader = new QueryFile(file, prefix);
        Optional<YamlNode> root = YamlReader.read(text, file, 0, reader.problems);
        root.ifPresent(reader::root);
        return new Content(root.isPresent(), List.copyOf(reader.specs.values()), reader.problems);
    }

    private void root(YamlNode root) {
        switch (root) {
            case Keys keys when manifest(keys) -> manifestData(keys);
            case Keys keys -> queries(keys);
            case Nothing nothing -> {
                // An empty file has no queries.
            }
            default ->
                wrong(root.line(), "", "must be names of queries with what each is below it, not " + root.what());
        }
    }

    /** The ConfigMap itself, as it is given to kubectl, and not a file that it became. */
    private static boolean manifest(Keys root) {
        return root.values().get("kind") instanceof Text kind
                && kind.text().equals("ConfigMap")
                && root.values().containsKey("apiVersion");
    }

    private void manifestData(Keys manifest) {
        if (!(manifest.values().get("data") instanceof Keys data)) {
            wrong(manifest.lineOf("data"), "data", "must be names with a text of queries below each");
            return;
        }
        faults("data", data);
        data.values().forEach((name, value) -> {
            if (value instanceof Text text) {
                embedded(text).ifPresent(this::root);
            } else {
                wrong(data.lineOf(name), "data." + name, "must be a text (begin it with |), not " + value.what());
            }
        });
    }

    /** YAML in a text of YAML. */
    private Optional<YamlNode> embedded(Text text) {
        return YamlReader.read(text.text(), file, text.block() ? text.line() : text.line() - 1, problems);
    }

    private void queries(Keys root) {
        faults("", root);
        root.values().forEach((name, value) -> {
            int before = problems.size();
            int line = root.lineOf(name);
            // CloudNativePG's documentation shows queries as texts.
            YamlNode node =
                    value instanceof Text text && text.block() ? embedded(text).orElse(value) : value;
            if (!(node instanceof Keys keys)) {
                wrong(
                        line,
                        name,
                        "must have %s and what else a query needs below it, not be %s".formatted(QUERY, node.what()));
                return;
            }
            Optional<QuerySpec> spec = query(name, line, keys);
            if (problems.subList(before, problems.size()).stream().noneMatch(QueryProblem::fatal)) {
                spec.ifPresent(good -> specs.put(name, good));
            }
        });
    }

    private Optional<QuerySpec> query(String name, int line, Keys keys) {
        faults(name, keys);
        unknown(name, keys, QUERY_KEYS);
        Optional<String> query = statement(name, keys, QUERY);
        if (!keys.values().containsKey(QUERY)) {
            wrong(line, name + "." + QUERY, "missing; give the statement that is to be run");
        }
        String called = text(name, keys, NAME).filter(text -> !text.isEmpty()).orElse(name);
        String namespace = prefix + called;
        if (!MetricName.valid(namespace)) {
            wrong(
                    keys.values().containsKey(NAME) ? keys.lineOf(NAME) : line,
                    name,
                    "the series' names begin with \"%s\": it must be letters, digits and underscores, and not begin with a digit"
                            .formatted(namespace));
        }
        List<ColumnSpec> columns = columns(name, namespace, keys);
        boolean master = truth(name, keys, MASTER);
        boolean primary = truth(name, keys, PRIMARY) || master;
        VersionRange versions = versions(name, keys, RUN_ON_SERVER);
        Duration cache = seconds(name, keys);
        List<DatabasePattern> databases = databases(name, keys);
        Optional<String> predicate = statement(name, keys, PREDICATE);
        return query.map(
                sql -> new QuerySpec(name, namespace, sql, predicate, columns, primary, versions, cache, databases));
    }

    private List<ColumnSpec> columns(String query, String namespace, Keys keys) {
        String path = query + "." + METRICS;
        YamlNode metrics = keys.values().get(METRICS);
        if (metrics == null || metrics instanceof Nothing) {
            return List.of();
        }
        if (!(metrics instanceof Items items)) {
            wrong(
                    keys.lineOf(METRICS),
                    path,
                    "must be a list with an entry \"- COLUMN:\" for each column, not " + metrics.what());
            return List.of();
        }
        Map<String, ColumnSpec> columns = new LinkedHashMap<>();
        for (YamlNode item : items.values()) {
            if (!(item instanceof Keys entry)) {
                wrong(item.line(), path, "must be a column's name with what it is below it, not " + item.what());
                continue;
            }
            faults(path, entry);
            entry.values().forEach((column, node) -> {
                String at = path + "." + column;
                if (!(node instanceof Keys options)) {
                    if (slipped(entry, column)) {
                        return;
                    }
                    wrong(
                            entry.lineOf(column),
                            at,
                            "must have %s below it, further to the right, not be %s".formatted(USAGE, node.what()));
                } else if (columns.containsKey(column)) {
                    wrong(entry.lineOf(column), at, "given twice; leave one of the two out");
                } else {
                    column(at, entry.lineOf(column), column, namespace, options)
                            .ifPresent(spec -> columns.put(column, spec));
                }
            });
        }
        labelsOfHistograms(path, metrics.line(), columns);
        return List.copyOf(columns.values());
    }

    /** Whether it is a key of the column beside it, which is told already. */
    private static boolean slipped(Keys entry, String key) {
        return COLUMN_KEYS.contains(key) && entry.values().values().stream().anyMatch(Nothing.class::isInstance);
    }

    private void labelsOfHistograms(String path, int line, Map<String, ColumnSpec> columns) {
        boolean histogram = columns.values().stream().anyMatch(column -> column.usage() == Usage.HISTOGRAM);
        if (histogram
                && columns.values().stream()
                        .anyMatch(c -> c.usage() == Usage.LABEL && c.name().equals("le"))) {
            wrong(line, path, "beside a HISTOGRAM, a LABEL must not be called le: its buckets are; give it a name");
        }
    }

    private Optional<ColumnSpec> column(String path, int line, String column, String namespace, Keys options) {
        faults(path, options);
        unknown(path, options, COLUMN_KEYS);
        String name = text(path, options, NAME).filter(text -> !text.isEmpty()).orElse(column);
        VersionRange versions = versions(path, options, VERSIONS);
        String description = text(path, options, DESCRIPTION).orElse("");
        Optional<Usage> usage = usage(path, line, options);
        if (usage.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Double> mapping = mapping(path, line, options, usage.get());
        if (usage.get() == Usage.LABEL && !MetricName.validLabel(name)) {
            wrong(
                    line,
                    path,
                    "\"%s\" cannot be a label's name: give it a %s of letters, digits and underscores"
                            .formatted(name, NAME));
        } else if (usage.get() != Usage.LABEL && usage.get() != Usage.DISCARD && !MetricName.valid("x_" + name)) {
            wrong(
                    line,
                    path,
                    "\"%s_%s\" cannot be a series' name: give the column a %s of letters, digits and underscores"
                            .formatted(namespace, name, NAME));
        }
        return Optional.of(new ColumnSpec(column, name, usage.get(), description, mapping, versions));
    }

    private Optional<Usage> usage(String path, int line, Keys options) {
        String all = Arrays.stream(Usage.values()).map(Usage::name).collect(Collectors.joining(", "));
        if (!options.values().containsKey(USAGE)) {
            wrong(line, path + "." + USAGE, "missing; give one of " + all);
            return Optional.empty();
        }
        return read(
                path, options, USAGE, "one of " + all, text -> Usage.valueOf(text.toUpperCase(Locale.ROOT)), text -> {
                    String upper = text.toUpperCase(Locale.ROOT);
                    return Nearest.to(
                            upper,
                            Arrays.stream(Usage.values()).map(Usage::name),
                            candidate -> Nearest.distance(upper, candidate));
                });
    }

    private Map<String, Double> mapping(String path, int line, Keys options, Usage usage) {
        String key = options.values().containsKey(MAPPING_TOO) ? MAPPING_TOO : MAPPING;
        YamlNode node = options.values().get(key);
        if (usage != Usage.MAPPEDMETRIC) {
            return Map.of();
        }
        if (!(node instanceof Keys texts) || texts.values().isEmpty()) {
            wrong(
                    node == null ? line : options.lineOf(key),
                    path + "." + key,
                    "a MAPPEDMETRIC needs the number of each text, like {up: 1, down: 0}");
            return Map.of();
        }
        faults(path + "." + key, texts);
        Map<String, Double> mapping = new LinkedHashMap<>();
        texts.values()
                .keySet()
                .forEach(text -> read(
                                path + "." + key, texts, text, "a number", QueryFile::number, none -> Optional.empty())
                        .ifPresent(number -> mapping.put(text, number)));
        return mapping;
    }

    private static double number(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case ".nan" -> Double.NaN;
            case ".inf", "+.inf" -> Double.POSITIVE_INFINITY;
            case "-.inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private Optional<String> statement(String path, Keys keys, String key) {
        Optional<String> sql = text(path, keys, key);
        if (sql.isEmpty()) {
            return sql;
        }
        try {
            return Optional.of(SingleStatement.of(sql.get()));
        } catch (IllegalArgumentException e) {
            wrong(keys.lineOf(key), path + "." + key, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private VersionRange versions(String path, Keys keys, String key) {
        return text(path, keys, key).filter(String::isBlank).isPresent()
                ? VersionRange.ALL
                : read(path, keys, key, RANGE, VersionRange::of, none -> Optional.empty())
                        .orElse(VersionRange.ALL);
    }

    private Duration seconds(String path, Keys keys) {
        return read(
                        path,
                        keys,
                        CACHE,
                        "a whole number of seconds",
                        text -> Duration.ofSeconds(Integer.parseInt(text.startsWith("-") ? "" : text)),
                        none -> Optional.empty())
                .orElse(Duration.ZERO);
    }

    private boolean truth(String path, Keys keys, String key) {
        return read(
                        path,
                        keys,
                        key,
                        "true or false",
                        text -> switch (text.toLowerCase(Locale.ROOT)) {
                            case "true", "yes", "on", "y" -> true;
                            case "false", "no", "off", "n" -> false;
                            default -> throw new IllegalArgumentException(text);
                        },
                        none -> Optional.<String>empty())
                .orElse(false);
    }

    private List<DatabasePattern> databases(String path, Keys keys) {
        YamlNode node = keys.values().get(DATABASES);
        String at = path + "." + DATABASES;
        List<DatabasePattern> databases = new ArrayList<>();
        switch (node) {
            case null -> {
                // The one that the agent connects to.
            }
            case Nothing nothing -> {
                // The same.
            }
            case Items items -> {
                for (YamlNode item : items.values()) {
                    try {
                        databases.add(DatabasePattern.of(item instanceof Text text ? text.text() : ""));
                    } catch (IllegalArgumentException e) {
                        wrong(
                                item.line(),
                                at,
                                "each must be the name of a database or a pattern like \"app_*\": %s"
                                        .formatted(item instanceof Text ? e.getMessage() : "this is " + item.what()));
                    }
                }
            }
            default ->
                wrong(
                        keys.lineOf(DATABASES),
                        at,
                        "must be a list of databases, like [\"app\", \"shop_*\"], not " + node.what());
        }
        return databases;
    }

    /** A value; empty if there is none, or with a problem noted. */
    private <T> Optional<T> read(
            String path,
            Keys keys,
            String key,
            String expected,
            Function<String, T> reader,
            Function<String, Optional<String>> nearest) {
        Optional<String> text = text(path, keys, key);
        try {
            return text.map(reader);
        } catch (IllegalArgumentException e) {
            wrong(
                    keys.lineOf(key),
                    path + "." + key,
                    "\"%s\" must be %s%s"
                            .formatted(
                                    text.orElse(""),
                                    expected,
                                    nearest.apply(text.orElse(""))
                                            .map("; did you mean %s?"::formatted)
                                            .orElse("")));
            return Optional.empty();
        }
    }

    private Optional<String> text(String path, Keys keys, String key) {
        YamlNode node = keys.values().get(key);
        return switch (node) {
            case null -> Optional.empty();
            case Text text -> Optional.of(text.text());
            case Nothing nothing -> empty(path, keys, key);
            default -> {
                wrong(keys.lineOf(key), path + "." + key, "must be a single value, not " + node.what());
                yield Optional.empty();
            }
        };
    }

    /** A key without a value is as if it were not there, but for what a query cannot be without. */
    private Optional<String> empty(String path, Keys keys, String key) {
        if (key.equals(QUERY) || key.equals(USAGE)) {
            wrong(keys.lineOf(key), path + "." + key, "must not be empty");
        }
        return Optional.empty();
    }

    private void unknown(String path, Keys keys, List<String> known) {
        for (String name : keys.values().keySet()) {
            if (!known.contains(name)) {
                String meant = Nearest.to(name, known.stream(), candidate -> Nearest.distance(name, candidate))
                        .map(candidate -> "; did you mean %s?".formatted(candidate))
                        .orElse("; there are " + String.join(", ", known));
                problems.add(new QueryProblem(
                        false, file, keys.lineOf(name), path + "." + name, "not known, and not looked at" + meant));
            }
        }
    }

    private void faults(String path, Keys keys) {
        keys.faults()
                .forEach(fault ->
                        wrong(fault.line(), path.isEmpty() ? fault.key() : path + "." + fault.key(), fault.text()));
    }

    private void wrong(int line, String key, String text) {
        problems.add(new QueryProblem(true, file, line, key, text));
    }
}
