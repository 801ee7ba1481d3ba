package io.pgsidecar.agent.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgsidecar.agent.DocsPage;
import io.pgsidecar.agent.check.CustomQueriesCheck;
import io.pgsidecar.agent.check.Finding;
import io.pgsidecar.probes.InstanceAddress;
import io.pgsidecar.probes.metrics.Collector;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import io.pgsidecar.probes.metrics.queries.CustomQueries;
import io.pgsidecar.probes.metrics.queries.FreshSessions;
import io.pgsidecar.probes.metrics.queries.QueryLimits;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of custom queries, from their text to their series and to what {@code pgsidecar check} says of them. */
class CustomQueriesIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void aFileBecomesSeriesAndAChangedOneOthers(int major) throws Exception {
        try (PostgresServer server = server(major)) {
            Path file = Files.writeString(home.resolve("queries.yaml"), QueryFileTest.USERS_FILE);
            QueryFiles files = new QueryFiles(List.of(QuerySource.of(file.toString())));
            ReloadedQueries queries = new ReloadedQueries(new ConfiguredQueries(files, custom(server)));
            List<Family> families = collect(server, queries);
            // On a primary there is no last transaction that was replayed.
            assertThat(families)
                    .extracting(Family::name, f -> f.samples().getFirst().labels(), Family::type)
                    .contains(
                            tuple("pg_replication_lag_lag", Map.of(), Family.Type.GAUGE),
                            tuple("pg_database_size_size_bytes", Map.of(), Family.Type.GAUGE));
            assertThat(value(families, "pg_replication_lag_lag")).isNaN();
            assertThat(value(families, "pg_database_size_size_bytes")).isGreaterThan(1_000_000);
            assertThat(value(families, "pg_exporter_user_queries_load_error")).isZero();
            assertThat(value(families, "pgsidecar_custom_query_success")).isEqualTo(1);

            Files.writeString(file, """
                    good:
                      query: SELECT 1 AS n
                    bad:
                      query: SELECT 1 / 0 AS n
                    wrong:
                      query: SELECT 1 AS n
                      metrics:
                        - n: {usage: number}
                    """);
            families = collect(server, queries);
            assertThat(value(families, "good_n")).isEqualTo(1);
            assertThat(value(families, "pg_exporter_user_queries_load_error")).isEqualTo(1);
            assertThat(families).extracting(Family::name).doesNotContain("pg_replication_lag_lag");
            assertThat(families.stream()
                            .filter(f -> f.name().equals("pgsidecar_custom_query_success"))
                            .flatMap(f -> f.samples().stream()))
                    .containsExactlyInAnyOrder(
                            new Sample(Map.of("query", "good"), 1), new Sample(Map.of("query", "bad"), 0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void checkTellsOfEachFileAndEachQuery(int major) throws Exception {
        try (PostgresServer server = server(major)) {
            Path file = Files.writeString(home.resolve("queries.yaml"), """
                    good:
                      query: SELECT 1 AS n
                      tags: x
                    bad:
                      query: SELECT 1 / 0 AS n
                    large:
                      query: SELECT repeat('x', 50000000) AS l, 1 AS n
                    row:
                      query: SELECT 'x' AS n
                      metrics:
                        - n: {usage: GAUGE}
                    late:
                      query: SELECT 1 AS n
                      runonserver: ">=99"
                    wrong:
                      query: SELECT 1 AS n
                      primary: maybe
                    """);
            CustomQueriesCheck check = new CustomQueriesCheck(
                    new ConfiguredQueries(new QueryFiles(List.of(QuerySource.of(file.toString()))), custom(server)));
            List<Finding> findings = new ArrayList<>(check.read());
            findings.addAll(check.run(address(server, "postgres")));
            assertThat(findings)
                    .extracting(Finding::level, Finding::subject)
                    .containsExactly(
                            tuple(Finding.Level.WARNING, "custom queries"),
                            tuple(Finding.Level.FAILED, "custom queries"),
                            tuple(Finding.Level.WARNING, "custom queries"),
                            tuple(Finding.Level.OK, "query good"),
                            tuple(Finding.Level.FAILED, "query bad"),
                            tuple(Finding.Level.FAILED, "query large"),
                            tuple(Finding.Level.FAILED, "query row"),
                            tuple(Finding.Level.SKIPPED, "query late"));
            assertThat(findings)
                    .extracting(Finding::text)
                    .anyMatch(text -> text.contains("queries.yaml:17: wrong.primary: \"maybe\" must be true or false"))
                    .anyMatch(text -> text.contains("postgres: division by zero"))
                    .anyMatch(text -> text.contains("column n: a text is not a number; 1 rows in "))
                    .anyMatch(text -> text.contains("logs in as a superuser (postgres)"));
        }
    }

    /** What the page shows is what a user will copy. */
    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void theExamplesOfTheDocumentRun(int major) throws Exception {
        try (PostgresServer server = server(major)) {
            server.execute(
                    "CREATE SCHEMA shop",
                    "CREATE TABLE shop.orders (state text, placed timestamptz, seconds float8)",
                    "INSERT INTO shop.orders VALUES ('new', now(), 0.3), ('sent', now(), 7)",
                    "GRANT USAGE ON SCHEMA shop TO watcher",
                    "GRANT SELECT ON shop.orders TO watcher");
            for (String title : List.of("queries.yaml", "every-key.yaml")) {
                String example = new DocsPage("custom-queries.md").block(title);
                Path file = Files.writeString(home.resolve("example.yaml"), example);
                CustomQueriesCheck check = new CustomQueriesCheck(new ConfiguredQueries(
                        new QueryFiles(List.of(QuerySource.of(file.toString()))), custom(server)));
                List<Finding> findings = new ArrayList<>(check.read());
                findings.addAll(check.run(address(server, "watcher")));
                assertThat(findings).hasSizeGreaterThan(1).allMatch(finding -> finding.level() == Finding.Level.OK);
            }
        }
    }

    private static List<Family> collect(PostgresServer server, ReloadedQueries queries) throws Exception {
        List<Family> families = new ArrayList<>();
        try (Connection connection = address(server, "watcher").connect()) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            for (Collector collector : queries.collectors()) {
                try {
                    families.addAll(collector.collect(connection, server.major() * 10000));
                } catch (SQLException e) {
                    // As who collects: the others are asked all the same.
                }
                connection.rollback();
            }
        }
        families.addAll(queries.families());
        return families;
    }

    private static double value(List<Family> families, String name) {
        return families.stream()
                .filter(family -> family.name().equals(name))
                .findFirst()
                .orElseThrow()
                .samples()
                .getFirst()
                .value();
    }

    private PostgresServer server(int major) throws Exception {
        RunAs.own(home);
        PostgresServer server =
                PostgresServer.create(PostgresBinaries.fromMaven(major), Files.createDirectory(home.resolve("server")));
        server.start().execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor");
        return server;
    }

    private static CustomQueries custom(PostgresServer server) {
        return new CustomQueries(
                new QueryLimits(PATIENCE, QueryLimits.ROWS),
                new FreshSessions(address(server, "watcher"), PATIENCE),
                database -> true);
    }

    private static InstanceAddress address(PostgresServer server, String user) {
        return new InstanceAddress(
                "127.0.0.1", server.port(), "postgres", user, Optional::empty, PATIENCE, PATIENCE, server.data());
    }
}
