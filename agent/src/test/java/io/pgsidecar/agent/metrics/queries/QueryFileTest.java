package io.pgsidecar.agent.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.metrics.queries.ColumnSpec;
import io.pgsidecar.probes.metrics.queries.DatabasePattern;
import io.pgsidecar.probes.metrics.queries.QuerySpec;
import io.pgsidecar.probes.metrics.queries.Usage;
import io.pgsidecar.probes.metrics.queries.VersionRange;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class QueryFileTest {

    static final String USERS_FILE = """
            pg_replication_lag:
              query: "SELECT EXTRACT(EPOCH FROM (now() - pg_last_xact_replay_timestamp())) as lag"
              metrics:
                - lag:
                    usage: "GAUGE"
                    description: "Replication lag behind primary in seconds"

            pg_database_size:
              query: "SELECT pg_database_size(current_database()) as size_bytes"
              metrics:
                - size_bytes:
                    usage: "GAUGE"
                    description: "Database size in bytes"
            """;

    @Test
    void aUsersFileIsTakenAsItIs() {
        QueryFile.Content content = QueryFile.parse("q.yaml", "", USERS_FILE);
        assertThat(content.problems()).isEmpty();
        assertThat(content.specs())
                .containsExactly(
                        new QuerySpec(
                                "pg_replication_lag",
                                "pg_replication_lag",
                                "SELECT EXTRACT(EPOCH FROM (now() - pg_last_xact_replay_timestamp())) as lag",
                                Optional.empty(),
                                List.of(gauge("lag", "Replication lag behind primary in seconds")),
                                false,
                                VersionRange.ALL,
                                Duration.ZERO,
                                List.of()),
                        new QuerySpec(
                                "pg_database_size",
                                "pg_database_size",
                                "SELECT pg_database_size(current_database()) as size_bytes",
                                Optional.empty(),
                                List.of(gauge("size_bytes", "Database size in bytes")),
                                false,
                                VersionRange.ALL,
                                Duration.ZERO,
                                List.of()));
    }

    @Test
    void everyKeyIsUnderstood() {
        QueryFile.Content content = QueryFile.parse("q.yaml", "cnpg_", """
                everything:
                  name: all_of_it
                  query: |
                    SELECT * FROM t;
                  predicate_query: SELECT true
                  primary: true
                  runonserver: ">=14.0.0 <19.0.0"
                  cache_seconds: 30
                  target_databases:
                    - app
                    - "shop_*"
                  metrics:
                    - l: {usage: LABEL, name: label, description: a label}
                    - d:
                        usage: DISCARD
                    - c: {usage: COUNTER, pg_version: ">=15.0.0"}
                      g: {usage: gauge}
                    - h: {usage: HISTOGRAM}
                    - m: {usage: MAPPEDMETRIC, metric_mapping: {up: 1, down: 0.5, lost: -.inf}}
                    - n: {usage: MAPPEDMETRIC, metrics_mapping: {1: 2}}
                    - t: {usage: DURATION}
                """);
        assertThat(content.problems()).isEmpty();
        QuerySpec spec = content.specs().getFirst();
        assertThat(spec)
                .isEqualTo(new QuerySpec(
                        "everything",
                        "cnpg_all_of_it",
                        "SELECT * FROM t",
                        Optional.of("SELECT true"),
                        List.of(
                                new ColumnSpec("l", "label", Usage.LABEL, "a label", Map.of(), VersionRange.ALL),
                                column("d", Usage.DISCARD, Map.of()),
                                new ColumnSpec("c", "c", Usage.COUNTER, "", Map.of(), VersionRange.of(">=15.0.0")),
                                column("g", Usage.GAUGE, Map.of()),
                                column("h", Usage.HISTOGRAM, Map.of()),
                                column(
                                        "m",
                                        Usage.MAPPEDMETRIC,
                                        Map.of("up", 1.0, "down", 0.5, "lost", Double.NEGATIVE_INFINITY)),
                                column("n", Usage.MAPPEDMETRIC, Map.of("1", 2.0)),
                                column("t", Usage.DURATION, Map.of())),
                        true,
                        VersionRange.of(">=14.0.0 <19.0.0"),
                        Duration.ofSeconds(30),
                        List.of(DatabasePattern.of("app"), DatabasePattern.of("shop_*"))));
    }

    @Test
    void masterIsPrimary() {
        assertThat(specs("q: {query: SELECT 1, master: true}").getFirst().primaryOnly())
                .isTrue();
        assertThat(specs("q: {query: SELECT 1, master: false, primary: yes}")
                        .getFirst()
                        .primaryOnly())
                .isTrue();
        assertThat(specs("q: {query: SELECT 1, master: false}").getFirst().primaryOnly())
                .isFalse();
    }

    @Test
    void anchorsAndMergeKeysAreReadAsByTheOriginals() {
        List<QuerySpec> specs = specs("""
                a: &a
                  query: SELECT 1 AS n
                  cache_seconds: 5
                  metrics: &m
                    - n: &n {usage: GAUGE}
                    - o: *n
                b:
                  <<: *a
                  cache_seconds: 10
                c:
                  query: SELECT 2 AS n
                  metrics: *m
                """);
        assertThat(specs)
                .extracting(QuerySpec::query)
                .containsExactly("SELECT 1 AS n", "SELECT 1 AS n", "SELECT 2 AS n");
        assertThat(specs)
                .extracting(QuerySpec::cache)
                .extracting(Duration::toSeconds)
                .containsExactly(5L, 10L, 0L);
        assertThat(specs).extracting(spec -> spec.columns().size()).containsExactly(2, 2, 2);
    }

    @Test
    void theConfigMapItselfIsTakenToo() {
        QueryFile.Content content = QueryFile.parse("map.yaml", "", """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: example-monitoring
                data:
                  custom-queries: |
                    a:
                      query: SELECT 1 AS n
                  more: |
                    b:
                      query: SELECT 1 AS n
                      metrics:
                        - n: {usage: GAUGES}
                """);
        assertThat(content.specs()).extracting(QuerySpec::name).containsExactly("a");
        assertThat(content.problems()).extracting(QueryProblem::line).containsExactly(13);
    }

    @Test
    void aQueryMayBeAText() {
        QueryFile.Content content = QueryFile.parse("q.yaml", "", """
                some_query: |
                  query: |
                    SELECT current_database() AS datname, 1 AS rows
                  metrics:
                    - datname:
                        usage: "LABEL"
                    - rows:
                        usage: "GAUGE"
                  target_databases:
                    - albert
                other: |
                  query: SELECT 1
                  cache_seconds: soon
                """);
        assertThat(content.specs()).extracting(QuerySpec::name).containsExactly("some_query");
        assertThat(content.problems()).extracting(QueryProblem::line).containsExactly(13);
    }

    @Test
    void anEmptyFileHasNoQueries() {
        for (String text : List.of("", "# nothing\n", "---\n", "{}")) {
            QueryFile.Content content = QueryFile.parse("q.yaml", "", text);
            assertThat(content.readable()).isTrue();
            assertThat(content.specs()).isEmpty();
            assertThat(content.problems()).isEmpty();
        }
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("q:\n  metrics: []", "q.yaml:1: q.query: missing; give the statement that is to be run"),
                Arguments.of("q:\n  query:", "q.yaml:2: q.query: must not be empty"),
                Arguments.of("q:", "q.yaml:1: q: must have query and what else a query needs below it, not be empty"),
                Arguments.of(
                        "q: SELECT 1",
                        "q.yaml:1: q: must have query and what else a query needs below it, not be a single value"),
                Arguments.of("q:\n  query: [SELECT]", "q.yaml:2: q.query: must be a single value, not a list"),
                Arguments.of(
                        "q:\n  query: SELECT 1; COMMIT",
                        "q.yaml:2: q.query: must be one statement, not 2: only one runs in its read-only transaction"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  predicate_query: ;",
                        "q.yaml:3: q.predicate_query: must be a statement"),
                Arguments.of("- q", "q.yaml:1: must be names of queries with what each is below it, not a list"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  metrics:\n    n: {usage: GAUGE}",
                        "q.yaml:3: q.metrics: must be a list with an entry \"- COLUMN:\" for each column, not keys with values"),
                Arguments.of(
                        metrics("    - n"),
                        "q.yaml:4: q.metrics: must be a column's name with what it is below it, not a single value"),
                // The usual slip: what belongs to the column stands beside it.
                Arguments.of(
                        metrics("    - n:\n      usage: GAUGE"),
                        "q.yaml:4: q.metrics.n: must have usage below it, further to the right, not be empty"),
                Arguments.of(
                        metrics("    - n:\n        usage: GUAGE"),
                        "q.yaml:5: q.metrics.n.usage: \"GUAGE\" must be one of DISCARD, LABEL, COUNTER, GAUGE, HISTOGRAM,"
                                + " MAPPEDMETRIC, DURATION; did you mean GAUGE?"),
                Arguments.of(
                        metrics("    - n:\n        usage: summary_of_all"),
                        "q.yaml:5: q.metrics.n.usage: \"summary_of_all\" must be one of DISCARD, LABEL, COUNTER, GAUGE,"
                                + " HISTOGRAM, MAPPEDMETRIC, DURATION"),
                Arguments.of(
                        metrics("    - n:\n        description: x"),
                        "q.yaml:4: q.metrics.n.usage: missing; give one of DISCARD, LABEL, COUNTER, GAUGE, HISTOGRAM,"
                                + " MAPPEDMETRIC, DURATION"),
                Arguments.of(
                        metrics("    - n: {usage: GAUGE}\n    - n: {usage: LABEL}"),
                        "q.yaml:5: q.metrics.n: given twice; leave one of the two out"),
                Arguments.of(
                        metrics("    - n: {usage: MAPPEDMETRIC}"),
                        "q.yaml:4: q.metrics.n.metric_mapping: a MAPPEDMETRIC needs the number of each text,"
                                + " like {up: 1, down: 0}"),
                Arguments.of(
                        metrics("    - n:\n        usage: MAPPEDMETRIC\n        metric_mapping:\n          up: one"),
                        "q.yaml:7: q.metrics.n.metric_mapping.up: \"one\" must be a number"),
                Arguments.of(
                        metrics("    - a-b: {usage: LABEL}"),
                        "q.yaml:4: q.metrics.a-b: \"a-b\" cannot be a label's name:"
                                + " give it a name of letters, digits and underscores"),
                Arguments.of(
                        metrics("    - ?column?: {usage: GAUGE}"),
                        "q.yaml:4: q.metrics.?column?: \"q_?column?\" cannot be a series' name:"
                                + " give the column a name of letters, digits and underscores"),
                Arguments.of(
                        metrics("    - le: {usage: LABEL}\n    - h: {usage: HISTOGRAM}"),
                        "q.yaml:4: q.metrics: beside a HISTOGRAM, a LABEL must not be called le: its buckets are;"
                                + " give it a name"),
                Arguments.of(
                        metrics("    - n: {usage: GAUGE, pg_version: new}"),
                        "q.yaml:4: q.metrics.n.pg_version: \"new\" must be a range of versions like"
                                + " \">=14.0.0 <17.0.0 || >=18.0.0\""),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  runonserver: \">=14 and <16\"",
                        "q.yaml:3: q.runonserver: \">=14 and <16\" must be a range of versions like"
                                + " \">=14.0.0 <17.0.0 || >=18.0.0\""),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  cache_seconds: 1m",
                        "q.yaml:3: q.cache_seconds: \"1m\" must be a whole number of seconds"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  cache_seconds: -1",
                        "q.yaml:3: q.cache_seconds: \"-1\" must be a whole number of seconds"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  primary: sometimes",
                        "q.yaml:3: q.primary: \"sometimes\" must be true or false"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  target_databases: app",
                        "q.yaml:3: q.target_databases: must be a list of databases, like [\"app\", \"shop_*\"],"
                                + " not a single value"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  target_databases:\n    - \"[a\"",
                        "q.yaml:4: q.target_databases: each must be the name of a database or a pattern like"
                                + " \"app_*\": not closed: \"[a\""),
                Arguments.of(
                        "9q:\n  query: SELECT 1",
                        "q.yaml:1: 9q: the series' names begin with \"9q\": it must be letters, digits and underscores,"
                                + " and not begin with a digit"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  name: a b",
                        "q.yaml:3: q: the series' names begin with \"a b\": it must be letters, digits and underscores,"
                                + " and not begin with a digit"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n  query: SELECT 2",
                        "q.yaml:3: q.query: given twice, first in line 2; leave one of the two out"),
                Arguments.of(
                        "q: *nowhere",
                        "q.yaml:1: q: must have query and what else a query needs below it,"
                                + " not be *nowhere, since no &nowhere is above it"),
                Arguments.of(
                        "q:\n  query: SELECT 1\n---\nr: x",
                        "q.yaml:4: must be one YAML document; this begins another"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatIsWrongIsToldWithItsLineItsKeyAndWhatWouldBeRight(String text, String problem) {
        QueryFile.Content content = QueryFile.parse("q.yaml", "", text + "\n");
        assertThat(content.problems()).extracting(QueryProblem::toString).containsExactly(problem);
        assertThat(content.faulty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        // Whoever wants all databases writes it so, without the quotes that it needs.
        "'q:\n  query: SELECT 1\n  target_databases:\n    - *', 4, while scanning an alias",
        "'q: [', 2, while parsing a flow",
        "'q:\n\tquery: x', 2, while scanning for the next token",
    })
    void whatIsNoYamlIsToldWithItsLine(String text, int line, String problem) {
        QueryFile.Content content = QueryFile.parse("q.yaml", "", text + "\n");
        assertThat(content.readable()).isFalse();
        assertThat(content.problems())
                .singleElement()
                .asString()
                .startsWith("q.yaml:%d: not valid YAML: %s".formatted(line, problem));
    }

    @Test
    void aWrongQueryIsLeftOutAndNoOther() {
        QueryFile.Content content = QueryFile.parse("q.yaml", "", """
                a:
                  query: SELECT 1
                b:
                  query: SELECT 1
                  cache_seconds: x
                  primary: x
                c:
                  query: SELECT 1
                a:
                  query: SELECT 2
                """);
        assertThat(content.specs()).extracting(QuerySpec::name).containsExactly("a", "c");
        assertThat(content.specs().getFirst().query()).isEqualTo("SELECT 1");
        assertThat(content.problems()).extracting(QueryProblem::line).containsExactlyInAnyOrder(9, 6, 5);
    }

    @Test
    void aKeyThatNobodyKnowsDoesNoHarm() {
        QueryFile.Content content = QueryFile.parse("q.yaml", "", """
                a:
                  query: SELECT 1
                  cache_second: 1
                  tags: [x]
                  metrics:
                    - n: {usage: GAUGE, descripton: x}
                """);
        assertThat(content.specs()).hasSize(1);
        assertThat(content.faulty()).isFalse();
        assertThat(content.problems())
                .extracting(QueryProblem::toString)
                .containsExactly(
                        "q.yaml:3: a.cache_second: not known, and not looked at; did you mean cache_seconds?",
                        "q.yaml:4: a.tags: not known, and not looked at; there are query, metrics, master, primary,"
                                + " cache_seconds, runonserver, target_databases, predicate_query, name",
                        "q.yaml:6: a.metrics.n.descripton: not known, and not looked at; did you mean description?");
    }

    private static String metrics(String columns) {
        return "q:\n  query: SELECT 1\n  metrics:\n" + columns;
    }

    private static List<QuerySpec> specs(String text) {
        QueryFile.Content content = QueryFile.parse("q.yaml", "", text);
        assertThat(content.problems()).isEmpty();
        return content.specs();
    }

    private static ColumnSpec gauge(String name, String description) {
        return new ColumnSpec(name, name, Usage.GAUGE, description, Map.of(), VersionRange.ALL);
    }

    private static ColumnSpec column(String name, Usage usage, Map<String, Double> mapping) {
        return new ColumnSpec(name, name, usage, "", mapping, VersionRange.ALL);
    }
}
