package io.pgsidecar.agent.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What differs between the agent's page and postgres_exporter's. The exporter's page is asked for between two of the
 * agent's: a value must lie between those of before and after, so one that does not change must be equal.
 *
 * @param before the agent's page, of before the exporter was asked
 * @param exporter the exporter's page
 * @param after the agent's page, all of it asked after the exporter had answered
 * @param minor the exporter's version, 0.minor; the agent's names and labels are those of 0.20
 */
record ExporterComparison(ScrapedPage before, ScrapedPage exporter, ScrapedPage after, int minor) {

    /** The version whose names and labels the agent has. */
    static final int TODAY = 20;

    /**
     * What exporters have otherwise that are older than today's.
     *
     * @param until the version that has it as the agent has it
     */
    private record Older(String names, int until, String why) {}

    private static final List<Older> OLDER = List.of(
            new Older("pg_stat_activity_.*", 15, "had no more labels than the database and the state"),
            new Older("pg_scrape_collector_success", TODAY, "had other collectors, and some fail on new servers"),
            new Older("pg_stat_database_stats_reset", TODAY, "had no number where nothing was ever reset, and not 0"),
            new Older("pg_stat_wal_receiver_(flushed_lsn|receive_start_tli)", TODAY, "had each other's value"),
            new Older("pg_stat_replication_.*", TODAY, "had the label slot_name, and nothing in it"));

    /** The database that both are connected to. */
    static final String MAIN = "postgres";

    /** Sessions that the test holds have this application. */
    static final String HELD = "held";

    private static final double ANY = Double.POSITIVE_INFINITY;

    /**
     * A rule for what need not be as it is elsewhere.
     *
     * @param names which names, as a regular expression
     * @param label of which series: those that have this label, or all if it is empty,
     * @param values with a value like this regular expression
     * @param tolerance how far off a value may be; infinite where it is not compared
     * @param why for the reader
     */
    private record Rule(String names, String label, String values, double tolerance, String why) {

        boolean concerns(String name, Map<String, String> series) {
            return name.matches(names)
                    && (label.isEmpty() || series.getOrDefault(label, "").matches(values));
        }
    }

    private static final String NOT_HELD = "(?!held$).*";

    private static final List<Rule> UNSTABLE = List.of(
            new Rule("process_.*", "", "", ANY, "is of the process that shows it"),
            new Rule("pg_exporter_.*", "", "", ANY, "is of its own scrapes"),
            new Rule("pg_scrape_collector_duration_seconds", "", "", ANY, "is how long it took to ask"),
            new Rule(
                    "pg_stat_activity_(count|max_tx_duration)",
                    "application_name",
                    NOT_HELD,
                    ANY,
                    "sees the other one's sessions come and go"),
            new Rule(
                    "pg_process_idle_seconds_.*",
                    "application_name",
                    NOT_HELD,
                    ANY,
                    "sees the other one's sessions come and go"),
            new Rule("pg_process_idle_seconds_sum", "", "", 3, "is rounded there"),
            new Rule("pg_settings_transaction_read_only", "", "", ANY, "is of the transaction that asks"),
            new Rule("pg_replication_(lag|last_replay)_seconds", "", "", 5, "grows until the next commit is replayed"),
            new Rule(".*_pg_wal_lsn_diff", "", "", 65536, "goes up and down while the standby keeps up"),
            new Rule("pg_settings_extra_float_digits", "", "", ANY, "is set by each driver"),
            new Rule(
                    "pg_stat_statements_.*",
                    "user",
                    "(?!app$).*",
                    ANY,
                    "shows a hundred, and those that took least change places"),
            new Rule("pg_locks_count", "mode", "accesssharelock", ANY, "sees the locks of the other one's queries"),
            new Rule("pg_locks_count", "datname", MAIN, ANY, "sees the locks of the other one's queries"),
            new Rule("pg_stat_database_numbackends", "datname", "(?!app$).*", ANY, "sees the other one's sessions"),
            new Rule(
                    "pg_long_running_transactions(_oldest_timestamp_seconds)?",
                    "",
                    "",
                    2,
                    "sees the other one's transactions"),
            new Rule("pg_buffercache_summary_.*", "", "", ANY, "changes with what each of them reads"));

