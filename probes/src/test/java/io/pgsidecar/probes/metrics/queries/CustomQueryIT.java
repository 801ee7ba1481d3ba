package io.pgsidecar.probes.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.probes.InstanceAddress;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Histogram;
import io.pgsidecar.probes.metrics.Sample;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Custom queries on real servers, by a role that has {@code pg_monitor} and nothing else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CustomQueryIT {

    static final List<Integer> VERSIONS =
            Boolean.getBoolean("pgsidecar.long") ? List.copyOf(PostgresBinaries.SUPPORTED) : List.of(14, 18);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    static Path home;

    private final Map<Integer, PostgresServer> servers = new HashMap<>();

    @BeforeAll
    void start() throws Exception {
        for (int major : VERSIONS) {
            RunAs.own(home);
            PostgresServer server = PostgresServer.create(
                    PostgresBinaries.fromMaven(major), Files.createDirectory(home.resolve("v" + major)));
            servers.put(major, server.start());
            server.execute(
                    "CREATE ROLE watcher LOGIN IN ROLE pg_monitor",
                    "CREATE SCHEMA app",
                    "CREATE TABLE app.t (i int)",
                    "CREATE TABLE seen (i int)",
                    "GRANT ALL ON seen TO watcher",
                    "CREATE SEQUENCE numbers",
                    "GRANT ALL ON numbers TO watcher",
                    "CREATE DATABASE shop_a",
                    "CREATE DATABASE shop_b",
                    "CREATE DATABASE shop_closed",
                    "REVOKE CONNECT ON DATABASE shop_closed FROM PUBLIC",
                    // What is left of a DROP DATABASE that was interrupted.
                    "CREATE DATABASE shop_dropped",
                    "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'shop_dropped'",
                    "CREATE DATABASE other");
        }
    }

    @AfterAll
    void stop() {
        servers.values().forEach(PostgresServer::close);
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void eachUsageBecomesWhatItsDocumentsSay(int major) throws Exception {
        QuerySpec spec = spec(
                """
                SELECT 'a' AS label, true AS flag, NULL::text AS none,
                       42::bigint AS counter, 1.5::numeric AS gauge, NULL::int AS null_gauge, false AS truth,
                       '2026-01-01 00:00:00.9+00'::timestamptz AS moment, '2026-01-01 00:00:00'::timestamp AS local,
                       '2026-01-01'::date AS day, 'infinity'::timestamptz AS never,
                       'streaming'::text AS state, '1h2m3.5s' AS took, interval '1 day 00:00:01.5' AS span,
                       ARRAY[0.1, 1, 10]::float8[] AS h, ARRAY[1, 2, 2]::bigint[] AS h_bucket,
                       12.5::float8 AS h_sum, 3::int AS h_count,
                       'x' AS nothing, 7 AS unnamed, 'text' AS unnamed_text""",
                column("label", Usage.LABEL),
                column("flag", Usage.LABEL),
                column("none", Usage.LABEL),
                column("counter", Usage.COUNTER),
                column("gauge", Usage.GAUGE),
                column("null_gauge", Usage.GAUGE),
                column("truth", Usage.GAUGE),
                column("moment", Usage.GAUGE),
                column("local", Usage.GAUGE),
                column("day", Usage.GAUGE),
                column("never", Usage.GAUGE),
                new ColumnSpec("state", "state", Usage.MAPPEDMETRIC, "", Map.of("streaming", 2.0), VersionRange.ALL),
                column("took", Usage.DURATION),
                column("span", Usage.DURATION),
                column("h", Usage.HISTOGRAM),
                column("nothing", Usage.DISCARD));
        CustomQuery query = query(major, spec);
        Map<String, Sample> samples = new HashMap<>();
        Map<String, Family.Type> types = new HashMap<>();
        for (Family family : collect(major, query)) {
            samples.put(family.name(), family.samples().getFirst());
            types.put(family.name(), family.type());
        }
        assertThat(query.status().orElseThrow().problems()).isEmpty();
        Map<String, Double> values = new HashMap<>();
        samples.forEach((name, sample) -> values.put(name, sample.value()));
        double newYear = Instant.parse("2026-01-01T00:00:00Z").getEpochSecond();
        assertThat(values)
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("q_counter", 42.0),
                        Map.entry("q_gauge", 1.5),
                        Map.entry("q_null_gauge", Double.NaN),
                        Map.entry("q_truth", 0.0),
                        Map.entry("q_moment", newYear),
                        Map.entry("q_local", newYear),
                        Map.entry("q_day", newYear),
                        Map.entry("q_never", Double.POSITIVE_INFINITY),
                        Map.entry("q_state", 2.0),
                        Map.entry("q_took_milliseconds", 3723500.0),
                        Map.entry("q_span_milliseconds", 86401500.0),
                        Map.entry("q_h", 12.5),
                        Map.entry("q_unnamed", 7.0)));
        assertThat(Objects.requireNonNull(samples.get("q_counter")).labels())
                .isEqualTo(Map.of("label", "a", "flag", "true", "none", ""));
        assertThat(Objects.requireNonNull(samples.get("q_h")).histogram())
                .isEqualTo(new Histogram(
                        List.of(new Histogram.Bucket(0.1, 1), new Histogram.Bucket(1, 2), new Histogram.Bucket(10, 2)),
                        12.5,
                        3));
        assertThat(types)
                .containsEntry("q_counter", Family.Type.COUNTER)
                .containsEntry("q_gauge", Family.Type.GAUGE)
                .containsEntry("q_h", Family.Type.HISTOGRAM)
                .containsEntry("q_unnamed", Family.Type.UNKNOWN);
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void itReadsOnlyAndNoMoreThanItMay(int major) throws Exception {
        PostgresServer server = server(major);
        assertFails(major, "INSERT INTO seen VALUES (1) RETURNING i", "a custom query can only read");
        assertFails(major, "SELECT nextval('numbers')", "a custom query can only read");
        assertFails(major, "SELECT * FROM app.t", "grant the agent's role what the query needs");
        assertFails(major, "SELECT\n  1,\n  gone\nFROM seen", "\"gone\" does not exist (line 3 of the query)");
        assertFails(major, "SELECT * FROM t", "only pg_catalog and public are searched");
        assertFails(major, "SELEKT 1", "syntax error at or near \"SELEKT\" (line 1 of the query)");
        assertFails(major, "COMMIT", "must return rows");
        // Asked by who may everything: nothing has come of it.
        assertThat(server.query("SELECT count(*) FROM seen")).isEqualTo("0");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aPredicateCannotLeaveTheTransaction(int major) throws Exception {
        PostgresServer server = server(major);
        server.execute("CREATE TABLE IF NOT EXISTS tried (i int)", "GRANT ALL ON tried TO watcher");
        for (String predicate : List.of(
                "COMMIT",
                "SET TRANSACTION READ WRITE",
                "SELECT set_config('transaction_read_only', 'off', true)::bool")) {
            QuerySpec spec = new QuerySpec(
                    "q",
                    "q",
                    "INSERT INTO tried VALUES (1) RETURNING i",
                    Optional.of(predicate),
                    List.of(),
                    false,
                    VersionRange.ALL,
                    Duration.ZERO,
                    List.of());
            assertThatThrownBy(() -> collect(major, query(major, spec))).isInstanceOf(SQLException.class);
        }
        assertThat(server.query("SELECT count(*) FROM tried")).isEqualTo("0");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void whereItLooksIsPinned(int major) throws Exception {
        server(major)
                .execute(
                        "CREATE SCHEMA IF NOT EXISTS evil",
                        "GRANT USAGE ON SCHEMA evil TO watcher",
                        "CREATE OR REPLACE FUNCTION evil.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT -1'",
                        "CREATE OR REPLACE FUNCTION public.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT -2'",
                        "ALTER ROLE watcher SET search_path = evil, pg_catalog");
        CustomQuery query = query(
                major,
                spec(
                        "SELECT current_setting('search_path') AS path, pg_backend_pid() > 0 AS own, 1 AS n",
                        column("path", Usage.LABEL),
                        column("own", Usage.LABEL)));
        assertThat(collect(major, query).getFirst().samples())
                .containsExactly(new Sample(Map.of("path", "pg_catalog, public, pg_temp", "own", "true"), 1));
        server(major).execute("ALTER ROLE watcher RESET search_path");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aSuperusersSessionLooksAsAMonitor(int major) throws Exception {
        CustomQuery query = query(major, spec("SELECT current_user AS who, 1 AS n", column("who", Usage.LABEL)));
        try (Connection connection = session(major, "postgres")) {
            assertThat(query.collect(connection, major * 10000).getFirst().samples())
                    .containsExactly(new Sample(Map.of("who", "pg_monitor"), 1));
            CustomQuery file = query(major, spec("SELECT pg_read_file('PG_VERSION') AS n"));
            connection.rollback();
            assertThatThrownBy(() -> file.collect(connection, major * 10000)).hasMessageContaining("permission denied");
        }
        try (Connection connection = session(major, "watcher")) {
            assertThat(query.collect(connection, major * 10000).getFirst().samples())
                    .containsExactly(new Sample(Map.of("who", "watcher"), 1));
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aSlowQueryIsEnded(int major) throws Exception {
        CustomQuery query = new CustomQuery(
                spec("SELECT pg_sleep(600), 1 AS n"),
                new QueryLimits(Duration.ofMillis(300), 10),
                databases(major),
                database -> true);
        assertThatThrownBy(() -> collect(major, query)).hasMessageContaining("must end within metrics.timeout");
        QueryStatus status = query.status().orElseThrow();
        assertThat(status.ok()).isFalse();
        assertThat(status.failedDatabases()).isEqualTo(1);
        assertThat(status.took()).isBetween(Duration.ofMillis(300), PATIENCE);
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aLockIsWaitedForOneSecond(int major) throws Exception {
        for (String database : List.of("postgres", "shop_a")) {
            try (Connection locker = server(major).connect(database);
                    Statement lock = locker.createStatement()) {
                locker.setAutoCommit(false);
                lock.execute("CREATE TABLE IF NOT EXISTS locked (i int)");
                lock.execute("GRANT ALL ON locked TO watcher");
                locker.commit();
                lock.execute("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE");
                CustomQuery query = query(major, spec("SELECT count(*) AS n FROM locked", List.of(database)));
                assertThatThrownBy(() -> collect(major, query))
                        .hasMessageContaining("; a custom query waits a second for a lock");
            }
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void noLockIsHeldWhileOtherDatabasesAreAsked(int major) throws Exception {
        CustomQuery query =
                query(major, spec("""
                        SELECT current_database() AS datname, count(*) AS n
                        FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                        WHERE l.locktype = 'relation' AND a.usename = 'watcher' AND a.pid <> pg_backend_pid()""", List.of("postgres", "shop_*", "other"), column("datname", Usage.LABEL)));
        // A session of another test may be about to end.
        server(major)
                .await(
                        "nobody holds a lock",
                        () -> collect(major, query).getFirst().samples().stream()
                                .allMatch(s -> s.value() == 0));
        assertThat(databases(collect(major, query))).containsExactly("postgres", "shop_a", "shop_b", "other");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void timeThatIsUpLeavesDatabasesOut(int major) throws Exception {
        CustomQuery query = new CustomQuery(
                spec("SELECT current_database() AS d, pg_sleep(600), 1 AS n", List.of("postgres", "shop_a")),
                new QueryLimits(Duration.ofMillis(300), 10),
                databases(major),
                database -> true);
        assertThatThrownBy(() -> collect(major, query)).isInstanceOf(SQLException.class);
        assertThat(query.status().orElseThrow().problems())
                .hasSize(2)
                .last()
                .asString()
                .startsWith("shop_a: not asked, the time was up");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void rowsAreLimitedAndTheFirstOnesTaken(int major) throws Exception {
        CustomQuery query = new CustomQuery(
                spec(
                        "SELECT i AS l, i AS n FROM (SELECT generate_series(1, 100000000) AS i) AS many",
                        column("l", Usage.LABEL)),
                new QueryLimits(PATIENCE, 10),
                databases(major),
                database -> true);
        // All of them would be more than fits in memory, or in time.
        assertThat(collect(major, query).getFirst().samples()).hasSize(10);
        assertThat(query.status().orElseThrow().problems())
                .containsExactly("more than 10 rows; what is above that is left out: aggregate, or take the top");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void anAnswerThatIsTooLargeIsNotTaken(int major) throws Exception {
        CustomQuery query = query(major, spec("SELECT repeat('x', 300000000) AS l, 1 AS n", column("l", Usage.LABEL)));
        try (Connection connection = session(major, "watcher")) {
            assertThatThrownBy(() -> query.collect(connection, major * 10000))
                    .hasMessageContaining("the answer is larger than an answer may be");
            // The driver ends the session: what is left of it is not taken for the next one's answer.
            assertThat(connection.isClosed()).isTrue();
        }
        assertThat(collect(major, query(major, spec("SELECT 1 AS n")))).hasSize(1);
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void itRunsInEachDatabaseThatIsMeant(int major) throws Exception {
        String sql = "SELECT current_database() AS datname, 1 AS n";
        CustomQuery pattern = query(major, spec(sql, List.of("shop_*", "postgres"), column("datname", Usage.LABEL)));
        assertThat(databases(collect(major, pattern))).containsExactly("shop_a", "shop_b", "postgres");
        CustomQuery all = query(major, spec(sql, List.of("*"), column("datname", Usage.LABEL)));
        assertThat(databases(collect(major, all))).containsExactly("other", "postgres", "shop_a", "shop_b");
        CustomQuery template = query(major, spec(sql, List.of("template1"), column("datname", Usage.LABEL)));
        assertThat(databases(collect(major, template))).containsExactly("template1");
        CustomQuery some = new CustomQuery(
                spec(sql, List.of("*"), column("datname", Usage.LABEL)),
                new QueryLimits(PATIENCE, 100),
                databases(major),
                database -> !database.startsWith("shop"));
        assertThat(databases(collect(major, some))).containsExactly("other", "postgres");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aDatabaseThatFailsLeavesTheOthers(int major) throws Exception {
        CustomQuery query = query(
                major,
                spec(
                        "SELECT current_database() AS datname, 1 / (current_database() <> 'shop_a')::int AS n",
                        List.of("shop_a", "nowhere", "shop_closed", "shop_b"),
                        column("datname", Usage.LABEL)));
        assertThat(databases(collect(major, query))).containsExactly("shop_b");
        assertThat(query.status().orElseThrow().problems())
                .satisfiesExactly(
                        problem -> assertThat(problem).isEqualTo("shop_a: division by zero"),
                        problem -> assertThat(problem).startsWith("nowhere: database \"nowhere\" does not exist"),
                        problem -> assertThat(problem)
                                .startsWith("shop_closed: permission denied for database \"shop_closed\""));
        assertThat(query.status().orElseThrow().failedDatabases()).isEqualTo(3);
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void seriesOfSeveralDatabasesNeedALabel(int major) throws Exception {
        CustomQuery query = query(major, spec("SELECT 1 AS n", List.of("shop_a", "shop_b")));
        assertThat(collect(major, query).getFirst().samples()).hasSize(1);
        assertThat(query.status().orElseThrow().problems())
                .singleElement()
                .asString()
                .contains("q_n is there twice", "current_database()");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void thePredicateDecides(int major) throws Exception {
        assertThat(collect(major, query(major, predicated("SELECT true")))).hasSize(1);
        for (String no : List.of("SELECT false", "SELECT NULL::boolean", "SELECT true WHERE false")) {
            CustomQuery query = query(major, predicated(no));
            assertThat(collect(major, query)).isEmpty();
            assertThat(query.status().orElseThrow().ok()).isTrue();
        }
        assertThatThrownBy(() -> collect(major, query(major, predicated("SELECT 1"))))
                .hasMessageContaining("predicate_query must return true or false");
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void versionsDecide(int major) throws Exception {
        for (String range : List.of(">=18.0.0", "<18.0.0")) {
            CustomQuery query = query(
                    major,
                    new QuerySpec(
                            "q",
                            "q",
                            "SELECT 1 AS n",
                            Optional.empty(),
                            List.of(),
                            false,
                            VersionRange.of(range),
                            Duration.ZERO,
                            List.of()));
            assertThat(collect(major, query)).hasSize((major >= 18) == range.startsWith(">") ? 1 : 0);
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aResultIsKeptForAsLongAsItIsGood(int major) throws Exception {
        CustomQuery kept = query(major, cached("SELECT extract(epoch FROM clock_timestamp()) AS n", 3600));
        double first = value(collect(major, kept));
        assertThat(value(collect(major, kept))).isEqualTo(first);
        CustomQuery fresh = query(major, cached("SELECT extract(epoch FROM clock_timestamp()) AS n", 0));
        double then = value(collect(major, fresh));
        assertThat(value(collect(major, fresh))).isNotEqualTo(then);
        CustomQuery short1 = query(major, cached("SELECT extract(epoch FROM clock_timestamp()) AS n", 3));
        double start = value(collect(major, short1));
        server(major).await("it is asked again", () -> value(collect(major, short1)) != start);
        assertThat(value(collect(major, short1)) - start).isGreaterThan(1.5);
        // A failure is no reason to load the server again at once.
        CustomQuery failing = query(major, cached("SELECT 1 / 0 AS n", 3600));
        assertThatThrownBy(() -> collect(major, failing)).hasMessageContaining("division by zero");
        Instant ran = failing.status().orElseThrow().ran();
        assertThatThrownBy(() -> collect(major, failing)).hasMessageContaining("division by zero");
        assertThat(failing.status().orElseThrow().ran()).isEqualTo(ran);
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void aReplicaRunsWhatIsNotForThePrimaryOnly(int major) throws Exception {
        PostgresServer server = server(major);
        QuerySpec all = spec("SELECT pg_is_in_recovery() AS n");
        QuerySpec primary = new QuerySpec(
                "q",
                "q",
                all.query(),
                Optional.empty(),
                List.of(),
                true,
                VersionRange.ALL,
                Duration.ofHours(1),
                List.of());
        CustomQuery onBoth = query(major, primary);
        assertThat(value(collect(major, onBoth))).isZero();
        server.stop();
        try (PostgresServer replica = server.copyTo(Files.createDirectory(home.resolve("replica" + major)))) {
            replica.touch("standby.signal").start();
            replica.awaitQuery("SELECT pg_is_in_recovery()", "t");
            try (Connection connection = session(replica, "watcher")) {
                assertThat(onBoth.collect(connection, major * 10000))
                        .as("what is kept is not the primary's any more")
                        .isEmpty();
                assertThat(onBoth.status()).isEmpty();
                connection.rollback();
                assertThat(value(query(major, all).collect(connection, major * 10000)))
                        .isEqualTo(1);
            }
        } finally {
            server.start();
        }
    }

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void whatHasChangedBeginsAnewAndTheRestGoesOn(int major) throws Exception {
        CustomQueries queries = new CustomQueries(new QueryLimits(PATIENCE, 10), databases(major), d -> true);
        QuerySpec kept = cached("SELECT extract(epoch FROM clock_timestamp()) AS n", 3600);
        queries.use(List.of(kept, named("other", "SELECT 1 / 0 AS n")));
        double first = value(collect(major, queries.queries().getFirst()));
        assertThatThrownBy(() -> collect(major, queries.queries().getLast())).isInstanceOf(SQLException.class);
        assertThat(success(queries)).isEqualTo(Map.of("q", 1.0, "other", 0.0));
        queries.use(List.of(named("other", "SELECT 1 AS n"), kept));
        assertThat(value(collect(major, queries.queries().getLast()))).isEqualTo(first);
        assertThat(success(queries)).isEqualTo(Map.of("q", 1.0));
        collect(major, queries.queries().getFirst());
        assertThat(success(queries)).isEqualTo(Map.of("q", 1.0, "other", 1.0));
        assertThat(queries.collectors()).extracting(c -> c.name()).containsExactly("query:other", "query:q");
    }

    private static Map<String, Double> success(CustomQueries queries) {
        Map<String, Double> success = new HashMap<>();
        queries.families().stream()
                .filter(family -> family.name().equals("pgsidecar_custom_query_success"))
                .flatMap(family -> family.samples().stream())
                .forEach(sample -> success.put(sample.labels().getOrDefault("query", ""), sample.value()));
        return success;
    }

    private void assertFails(int major, String sql, String message) {
        assertThatThrownBy(() -> collect(major, query(major, spec(sql))))
                .as(sql)
                .isInstanceOf(SQLException.class)
                .hasMessageContaining(message);
    }

    private static double value(List<Family> families) {
        return families.getFirst().samples().getFirst().value();
    }

    private static List<String> databases(List<Family> families) {
        return families.getFirst().samples().stream()
                .map(sample -> sample.labels().getOrDefault("datname", ""))
                .toList();
    }

    private List<Family> collect(int major, CustomQuery query) throws Exception {
        try (Connection connection = session(major, "watcher")) {
            return query.collect(connection, major * 10000);
        }
    }

    private Connection session(int major, String user) throws Exception {
        return session(server(major), user);
    }

    /** As who collects has it: in a read-only transaction. */
    private static Connection session(PostgresServer server, String user) throws Exception {
        Connection connection = address(server, user).connect();
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        return connection;
    }

    private PostgresServer server(int major) {
        return Objects.requireNonNull(servers.get(major));
    }

    private Databases databases(int major) {
        return new FreshSessions(address(server(major), "watcher"), PATIENCE);
    }

    private static InstanceAddress address(PostgresServer server, String user) {
        return new InstanceAddress(
                "127.0.0.1", server.port(), "postgres", user, Optional::empty, PATIENCE, PATIENCE, server.data());
    }

    private CustomQuery query(int major, QuerySpec spec) {
        return new CustomQuery(spec, new QueryLimits(PATIENCE, 100), databases(major), database -> true);
    }

    private static QuerySpec predicated(String predicate) {
        return new QuerySpec(
                "q",
                "q",
                "SELECT 1 AS n",
                Optional.of(predicate),
                List.of(),
                false,
                VersionRange.ALL,
                Duration.ZERO,
                List.of());
    }

    private static QuerySpec cached(String sql, int seconds) {
        return new QuerySpec(
                "q",
                "q",
                sql,
                Optional.empty(),
                List.of(),
                false,
                VersionRange.ALL,
                Duration.ofSeconds(seconds),
                List.of());
    }

    private static QuerySpec named(String name, String sql) {
        return new QuerySpec(
                name, name, sql, Optional.empty(), List.of(), false, VersionRange.ALL, Duration.ZERO, List.of());
    }

    private static QuerySpec spec(String sql, ColumnSpec... columns) {
        return spec(sql, List.of(), columns);
    }

    private static QuerySpec spec(String sql, List<String> databases, ColumnSpec... columns) {
        return new QuerySpec(
                "q",
                "q",
                sql,
                Optional.empty(),
                List.of(columns),
                false,
                VersionRange.ALL,
                Duration.ZERO,
                databases.stream().map(DatabasePattern::of).toList());
    }

    private static ColumnSpec column(String name, Usage usage) {
        return new ColumnSpec(name, name, usage, "", Map.of(), VersionRange.ALL);
    }
}
