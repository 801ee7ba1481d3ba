package io.pgsidecar.k8s.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Grafana's dashboard: what it asks for is exposed, its queries are some, and its panels have room. */
class DashboardTest {

    private static final Path FILE = Rendered.MANIFESTS.resolve("components/monitoring/pgsidecar.json");
    private static final int COLUMNS = 24;

    @TempDir
    Path folder;

    @Test
    void itAsksForMetricsThatAreExposed() throws IOException {
        Set<String> exposed = ExposedMetrics.names();
        for (String expression : expressions()) {
            assertThat(PromQl.metrics(expression)).as(expression).isNotEmpty().isSubsetOf(exposed);
        }
    }

    @Test
    void promtoolTakesEachQuery() throws IOException {
        StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
        for (String expression : expressions()) {
            String asked = expression.replace("$__rate_interval", "1m").replaceAll("\\$(namespace|job|instance)", "x");
            assertThat(asked).as("it has only variables that the dashboard has").doesNotContain("$");
            rules.append("      - record: dashboard:query\n        labels: {query: '%d'}\n        expr: '%s'\n"
                    .formatted(rules.length(), asked.replace("'", "''")));
        }
        Rendered.promtool(
                "check",
                "rules",
                Files.writeString(folder.resolve("queries.yaml"), rules).toString());
    }

    /** So that a choice above holds for each panel. */
    @Test
    void eachMetricIsSelectedByTheClusterThatIsChosen() throws IOException {
        for (String expression : expressions()) {
            for (String metric : PromQl.metrics(expression)) {
                assertThat(expression).contains(metric + "{namespace=~\"$namespace\",job=~\"$job\"");
            }
        }
    }

    @Test
    void panelsHaveRoomAndNamesOfTheirOwn() throws IOException {
        Set<Integer> ids = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : dashboard().path("panels")) {
            String title = panel.path("title").asText();
            assertThat(title).isNotBlank();
            assertThat(ids.add(panel.path("id").asInt())).as(title).isTrue();
            JsonNode place = panel.path("gridPos");
            int x = place.path("x").asInt();
            int y = place.path("y").asInt();
            assertThat(x + place.path("w").asInt()).as(title).isLessThanOrEqualTo(COLUMNS);
            for (int column = x; column < x + place.path("w").asInt(); column++) {
                for (int line = y; line < y + place.path("h").asInt(); line++) {
                    assertThat(cells.add(column + " " + line))
                            .as(title + " lies on another")
                            .isTrue();
                }
            }
        }
    }

    @Test
    void itShowsTheFleetAndEachPartOfAnInstance() throws IOException {
        assertThat(dashboard()
                        .path("panels")
                        .valueStream()
                        .filter(panel -> panel.path("type").asText().equals("row"))
                        .map(row -> row.path("title").asText()))
                .containsExactly(
                        "Fleet",
                        "Instance: role and probes",
                        "Instance: replication",
                        "Instance: archive",
                        "Cluster: recovery window and backups",
                        "Instance: volumes",
                        "Instance: activity",
                        "Instance: the agent");
    }

    private static List<String> expressions() throws IOException {
        JsonNode dashboard = dashboard();
        return Stream.concat(
                        dashboard
                                .path("panels")
                                .valueStream()
                                .flatMap(panel -> panel.path("targets").valueStream()),
                        dashboard.path("annotations").path("list").valueStream())
                .map(target -> target.path("expr").asText())
                .toList();
    }

    private static JsonNode dashboard() throws IOException {
        return new ObjectMapper().readTree(FILE.toFile());
    }
}
