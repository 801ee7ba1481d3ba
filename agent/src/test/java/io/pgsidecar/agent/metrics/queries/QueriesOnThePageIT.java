package io.pgsidecar.agent.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.DocsPage;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Custom queries of a running agent: on its page, and in what {@code pgsidecar check} says. */
class QueriesOnThePageIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void usersFilesAreOnThePageAndChangedOnesWithoutARestart() throws Exception {
        try (Pod pod = Pod.create(16, home.resolve("a"), home.resolve("r"))) {
            Path folder = Files.createDirectories(home.resolve("queries"));
            Path file = Files.writeString(folder.resolve("queries.yaml"), QueryFileTest.USERS_FILE);
            Files.writeString(folder.resolve("keys.yaml"), new DocsPage("custom-queries.md").block("every-key.yaml"));
            pod.agent().set("metrics.queries", folder.toString());
            pod.agent().set("metrics.interval", "1s");
            pod.start();
            pod.server()
                    .execute(
                            "CREATE SCHEMA shop",
                            "CREATE TABLE shop.orders (seconds float)",
                            "INSERT INTO shop.orders VALUES (0.2), (0.7), (7)",
                            "GRANT USAGE ON SCHEMA shop TO pg_monitor",
                            "GRANT SELECT ON shop.orders TO pg_monitor");
            await(
                    pod,
                    "pg_database_size_size_bytes ",
                    "pg_database_size_bytes{datname=\"postgres\"} ",
                    "pg_replication_lag_lag NaN",
                    "pg_replication_lag_seconds ",
                    "shop_orders_placed{datname=\"postgres\"} 3.0",
                    "shop_orders_state{datname=\"postgres\"} 1.0",
                    "shop_orders_patience_milliseconds{datname=\"postgres\"} 250.0",
                    "shop_orders_seconds_bucket{datname=\"postgres\",le=\"0.5\"} 1",
                    "shop_orders_seconds_bucket{datname=\"postgres\",le=\"1.0\"} 2",
                    "shop_orders_seconds_bucket{datname=\"postgres\",le=\"+Inf\"} 3",
                    "shop_orders_seconds_count{datname=\"postgres\"} 3",
                    "pgsidecar_custom_query_success{query=\"shop\"} 1.0",
                    "pg_scrape_collector_success{collector=\"query:shop\"} 1.0",
                    "pgsidecar_metrics_left_out_series 0.0");
            Program check = Program.run(pod, "check", "--no-switch");
            assertThat(check.out()).contains("3 understood, in 2 files", "query shop", "query pg_database_size");
            assertThat(check.exit()).as(check.out()).isZero();

            Files.writeString(file, """
                    mine:
                      query: SELECT 41 + 1 AS answer
                      metrics:
                        - answer: {usage: GAUGE, description: The answer}
                    wrong:
                      query: SELECT * FROM nowhere
                    """);
            await(
                    pod,
                    "mine_answer 42.0",
                    "pgsidecar_custom_query_success{query=\"wrong\"} 0.0",
                    "shop_orders_placed{datname=\"postgres\"} 3.0");
            assertThat(page(pod)).doesNotContain("pg_database_size_size_bytes");
            Program told = Program.run(pod, "check", "--no-switch");
            assertThat(told.exit()).as(told.out()).isNotZero();
            assertThat(told.out()).contains("query wrong", "relation \"nowhere\" does not exist");
        }
    }

    /** A query that hangs is apart from what the agent itself asks for. */
    @Test
    void aQueryThatHangsHoldsUpNoCollector() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            Path file = Files.writeString(home.resolve("queries.yaml"), """
                    sleeps:
                      query: SELECT pg_sleep(600)::text AS x
                    mine:
                      query: SELECT 1 AS n
                    """);
            pod.agent().set("metrics.queries", "shop=" + file);
            pod.agent().set("metrics.interval", "1s");
            pod.agent().set("metrics.timeout", "5s");
            pod.start();
            pod.agent()
                    .await(
                            "the sleeper runs",
                            () -> pod.server()
                                    .query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'"
                                            + " AND pid <> pg_backend_pid() AND state = 'active'")
                                    .equals("1"));
            double rounds = scrapes(pod);
            pod.agent().await("many rounds besides", () -> scrapes(pod) > rounds + 5);
            await(pod, "pgsidecar_custom_query_success{query=\"sleeps\"} 0.0", "shop_mine_n 1.0", "pg_up 1.0");
        }
    }

    private static double scrapes(Pod pod) {
        return page(pod)
                .lines()
                .filter(line -> line.startsWith("pg_exporter_scrapes_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElse(0);
    }

    private static void await(Pod pod, String... begins) {
        for (String begin : begins) {
            pod.agent().await(begin, () -> page(pod).lines().anyMatch(line -> line.startsWith(begin)));
        }
    }

    private static String page(Pod pod) {
        return pod.agent().get(pod.agent().metricsPort(), "/metrics").body();
    }
}
