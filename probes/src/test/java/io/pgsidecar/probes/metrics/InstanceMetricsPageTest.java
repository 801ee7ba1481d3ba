package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.postgres.PostgresBinaries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/metrics.md tells of the instance's metrics is what the collectors can show. */
class InstanceMetricsPageTest {

    /** The name, the labels' and so on of one line, and the versions that have it. */
    private record Row(ListedCollector.Metric metric, Set<Integer> versions, String collector) {

        String text() {
            String labels =
                    metric.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", "));
            return line(
                    "`" + metric.name() + "`",
                    metric.type().name().toLowerCase(Locale.ROOT),
                    labels,
                    range(versions),
                    collector.isEmpty() ? "" : "`" + collector + "`",
                    metric.help());
        }
    }

    @Test
    void thePageHasEachMetric() throws IOException {
        List<String> rows = new ArrayList<>();
        rows().forEach(row -> rows.add(row.text()));
        rows.add(
                "| `pg_settings_*` | gauge | | | `settings` | Each parameter of pg_settings that is a number or a switch"
                        + " (1 or 0); in bytes or seconds where it has a unit, with `_bytes` or `_seconds` at the end. |");
        assertThat(lines("\\| `pg_.*\\|.*\\|.*\\|.*\\|.*\\|"))
                .containsExactlyElementsOf(rows.stream().sorted().toList());
    }

    @Test
    void thePageHasEachCollector() throws IOException {
        List<String> rows = new ArrayList<>();
        for (Collector collector : collectors()) {
            rows.add(line(
                    "`" + collector.name() + "`",
                    collector.tier().label(),
                    DefaultCollectors.usual().contains(collector.name()) ? "on" : "off",
                    range(PostgresBinaries.SUPPORTED.stream()
                            .filter(major -> !(collector instanceof ListedCollector listed)
                                    || !listed.metrics(major * 10_000).isEmpty())
                            .collect(Collectors.toCollection(TreeSet::new)))));
        }
        assertThat(lines("\\| `[a-z_]+` \\| (fast|slow) \\|.*"))
                .containsExactlyElementsOf(rows.stream().sorted().toList());
    }

    @Test
    void eachNameBelongsToOneCollectorAndHasOneSetOfLabels() {
        Map<String, Row> seen = new LinkedHashMap<>();
        rows().forEach(row -> assertThat(seen.put(row.metric().name(), row))
                .as(row.metric().name())
                .isNull());
    }

    private static Stream<Row> rows() {
        List<Row> rows = new ArrayList<>();
        Stream.concat(
                        CollectionFamilies.exporter(true, 0, 0, true).stream(),
                        CollectionFamilies.collectors(Map.of("c", CollectorResult.NONE)).stream())
                .forEach(family -> rows.add(new Row(
                        new ListedCollector.Metric(
                                family.name(),
                                family.type(),
                                List.copyOf(family.samples().getFirst().labels().keySet()),
                                family.help()),
                        new TreeSet<>(PostgresBinaries.SUPPORTED),
                        "")));
        for (Collector collector : collectors()) {
            if (collector instanceof ListedCollector listed) {
                Map<ListedCollector.Metric, Set<Integer>> versions = new LinkedHashMap<>();
                PostgresBinaries.SUPPORTED.forEach(major -> listed.metrics(major * 10_000)
                        .forEach(metric -> versions.computeIfAbsent(metric, m -> new TreeSet<>())
                                .add(major)));
                versions.forEach((metric, majors) -> rows.add(new Row(metric, majors, listed.name())));
            } else {
                assertThat(collector).isInstanceOf(SettingsCollector.class);
            }
        }
        return rows.stream();
    }

    private static List<Collector> collectors() {
        return DefaultCollectors.all(Globs.ALL, Globs.ALL, 1, "127.0.0.1:5432");
    }

    private static String line(String... cells) {
        return Stream.of(cells)
                .map(cell -> cell.isEmpty() ? " |" : " " + cell + " |")
                .collect(Collectors.joining("", "|", ""));
    }

    /** Empty for all versions that the agent supports. */
    private static String range(Set<Integer> majors) {
        if (majors.size() == PostgresBinaries.SUPPORTED.size()) {
            return "";
        }
        int first = majors.iterator().next();
        int last = first + majors.size() - 1;
        assertThat(majors).contains(last);
        return PostgresBinaries.SUPPORTED.getLast() == last ? first + " and newer" : "before " + (last + 1);
    }

    private static List<String> lines(String pattern) throws IOException {
        return Files.readString(Path.of("../docs/metrics.md"))
                .lines()
                .filter(line -> line.matches(pattern))
                .sorted()
                .toList();
    }
}
