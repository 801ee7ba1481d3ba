package io.pgsidecar.probes.metrics;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** For how long sessions have been idle: a histogram for each state and application, as postgres_exporter has it. */
final class IdleCollector implements ListedCollector {

    private static final String FAMILY = "pg_process_idle_seconds";
    private static final String HELP = "For how long sessions have been idle.";

    private static final double[] BOUNDS = {1, 2, 5, 15, 30, 60, 90, 120, 300};

    /**
     * A session that does nothing.
     *
     * @param seconds for how long
     */
    record Idle(String state, String application, double seconds) {}

    @Override
    public String name() {
        return "process_idle";
    }

    @Override
    public List<Metric> metrics(int version) {
        return List.of(new Metric(FAMILY, Family.Type.HISTOGRAM, List.of("state", "application_name"), HELP));
    }

    @Override
    public List<Family> collect(Connection connection, int version) throws SQLException {
        List<Idle> sessions = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT state, COALESCE(application_name, '') AS application_name,
                               GREATEST(0, extract(epoch FROM now() - state_change))::float8 AS seconds
                        FROM pg_stat_activity WHERE state ~ '^idle' AND pid <> pg_backend_pid() ORDER BY 1, 2""")) {
            while (row.next()) {
                sessions.add(new Idle(row.getString(1), row.getString(2), row.getDouble(3)));
            }
        }
        return histograms(sessions);
    }

    /** One for each state and application (pure). */
    static List<Family> histograms(List<Idle> sessions) {
        Map<Map<String, String>, List<Double>> seconds = new LinkedHashMap<>();
        for (Idle session : sessions) {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put("state", session.state());
            labels.put("application_name", session.application());
            seconds.computeIfAbsent(labels, l -> new ArrayList<>()).add(session.seconds());
        }
        List<Sample> samples = new ArrayList<>();
        seconds.forEach((labels, values) -> {
            Histogram histogram = histogram(values);
            samples.add(new Sample(labels, histogram.sum(), histogram));
        });
        return samples.isEmpty() ? List.of() : List.of(new Family(FAMILY, Family.Type.HISTOGRAM, HELP, samples));
    }

    private static Histogram histogram(List<Double> values) {
        List<Histogram.Bucket> buckets = new ArrayList<>();
        for (double bound : BOUNDS) {
            buckets.add(new Histogram.Bucket(
                    bound, values.stream().filter(value -> value <= bound).count()));
        }
        return new Histogram(
                buckets, values.stream().mapToDouble(Double::doubleValue).sum(), values.size());
    }
}
