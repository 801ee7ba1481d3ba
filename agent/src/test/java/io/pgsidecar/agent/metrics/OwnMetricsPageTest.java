package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.DocsPage;
import io.pgsidecar.probes.metrics.Family;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What docs/metrics.md tells of the agent's own metrics is what there is. */
class OwnMetricsPageTest {

    @Test
    void thePageHasEachOfThem() {
        List<String> rows = DocsPage.METRICS
                .text()
                .lines()
                .filter(line -> line.matches("\\| `(pgsidecar|process)_[a-z_]+` \\| (gauge|counter|histogram) \\|.*"))
                .sorted()
                .toList();
        assertThat(rows).containsExactlyElementsOf(rows());
    }

    @Test
    void eachIsNamedAsPrometheusWants() {
        for (Family family : OwnFamilies.all()) {
            assertThat(family.name()).matches("(pgsidecar|process)_[a-z_]+[a-z]");
            assertThat(family.name().endsWith("_total"))
                    .as(family.name())
                    .isEqualTo(family.type() == Family.Type.COUNTER);
            assertThat(family.help()).as(family.name()).endsWith(".").doesNotContain("\n");
        }
    }

    @Test
    void allOfThemFitOnOnePage() {
        Page page = Page.of(
                OwnFamilies.histograms().stream().map(Durations::snapshot).toList(), OwnFamilies.all(), Set.of());
        assertThat(page.leftOut()).isEmpty();
    }

    private static List<String> rows() {
        Map<String, String> rows = new TreeMap<>();
        OwnFamilies.all().stream()
                .collect(Collectors.groupingBy(Family::name))
                .forEach((name, families) -> rows.put(name, row(name, families)));
        for (Durations durations : OwnFamilies.histograms()) {
            HistogramSnapshot snapshot = durations.snapshot();
            String name = snapshot.getMetadata().getName();
            rows.put(
                    name,
                    "| `%s` | histogram | | %s |"
                            .formatted(name, snapshot.getMetadata().getHelp()));
        }
        return rows.values().stream().sorted().toList();
    }

    private static String row(String name, Collection<Family> families) {
        Family first = families.iterator().next();
        String labels = families.stream()
                .flatMap(family -> family.samples().stream())
                .flatMap(sample -> sample.labels().keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .map(label -> "`" + label + "`")
                .collect(Collectors.joining(", "));
        return "| `%s` | %s |%s | %s |"
                .formatted(
                        name,
                        first.type().name().toLowerCase(Locale.ROOT),
                        labels.isEmpty() ? "" : " " + labels,
                        first.help());
    }
}
