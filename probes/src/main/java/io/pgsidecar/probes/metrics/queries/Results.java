package io.pgsidecar.probes.metrics.queries;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Histogram;
import io.pgsidecar.probes.metrics.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What rows become: series. A value that cannot become what the file says is left out, and nothing else with it; what
 * was wrong is told once, however many rows have it.
 */
final class Results {

    private static final List<String> HISTOGRAM_PARTS = List.of("_bucket", "_sum", "_count");
    private static final int MAX_PROBLEMS = 10;

    private final QuerySpec spec;
    private final int version;
    private final SeriesBudget.Size most;
    private final Map<String, ColumnSpec> columns = new LinkedHashMap<>();
    private final Map<String, Series> series = new LinkedHashMap<>();
    private final Set<String> problems = new LinkedHashSet<>();
    private int rows;
    private int dropped;
    private int taken;
    private long characters;

    /** The series of one name, by their labels in the order of the labels' names. */
    private record Series(Family.Type type, String help, Map<Map<String, String>, Sample> samples) {}

    /** @param most how much may come of it */
    Results(QuerySpec spec, int version, SeriesBudget.Size most) {
        this.spec = spec;
        this.version = version;
        this.most = most;
        for (ColumnSpec column : spec.columns()) {
            columns.put(column.column(), column);
            if (column.usage() == Usage.HISTOGRAM) {
                HISTOGRAM_PARTS.forEach(part -> columns.putIfAbsent(column.column() + part, discarded(column, part)));
            }
        }
    }

    private static ColumnSpec discarded(ColumnSpec of, String part) {
        return new ColumnSpec(of.column() + part, of.name() + part, Usage.DISCARD, "", Map.of(), VersionRange.ALL);
    }

    void add(Map<String, Cell> row) {
        rows++;
        Map<String, String> labels = labels(row);
        for (ColumnSpec column : spec.columns()) {
            if (used(column) && column.usage() != Usage.LABEL) {
                add(row, labels, column);
            }
        }
        row.forEach((name, cell) -> {
            if (!columns.containsKey(name)) {
                addUnknown(labels, name, cell);
            }
        });
    }