    /** What the agent shows and the exporter does not, although it has the name. */
    private static final List<Rule> MORE = List.of(
            new Rule(
                    "pg_stat(io)?_user_tables_.*",
                    "datname",
                    "(?!postgres$).*",
                    0,
                    "the exporter sees the tables of the database that it is connected to"),
            new Rule("pg_stat_database_.*", "datname", "", 0, "the exporter leaves out what all databases share"),
            new Rule("pg_process_idle_seconds_.*", "", "", 0, "the exporter reads the first row alone"),
            new Rule("pg_scrape_collector_.*", "", "", 0, "the agent has collectors of its own"),
            new Rule("pg_stat_statements_.*", "", "", 0, "the exporter leaves out the tenth that took least"));

    /** Names that only the exporter has. */
    Set<String> missing() {
        Set<String> missing = new TreeSet<>(exporter.names());
        missing.removeAll(before.names());
        missing.removeAll(after.names());
        // Where there is no value, today's has no series either.
        missing.removeIf(
                name -> minor < TODAY && exporter.series(name).values().stream().allMatch(value -> value.isNaN()));
        return missing;
    }

    /** Of the names that both have, each difference in a line. */
    List<String> differences() {
        List<String> differences = new ArrayList<>();
        Set<String> both = new TreeSet<>(exporter.names());
        both.removeIf(name -> !before.names().contains(name) && !after.names().contains(name));
        both.forEach(name -> compare(name, differences));
        return differences;
    }

    private void compare(String name, List<String> differences) {
        Map<Map<String, String>, Double> early = before.series(name);
        Map<Map<String, String>, Double> late = after.series(name);
        if (OLDER.stream().anyMatch(older -> minor < older.until() && name.matches(older.names()))) {
            return;
        }
        Set<Set<String>> labels = labelNames(early, late);
        Map<Map<String, String>, Double> theirs = theirs(name, labels);
        if (!labels.equals(labelNames(theirs))) {
            differences.add("%s has the labels %s, and %s there".formatted(name, labels, labelNames(theirs)));
            return;
        }
        theirs.forEach((series, value) -> {
            double tolerance = tolerance(name, series);
            if (Double.isInfinite(tolerance)) {
                return;
            }
            Double low = early.get(series);
            Double high = late.get(series);
            if (low == null && high == null) {
                if (minor < TODAY && value.isNaN()) {
                    return; // Where there is no value, today's has no series either.
                }
                differences.add("%s%s is %s there, and not here".formatted(name, series, value));
            } else if (low != null && high != null && !between(low, value, high, tolerance)) {
                differences.add(
                        "%s%s is %s there, and here %s before and %s after".formatted(name, series, value, low, high));
            }
        });
        early.keySet().stream()
                .filter(series -> late.containsKey(series) && !theirs.containsKey(series))
                .filter(series -> !Double.isInfinite(tolerance(name, series)))
                .filter(series -> MORE.stream().noneMatch(more -> more.concerns(name, series)))
                .forEach(series -> differences.add("%s%s is only here".formatted(name, series)));
    }

    /** Exporters before 0.20 name the server in each series of some metrics. */
    private Map<Map<String, String>, Double> theirs(String name, Set<Set<String>> labels) {
        if (minor >= TODAY || labels.stream().anyMatch(names -> names.contains("server"))) {
            return exporter.series(name);
        }
        Map<Map<String, String>, Double> series = new LinkedHashMap<>();
        exporter.series(name).forEach((all, value) -> {
            Map<String, String> without = new TreeMap<>(all);
            without.remove("server");
            series.put(without, value);
        });
        return series;
    }

    private static boolean between(double before, double value, double after, double tolerance) {
        if (Double.isNaN(value)) {
            return Double.isNaN(before) && Double.isNaN(after);
        }
        // A double has 15 digits that count, and not every writer writes more.
        double margin = tolerance + Math.abs(value) * 1e-12;
        return value >= Math.min(before, after) - margin && value <= Math.max(before, after) + margin;
    }

    private static double tolerance(String name, Map<String, String> series) {
        Optional<Rule> rule =
                UNSTABLE.stream().filter(one -> one.concerns(name, series)).findFirst();
        return rule.map(Rule::tolerance).orElse(0.0);
    }

    @SafeVarargs
    private static Set<Set<String>> labelNames(Map<Map<String, String>, Double>... series) {
        Set<Set<String>> names = new HashSet<>();
        for (Map<Map<String, String>, Double> some : series) {
            some.keySet().forEach(labels -> names.add(new TreeSet<>(labels.keySet())));
        }
        return names;
    }
}
