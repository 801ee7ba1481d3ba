package io.pgsidecar.k8s.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The alerts: the same for the operator and for a plain Prometheus, of metrics that exist, each with its place in the docs. */
class AlertsTest {

    private static final Path MONITORING = Rendered.MANIFESTS.resolve("components/monitoring");
    private static final Path RULES = MONITORING.resolve("rules.yaml");
    private static final List<Path> UNIT_TESTS = Stream.of("alerts.yaml", "alerts-over-days.yaml")
            .map(name -> Path.of("src/test/rules", name).toAbsolutePath())
            .toList();
    private static final Path DOCS = Path.of("../docs/alerts.md").toAbsolutePath();

    /** One alert, as it is written. */
    record Alert(JsonNode json) {

        String name() {
            return json.path("alert").asText();
        }

        String expression() {
            return json.path("expr").asText();
        }

        String annotation(String name) {
            return json.path("annotations").path(name).asText();
        }

        @Override
        public String toString() {
            return name();
        }
    }

    static Stream<Alert> alerts() throws IOException {
        return Manifest.parse(Files.readString(RULES))
                .getFirst()
                .json()
                .path("groups")
                .valueStream()
                .flatMap(group -> group.path("rules").valueStream())
                .map(Alert::new)
                .toList()
                .stream();
    }

    @Test
    void theOperatorsFileHasTheTextOfThePlainOne() throws IOException {
        String plain = Files.readString(RULES);
        String indented = plain.substring(plain.indexOf("\ngroups:") + 1)
                .lines()
                .map(line -> line.isEmpty() ? line : "  " + line)
                .collect(Collectors.joining("\n", "", "\n"));
        String operators = Files.readString(MONITORING.resolve("prometheusrule.yaml"));
        assertThat(operators.substring(operators.indexOf("\nspec:\n") + "\nspec:\n".length()))
                .isEqualTo(indented);
    }

    @Test
    void promtoolTakesTheRules() {
        Rendered.promtool("check", "rules", RULES.toString());
    }

    @Test
    void eachAlertFiresWhenItShouldAndOnlyThen() {
        for (Path tests : UNIT_TESTS) {
            Rendered.promtool("test", "rules", tests.toString());
        }
    }

    @Test
    void noNameIsThereTwice() throws IOException {
        assertThat(alerts().map(Alert::name)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("alerts")
    void itAsksForMetricsThatAreExposed(Alert alert) throws IOException {
        assertThat(PromQl.metrics(alert.expression())).isNotEmpty().isSubsetOf(ExposedMetrics.names());
    }

    @ParameterizedTest
    @MethodSource("alerts")
    void itSaysWhatIsWrongAndHowBadItIs(Alert alert) {
        assertThat(alert.json().path("labels").path("severity").asText()).isIn("critical", "warning", "info");
        assertThat(alert.annotation("summary")).endsWith(".");
        assertThat(alert.annotation("description")).endsWith(".");
        assertThat(alert.annotation("summary"))
                .as("whom it is about")
                .matches(text -> text.contains("$labels.") || alert.name().equals("PgsidecarAbsent"));
    }

    /** And each unit test has its name, so that none is forgotten. */
    @ParameterizedTest
    @MethodSource("alerts")
    void itIsTested(Alert alert) throws IOException {
        String name = "alertname: " + alert.name() + "\n";
        assertThat(Files.readString(UNIT_TESTS.getFirst()) + Files.readString(UNIT_TESTS.getLast()))
                .contains(name);
    }

    @ParameterizedTest
    @MethodSource("alerts")
    void itsRunbookIsThere(Alert alert) throws IOException {
        assertThat(alert.annotation("runbook_url"))
                .isEqualTo("docs/alerts.md#" + alert.name().toLowerCase(Locale.ROOT));
        String section = sections().get(alert.name());
        assertThat(section).as("docs/alerts.md has a section").isNotNull();
        assertThat(section).contains("**It means**", "**Look**", "**Do**");
    }

    @Test
    void theDocsHaveNoAlertThatIsNone() throws IOException {
        assertThat(sections().keySet())
                .containsExactlyInAnyOrderElementsOf(alerts().map(Alert::name).toList());
    }

    @Test
    void theDocsNameMetricsThatAreExposed() throws IOException {
        Set<String> named = Pattern.compile("`((pg|pgsidecar)_[a-z0-9_]+)(\\{[^`]*})?`")
                .matcher(Files.readString(DOCS))
                .results()
                .map(found -> found.group(1))
                .filter(name -> !SYSTEM_NAMES.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named).isSubsetOf(ExposedMetrics.names());
    }

    /** The page of all metrics is held to the code by a test of the agent's. */
    @Test
    void theListIsOfMetricsThatThePageHas() throws IOException {
        Path page = Path.of("../docs/metrics.md").toAbsolutePath();
        assumeTrue(Files.exists(page), "there is no docs/metrics.md yet");
        String text = Files.readString(page);
        assertThat(ExposedMetrics.names())
                .filteredOn(name -> name.matches("(pgsidecar|process)_.*"))
                .allSatisfy(name -> assertThat(text).contains("`" + name.replaceFirst("_bucket$", "") + "`"));
    }

    /** Views and settings of PostgreSQL that look like metrics. */
    private static final Set<String> SYSTEM_NAMES = Set.of(
            "pg_stat_activity",
            "pg_wal",
            "pg_control",
            "pg_monitor",
            "pg_replication_slots",
            "pg_prepared_xacts",
            "pg_stat_archiver");

    @Test
    void commentsLabelsAndFunctionsAreNoMetrics() {
        Map<String, List<String>> expected = Map.of(
                "sum by (job, pod) (rate(a_total{b=\"c_d\",e=~\"f|g\"}[5m])) > on (job) group_left () 2 * h",
                        List.of("a_total", "h"),
                "# x\nabsent(up{job=\"postgres\"}) or i offset 15m", List.of("i", "up"),
                "max by (job)\n  (predict_linear(k[6h], 24 * 3600) < 0 and l > 300e6) unless time() - m > 2^31",
                        List.of("k", "l", "m"));
        expected.forEach((expression, metrics) ->
                assertThat(PromQl.metrics(expression)).as(expression).containsExactlyElementsOf(metrics));
    }

    private static Map<String, String> sections() throws IOException {
        List<MatchResult> headings = Pattern.compile("^### (.+)$", Pattern.MULTILINE)
                .matcher(Files.readString(DOCS))
                .results()
                .toList();
        String text = Files.readString(DOCS);
        Map<String, String> sections = new TreeMap<>();
        for (int i = 0; i < headings.size(); i++) {
            int end = i + 1 < headings.size() ? headings.get(i + 1).start() : text.length();
            sections.put(
                    headings.get(i).group(1), text.substring(headings.get(i).end(), end));
        }
        return sections;
    }
}
