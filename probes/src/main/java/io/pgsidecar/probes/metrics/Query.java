package io.pgsidecar.probes.metrics;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A statement of a collector, and what its columns become. A label that is null is empty; a value that is null is no
 * series.
 *
 * @param prefix of each family's name
 * @param labels columns that tell the series apart
 * @param values columns with a number
 */
record Query(String prefix, List<String> labels, List<Value> values, String sql, List<String> parameters) {

    /**
     * A column that becomes a family.
     *
     * @param family its name without the prefix
     */
    record Value(String column, String family, Family.Type type, String help) {}

    Query {
        labels = List.copyOf(labels);
        values = List.copyOf(values);
        parameters = List.copyOf(parameters);
    }

    static Query of(String prefix, List<String> labels, List<Value> values, String sql) {
        return new Query(prefix, labels, values, sql, List.of());
    }

    /** The same with parameters of the statement. */
    Query with(List<String> given) {
        return new Query(prefix, labels, values, sql, given);
    }

    static Value gauge(String column, String help) {
        return new Value(column, column, Family.Type.GAUGE, help);
    }

    static Value counter(String column, String help) {
        return new Value(column, column, Family.Type.COUNTER, help);
    }

    /** Asks; a family without series is none. */
    List<Family> ask(Connection connection, Globs databases) throws SQLException {
        List<List<Sample>> samples = new ArrayList<>();
        values.forEach(value -> samples.add(new ArrayList<>()));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Map<String, String> series = series(row);
                    String database = series.getOrDefault("datname", "");
                    if (!database.isEmpty() && !databases.allow(database)) {
                        continue;
                    }
                    for (int i = 0; i < values.size(); i++) {
                        double value = row.getDouble(values.get(i).column());
                        if (!row.wasNull()) {
                            samples.get(i).add(new Sample(series, value));
                        }
                    }
                }
            }
        }
        List<Family> families = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            if (!samples.get(i).isEmpty()) {
                families.add(family(values.get(i), samples.get(i)));
            }
        }
        return families;
    }

    /** The families that it may become. */
    List<ListedCollector.Metric> metrics() {
        return values.stream()
                .map(value -> new ListedCollector.Metric(prefix + value.family(), value.type(), labels, value.help()))
                .toList();
    }

    void bind(PreparedStatement statement) throws SQLException {
        for (int i = 0; i < parameters.size(); i++) {
            statement.setString(i + 1, parameters.get(i));
        }
    }

    Family family(Value value, List<Sample> samples) {
        return new Family(prefix + value.family(), value.type(), value.help(), samples);
    }

    /** The labels of a row, for all families that it is in. */
    Map<String, String> series(ResultSet row) throws SQLException {
        Map<String, String> series = new LinkedHashMap<>();
        for (String label : labels) {
            String text = row.getString(label);
            series.put(label, text == null ? "" : text);
        }
        return SeriesLabels.of(series);
    }
}
