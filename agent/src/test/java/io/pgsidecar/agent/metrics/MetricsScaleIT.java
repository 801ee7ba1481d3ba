package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An agent beside a server with many databases, tables and sessions: 500, 20,000 and 300 by {@code -Plong}, which tells
 * how long scrapes took as well.
 */
class MetricsScaleIT {

    private static final boolean LONG = Boolean.getBoolean("pgsidecar.long");
    private static final int DATABASES = LONG ? 500 : 40;
    private static final int TABLES_IN_EACH = LONG ? 20 : 25;
    private static final int TABLES_IN_ONE = LONG ? 10_000 : 1_000;
    private static final int SESSIONS = LONG ? 300 : 60;
    private static final int TABLES_SHOWN = 500;

    /**
     * One for the probes, one or two for each tier, and some that have just been given up. A tier whose rounds follow each
     * other soon keeps those of eight databases.
     */
    private static final int OWN_SESSIONS = LONG ? 9 : 16;

    private static final int BUDGET_MIB = 192;
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");
    private static final Pattern NOW = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void aLargeServerIsOnThePageAndNobodyHoldsUpAnother() throws Exception {
        Path queries = Files.writeString(home.resolve("queries.yaml"), """
                good:
                  query: SELECT 42 AS answer
                  metrics: [{answer: {usage: GAUGE, description: An answer.}}]
                sleeps:
                  query: SELECT pg_sleep(3600), 1 AS n
                  metrics: [{n: {usage: GAUGE, description: Never.}}]
                waits:
                  query: SELECT count(*) AS n FROM public.locked
                  metrics: [{n: {usage: GAUGE, description: Not now.}}]
                """);
        List<Connection> sessions = new ArrayList<>();
        try (PostgresServer server = server();
                AgentProcess agent = new AgentProcess(
                                RunAs.folder(home.resolve("agent")), server, RunAs.folder(home.resolve("r")))
                        .in(Map.of("PGSIDECAR_POSTGRES_USER", "watcher"))
                        .set("metrics.queries", queries.toString());
                Watch watch = new Watch(agent, server)) {
            if (!LONG) {
                agent.set("metrics.interval", "1s")
                        .set("metrics.slowInterval", "10s")
                        .set("metrics.timeout", "3s");
            }
            fill(server);
            for (int i = 0; i < SESSIONS; i++) {
                sessions.add(session(server, i));
            }
            try (Statement lock = sessions.getFirst().createStatement()) {
                lock.execute("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE");
            }
            agent.start();
            watch.start();
            // What is found is on the page a moment after the collector's success.
            agent.await("each collector was asked", () -> {
                Scrape page = Scrape.of(agent);
                return page.series("pg_statio_user_tables_heap_blocks_hit").size() == TABLES_SHOWN
                        && page.value("pg_scrape_collector_success{collector=\"query:waits\"}")
                                .isPresent();
            });
            agent.await(
                    "what waits for nobody is there",
                    () -> Scrape.of(agent).failing().equals(List.of("query:sleeps", "query:waits")));
            Scrape page = Scrape.of(agent);
            assertEverythingIsThere(page, server);
            // Round by round, while one query sleeps and one waits.
            double rounds = page.value("pg_exporter_scrapes_total").orElseThrow();
            Scrape.await(agent, "pg_exporter_scrapes_total", now -> now >= rounds + 3);
            assertThat(Scrape.of(agent).value("good_answer")).hasValue(42);
            sessions.getFirst().rollback();
            agent.await("it waits no longer", () -> Scrape.of(agent).failing().equals(List.of("query:sleeps")));
            if (LONG) {
                tellOfScrapes(agent, server);
            }
            assertThat(watch.wrong).isEmpty();
            assertThat(watch.scrapes).isPositive();
            assertThat(watch.mostSessions).isBetween(2, OWN_SESSIONS);
            long peak = memory(agent, PEAK);
            System.out.printf(
                    "MetricsScaleIT: %d lines, %d bytes compressed; %d scrapes were answered; at most %d sessions; %d MiB"
                            + " resident, at most %d%n",
                    page.lines(), page.bytes(), watch.scrapes, watch.mostSessions, memory(agent, NOW), peak);
            assertThat(peak).isLessThanOrEqualTo(BUDGET_MIB);
        } finally {
            for (Connection session : sessions) {
                session.close();
            }
        }
    }

    private static void assertEverythingIsThere(Scrape page, PostgresServer server) {
        int databases = Integer.parseInt(server.query("SELECT count(*) FROM pg_database"));
        assertThat(databases).isGreaterThan(DATABASES);
        assertThat(page.value("pg_up")).hasValue(1);
        assertThat(page.series("pg_database_size_bytes")).hasSize(databases);
        // One more, of what all of them share.
        assertThat(page.series("pg_stat_database_xact_commit")).hasSize(databases + 1);
        assertThat(page.series("pg_locks_count")).hasSize(9 * databases);
        assertThat(page.series("pg_stat_user_tables_n_live_tup")).hasSize(TABLES_SHOWN);
        assertThat(page.series("pg_statio_user_tables_heap_blocks_hit")).hasSize(TABLES_SHOWN);
        int tables = DATABASES * TABLES_IN_EACH + TABLES_IN_ONE + 1;
        for (String collector : List.of("stat_user_tables", "statio_user_tables")) {
            assertThat(page.value("pgsidecar_metrics_tables_left_out{collector=\"%s\"}".formatted(collector)))
                    .hasValue(tables - TABLES_SHOWN);
        }
        assertThat(page.value("pgsidecar_metrics_databases_missed{tier=\"slow\"}"))
                .hasValue(0);
        assertThat(page.value("pgsidecar_metrics_left_out_series")).hasValue(0);
        assertThat(page.series("pg_stat_activity_count").stream()
                        .filter(line -> line.contains("application_name=\"app-")))
                .hasSize(SESSIONS);
        assertThat(page.text()).endsWith("# EOF\n");
    }