    private Map<String, String> labels(Map<String, Cell> row) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (ColumnSpec column : spec.columns()) {
            if (used(column) && column.usage() == Usage.LABEL) {
                Cell cell = row.get(column.column());
                if (cell == null) {
                    missing(column.column());
                } else {
                    labels.put(column.name(), cell.label());
                }
            }
        }
        return labels;
    }

    private void add(Map<String, Cell> row, Map<String, String> labels, ColumnSpec column) {
        String name = spec.namespace() + "_" + column.name();
        try {
            Cell cell = cell(row, column.column());
            switch (column.usage()) {
                case COUNTER -> put(name, Family.Type.COUNTER, column, new Sample(labels, cell.number()));
                case GAUGE -> put(name, Family.Type.GAUGE, column, new Sample(labels, cell.number()));
                case MAPPEDMETRIC ->
                    put(name, Family.Type.GAUGE, column, new Sample(labels, cell.mapped(column.mapping())));
                case DURATION ->
                    put(name + "_milliseconds", Family.Type.GAUGE, column, new Sample(labels, cell.milliseconds()));
                case HISTOGRAM -> {
                    Histogram histogram = histogram(row, column.column());
                    if (histogram != null) {
                        put(name, Family.Type.HISTOGRAM, column, new Sample(labels, histogram.sum(), histogram));
                    }
                }
                case LABEL, DISCARD -> {
                    // They make no series.
                }
            }
        } catch (UnfitException e) {
            dropped++;
            problem("column %s: %s".formatted(column.column(), e.getMessage()));
        }
    }

    /** A column that the file does not name: a series of it if it has a number, as postgres_exporter makes one. */
    private void addUnknown(Map<String, String> labels, String name, Cell cell) {
        String series = spec.namespace() + "_" + name;
        if (cell instanceof Cell.Nothing || !MetricName.valid(series)) {
            return;
        }
        try {
            put(series, Family.Type.UNKNOWN, null, new Sample(labels, cell.number()));
        } catch (UnfitException e) {
            // Nobody has said that it is one.
        }
    }

    /** Empty where there is none. */
    private static @Nullable Histogram histogram(Map<String, Cell> row, String column) throws UnfitException {
        if (row.get(column) instanceof Cell.Nothing) {
            return null;
        }
        List<Double> bounds = cell(row, column).numbers();
        List<Double> counts = cell(row, column + "_bucket").numbers();
        double count = cell(row, column + "_count").number();
        if (bounds.size() != counts.size()) {
            throw new UnfitException(
                    "%d bounds, but %d counts in %s_bucket".formatted(bounds.size(), counts.size(), column));
        }
        if (Double.isNaN(count)) {
            throw new UnfitException("%s_count must be a number".formatted(column));
        }
        List<Histogram.Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < bounds.size(); i++) {
            if (bounds.get(i) != Double.POSITIVE_INFINITY) {
                buckets.add(new Histogram.Bucket(bounds.get(i), counts.get(i).longValue()));
            }
        }
        try {
            return new Histogram(buckets, cell(row, column + "_sum").number(), (long) count);
        } catch (IllegalArgumentException e) {
            throw new UnfitException(String.valueOf(e.getMessage()));
        }
    }

    private static Cell cell(Map<String, Cell> row, String column) throws UnfitException {
        Cell cell = row.get(column);
        if (cell == null) {
            throw new UnfitException(
                    "the query does not return %s; it returns %s".formatted(column, String.join(", ", row.keySet())));
        }
        return cell;
    }

    private void put(String name, Family.Type type, @Nullable ColumnSpec column, Sample sample) {
        long written = sample.labels().entrySet().stream()
                .mapToLong(label -> label.getKey().length() + label.getValue().length())
                .sum();
        if (taken == most.series() || characters + written > most.characters()) {
            dropped++;
            problem(
                    ("more than %,d series or %,d characters of labels; what is above that is left out: aggregate, take the"
                                    + " top, or leave out long labels (all custom queries together have %,d and %,d)")
                            .formatted(
                                    most.series(),
                                    most.characters(),
                                    SeriesBudget.OF_ALL.series(),
                                    SeriesBudget.OF_ALL.characters()));
            return;
        }
        String help = column == null || column.description().isEmpty()
                ? "A column of the custom query %s.".formatted(spec.name())
                : column.description();
        Sample earlier = series.computeIfAbsent(name, n -> new Series(type, help, new LinkedHashMap<>()))
                .samples()
                .putIfAbsent(new TreeMap<>(sample.labels()), sample);
        if (earlier != null) {
            dropped++;
            problem(
                    "%s is there twice with the same labels: have the query return what tells its rows apart, as a LABEL"
                                    .formatted(name)
                            + " (of several databases, current_database())");
        } else {
            taken++;
            characters += written;
        }
    }

    private boolean used(ColumnSpec column) {
        return column.usage() != Usage.DISCARD && column.versions().contains(version);
    }

    private void missing(String column) {
        problem("the query does not return the LABEL %s".formatted(column));
    }

    /** Notes what is wrong; no more than a person would read. */
    void problem(String text) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(text);
        }
    }

    int rows() {
        return rows;
    }

    /** How much of the budget it takes. */
    SeriesBudget.Size size() {
        return new SeriesBudget.Size(taken, characters);
    }

    /** How many values did not become series. */
    int dropped() {
        return dropped;
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    List<Family> families() {
        return series.entrySet().stream()
                .map(entry -> new Family(
                        entry.getKey(),
                        entry.getValue().type(),
                        entry.getValue().help(),
                        List.copyOf(entry.getValue().samples().values())))
                .toList();
    }
}
