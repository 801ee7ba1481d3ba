package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.agent.DocsPage;
import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** postgres_exporter and the agent beside the same servers: what both show is the same. */
class ExporterComparisonIT {

    static final List<Integer> VERSIONS =
            Boolean.getBoolean("pgsidecar.long") ? List.copyOf(PostgresBinaries.SUPPORTED) : List.of(15, 18);

    /** A checkpoint, a session that ends: the next moment is as good. */
    private static final int MOMENTS = 10;

    private static final Pattern ROW = Pattern.compile("\\| `([a-z_*]+)` \\|([^|]*)\\| [^|]+ \\|");

    @TempDir(factory = PodFolder.class)
    Path home;

    private List<Path> programs = List.of();
    private int markers;

    @BeforeEach
    void findExporter() {
        programs = PostgresExporter.programs();
        assumeThat(programs)
                .as("postgres_exporter is installed (apt-get install prometheus-postgres-exporter)")
                .isNotEmpty();
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void whatBothShowIsTheSame(int major) throws Exception {
        try (Pod primary = Pod.create(major, home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            PostgresServer server = primary.server();
            server.configure(
                    "wal_level = logical",
                    "autovacuum = off",
                    "max_prepared_transactions = 5",
                    "shared_preload_libraries = 'pg_stat_statements'");
            often(primary.agent()).start();
            server.start();
            populate(server);
            server.stop();
            try (Pod standby = primary.copy(home.resolve("b"))) {
                server.start();
                server.execute(
                        "SELECT pg_create_physical_replication_slot('kept', true)",
                        "SELECT pg_create_physical_replication_slot('second', true)",
                        "SELECT pg_create_logical_replication_slot('changes', 'pgoutput')");
                standby.server()
                        .configure(
                                "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres application_name=second'"
                                        .formatted(server.port()),
                                "primary_slot_name = 'second'",
                                "hot_standby_feedback = on")
                        .touch("standby.signal")
                        .start();
                often(standby.agent()).start();
                server.awaitQuery("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", "1");
                try (HeldSessions held = new HeldSessions(server)) {
                    held.begin();
                    for (Path program : programs) {
                        Set<String> missing = new TreeSet<>();
                        missing.addAll(compare(server, primary, program));
                        missing.addAll(compare(server, standby, program));
                        assertThat(missing)
                                .as("names that only %s has", program)
                                .allMatch(ExporterComparisonIT::isTold);
                        if (PostgresExporter.minor(program) >= ExporterComparison.TODAY) {
                            assertThat(stale(missing))
                                    .as("rows of docs/metrics.md that are not true")
                                    .isEmpty();
                        }
                    }
                }
            }
        }
    }

    /** What only the exporter has. */
    private Set<String> compare(PostgresServer primary, Pod pod, Path program) {
        List<String> differences = List.of("never asked");
        try (PostgresExporter exporter = PostgresExporter.start(program, pod.home(), pod.server(), "watcher")) {
            ScrapedPage before = pageOfNow(primary, pod.agent());
            for (int i = 0; i < MOMENTS; i++) {
                ScrapedPage theirs = exporter.scrape();
                ScrapedPage after = pageOfNow(primary, pod.agent());
                ExporterComparison comparison =
                        new ExporterComparison(before, theirs, after, PostgresExporter.minor(program));
                differences = comparison.differences();
                if (differences.isEmpty()) {
                    return comparison.missing();
                }
                before = after;
            }
            assertThat(differences).as(() -> program + ": " + exporter.log()).isEmpty();
            return Set.of();
        }
    }

    /** The agent's page when each collector has been asked in a round that began after this call. */
    private ScrapedPage pageOfNow(PostgresServer primary, AgentProcess agent) {
        double rounds = page(agent).series("pg_exporter_scrapes_total").getOrDefault(Map.of(), 0.0);
        // The first is seen in the middle of a round, the second in the next one, which the third shows to be over.
        for (int i = 0; i < 3; i++) {
            String marker = "marker" + markers++;
            primary.execute("CREATE ROLE " + marker + " CONNECTION LIMIT 1");
            agent.await(
                    "the collectors see " + marker,
                    () -> page(agent).series("pg_roles_connection_limit").containsKey(Map.of("rolname", marker)));
        }
        agent.await(
                "two rounds are over",
                () -> page(agent).series("pg_exporter_scrapes_total").getOrDefault(Map.of(), 0.0) >= rounds + 2);
        return page(agent);
    }

    private static ScrapedPage page(AgentProcess agent) {
        return ScrapedPage.parse(agent.get(agent.metricsPort(), "/metrics").body());
    }

    private static AgentProcess often(AgentProcess agent) {
        return agent.set("metrics.interval", "1s")
                .set("metrics.slowInterval", "1s")
                .set("metrics.timeout", "30s")
                .set("metrics.collectors", "['+process_idle', '+statio_user_indexes', '+stat_activity_autovacuum']");
    }

    private static void populate(PostgresServer server) throws SQLException {
        server.execute(
                "CREATE ROLE watcher LOGIN IN ROLE pg_monitor",
                "CREATE ROLE app LOGIN CONNECTION LIMIT 7",
                "CREATE DATABASE app OWNER app CONNECTION LIMIT 50",
                "CREATE DATABASE \"Other \"\"one\\\" CONNECTION LIMIT 0",
                "CREATE EXTENSION pg_stat_statements",
                "CREATE EXTENSION pg_buffercache",
                "CREATE SCHEMA s",
                "CREATE TABLE s.large (id int PRIMARY KEY, long text)",
                "INSERT INTO s.large SELECT i, repeat(md5(i::text), 200) FROM generate_series(1, 2000) AS i",
                "CREATE INDEX ON s.large (md5(long))",
                "UPDATE s.large SET long = 'short' WHERE id % 10 = 0",
                "DELETE FROM s.large WHERE id % 10 = 1",
                "CREATE UNLOGGED TABLE \"we\"\"ird\\ \ntable\" (a int)",
                "CREATE TABLE parts (a int) PARTITION BY LIST (a)",
                "CREATE TABLE part1 PARTITION OF parts FOR VALUES IN (1)",
                "INSERT INTO parts VALUES (1)",
                "CREATE MATERIALIZED VIEW seen AS SELECT id FROM s.large",
                "VACUUM s.large",
                "ANALYZE",
                "SELECT count(*) FROM s.large WHERE id = 5",
                "CREATE TABLE slowly AS SELECT generate_series(1, 200000) AS a");
        try (Connection c = server.connect("app");
                Statement s = c.createStatement()) {
            s.execute("CREATE TABLE orders (id int PRIMARY KEY)");
            s.execute("SET SESSION AUTHORIZATION app");
            for (int i = 1; i < 10; i++) {
                // Each a statement of its own, and slower than all of the collectors'.
                s.execute("SELECT count(*)" + ", 0".repeat(i) + " FROM generate_series(1, 1000000)");
            }
        }
    }

    private static boolean isTold(String name) {
        return DocsPage.METRICS
                .text()
                .lines()
                .map(ROW::matcher)
                .filter(row -> row.matches())
                .anyMatch(row -> name.matches(row.group(1).replace("*", ".*")));
    }

    /** Those that the exporter of today does not have, or that the agent has. */
    private static List<String> stale(Set<String> missing) {
        List<String> stale = new ArrayList<>();
        DocsPage.METRICS
                .text()
                .lines()
                .map(ROW::matcher)
                .filter(row -> row.matches())
                .forEach(row -> {
                    if (row.group(2).isBlank()
                            && missing.stream()
                                    .noneMatch(name -> name.matches(row.group(1).replace("*", ".*")))) {
                        stale.add(row.group());
                    }
                });
        return stale;
    }
}