    /** How long scrapes take while nothing else happens, and while the server takes all processors. */
    private static void tellOfScrapes(AgentProcess agent, PostgresServer server) throws Exception {
        for (int busy : List.of(0, Runtime.getRuntime().availableProcessors())) {
            List<Thread> load = IntStream.range(0, busy)
                    .mapToObj(i -> Thread.ofVirtual().start(() -> {
                        try (Connection c = server.connect();
                                Statement s = c.createStatement()) {
                            while (!Thread.currentThread().isInterrupted()) {
                                s.execute("SELECT sum(sqrt(a)) FROM generate_series(1, 1000000) AS a");
                            }
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    }))
                    .toList();
            List<Double> millis = new ArrayList<>();
            try (HttpClient client = HttpClient.newHttpClient()) {
                for (int i = 0; i < 100; i++) {
                    millis.add(Scrape.of(client, agent).nanos() / 1e6);
                    Thread.sleep(600); // Each its own page: who asks within half a second gets the same.
                }
            }
            load.forEach(Thread::interrupt);
            for (Thread thread : load) {
                thread.join();
            }
            millis.sort(null);
            System.out.printf(
                    "MetricsScaleIT: %s: a scrape takes %.1f ms (median), %.1f ms (99 of 100), at most %.1f ms%n",
                    busy == 0 ? "a quiet server" : "a server that takes all processors",
                    millis.get(49),
                    millis.get(98),
                    millis.get(99));
        }
    }

    private static long memory(AgentProcess agent, Pattern what) throws IOException {
        Path status = Path.of("/proc", Long.toString(agent.pid()), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        Matcher m = what.matcher(Files.readString(status));
        assertThat(m.find()).isTrue();
        return Long.parseLong(m.group(1)) / 1024;
    }

    private PostgresServer server() throws IOException {
        RunAs.own(home);
        PostgresServer server = PostgresServer.create(
                PostgresBinaries.fromMaven(17), Files.createDirectory(home.resolve("server")), "--wal-segsize=16");
        return server.configure(
                        "max_connections = " + (SESSIONS + 40),
                        "fsync = off",
                        "wal_level = minimal",
                        "max_wal_senders = 0",
                        "max_wal_size = 4GB",
                        "max_locks_per_transaction = 256",
                        "shared_buffers = 128MB")
                .start();
    }

    private static void fill(PostgresServer server) throws SQLException {
        server.execute(
                "CREATE ROLE watcher LOGIN IN ROLE pg_monitor", "CREATE DATABASE small", "CREATE DATABASE large");
        try (Connection c = server.connect("small");
                Statement s = c.createStatement()) {
            s.execute(tables(1, TABLES_IN_EACH, "small"));
        }
        try (Connection c = server.connect("large");
                Statement s = c.createStatement()) {
            for (int first = 1; first <= TABLES_IN_ONE; first += 500) {
                s.execute(tables(first, first + 499, "large"));
            }
        }
        try (Connection c = server.connect();
                Statement s = c.createStatement()) {
            for (int i = 1; i < DATABASES; i++) {
                s.execute("CREATE DATABASE app%03d TEMPLATE small STRATEGY file_copy".formatted(i));
            }
            s.execute("CREATE TABLE locked (a int)");
            s.execute("GRANT SELECT ON locked TO watcher");
        }
    }

    private static String tables(int first, int last, String name) {
        return """
                DO $$ BEGIN
                    FOR i IN %d..%d LOOP
                        EXECUTE format('CREATE TABLE a_table_of_%s_%%s (id int PRIMARY KEY, b text)', i);
                    END LOOP;
                END $$""".formatted(first, last, name);
    }

    /** In a database of its own, in a transaction that it has begun. */
    private static Connection session(PostgresServer server, int number) throws SQLException {
        Connection session =
                server.connect(number == 0 ? "postgres" : "app%03d".formatted(1 + number % (DATABASES - 1)));
        session.setAutoCommit(false);
        try (Statement s = session.createStatement()) {
            s.execute("SET application_name = 'app-%d'".formatted(number));
        }
        return session;
    }

    /** Asks for the page all the time, and counts the agent's sessions. */
    private static final class Watch implements AutoCloseable {

        private final AgentProcess agent;
        private final PostgresServer server;
        private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        private volatile int scrapes;
        private volatile int mostSessions;
        private volatile boolean closing;
        private Thread thread;

        Watch(AgentProcess agent, PostgresServer server) {
            this.agent = agent;
            this.server = server;
            thread = Thread.ofVirtual().unstarted(this::run);
        }

        void start() {
            thread.start();
        }

        private void run() {
            int count = 0;
            try (HttpClient client = HttpClient.newHttpClient();
                    Connection c = server.connect();
                    Statement s = c.createStatement()) {
                while (!closing) {
                    Scrape page = Scrape.of(client, agent);
                    if (page.status() != 200
                            || page.value("pg_up").isEmpty()
                            || !page.text().endsWith("# EOF\n")) {
                        wrong.add(page.status() + " " + page.text());
                    }
                    scrapes = ++count;
                    try (var row = s.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE usename = 'watcher'")) {
                        row.next();
                        mostSessions = Math.max(mostSessions, row.getInt(1));
                    }
                    Thread.sleep(LONG ? 5_000 : 100);
                }
            } catch (IOException | SQLException e) {
                if (!closing) {
                    wrong.add(e.toString());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            closing = true;
            thread.interrupt();
        }
    }
}
