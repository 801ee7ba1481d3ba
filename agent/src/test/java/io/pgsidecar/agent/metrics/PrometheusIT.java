package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus scrapes the page while the server is busy, for twenty seconds; for ten minutes by {@code -Plong}. It asks for
 * OpenMetrics, compressed: in the clear, and by TLS with a password. It gets the text format from a relay, which asks for
 * that. The alerts' rules are evaluated all the while.
 */
class PrometheusIT {

    private static final boolean LONG = Boolean.getBoolean("pgsidecar.long");
    private static final Duration LENGTH = LONG ? Duration.ofMinutes(10) : Duration.ofSeconds(20);
    private static final int INTERVAL_MILLIS = 2_000;
    private static final List<String> JOBS = List.of("postgres", "tls", "text");
    private static final Path PROGRAM = Path.of("/usr/bin/prometheus");

    @TempDir(factory = PodFolder.class)
    Path home;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void scrapesWithoutAGapWhileTheServerIsBusy() throws Exception {
        assumeTrue(Files.isExecutable(PROGRAM), "Prometheus is not installed");
        int port = PostgresServer.freePort();
        MadeCertificate certificate = MadeCertificate.in(home, "metrics");
        TlsFiles tls = new TlsFiles(home.resolve("tls.crt"), home.resolve("tls.key"));
        certificate.copyTo(tls);
        Path password = Files.writeString(home.resolve("password"), "read only\n");
        RunAs.own(home);
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"), "--wal-segsize=1");
                AgentProcess second = new AgentProcess(
                                RunAs.folder(home.resolve("b")), pod.server(), RunAs.folder(home.resolve("rb")))
                        .set("metrics.interval", "1s")
                        .set("metrics.tls.certificate", tls.certificate().toString())
                        .set("metrics.tls.key", tls.key().toString())
                        .set("metrics.basicAuth.user", "prometheus")
                        .set("metrics.basicAuth.passwordFile", password.toString())) {
            pod.agent().set("metrics.interval", "1s").set("metrics.slowInterval", "5s");
            pod.start();
            second.start();
            Scrape.await(pod.agent(), "pg_up", up -> up == 1);
            Scrape.await(pod.agent(), "pg_settings_max_connections", most -> most > 0);
            second.await(
                    "the other one serves by TLS",
                    () -> overTls(second, certificate).contains("pg_up 1.0"));
            HttpServer relay = relay(pod.agent());
            Path config = Files.writeString(
                    home.resolve("prometheus.yml"),
                    config(pod.agent(), second, relay.getAddress().getPort(), tls, password));
            Path log = home.resolve("prometheus.log");
            Process prometheus = new ProcessBuilder(
                            PROGRAM.toString(),
                            "--config.file=" + config,
                            "--storage.tsdb.path=" + home.resolve("tsdb"),
                            "--web.listen-address=127.0.0.1:" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            List<Thread> load = List.of();
            try {
                load = load(pod.server());
                long wanted = LENGTH.toMillis() / INTERVAL_MILLIS;
                long deadline = System.nanoTime() + LENGTH.plusMinutes(3).toNanos();
                for (String job : JOBS) {
                    while (samples(port, "up{job=\"%s\"}".formatted(job)).size() < wanted) {
                        assertThat(prometheus.isAlive())
                                .as(Files.readString(log))
                                .isTrue();
                        assertThat(System.nanoTime())
                                .as("Prometheus scrapes: " + Files.readString(log))
                                .isLessThan(deadline);
                        Thread.sleep(500);
                    }
                }
                for (String job : JOBS) {
                    assertWithoutGap(port, job);
                }
                assertNothingWasWrong(port, log);
                assertRulesAreEvaluated(port);
            } finally {
                load.forEach(Thread::interrupt);
                for (Thread thread : load) {
                    thread.join();
                }
                relay.stop(0);
                prometheus.destroy();
                if (!prometheus.waitFor(1, TimeUnit.MINUTES)) {
                    prometheus.destroyForcibly();
                }
                client.close();
            }
        }
    }

    private void assertWithoutGap(int port, String job) throws Exception {
        List<Sampled> up = samples(port, "up{job=\"%s\"}".formatted(job));
        assertThat(up).allMatch(sample -> sample.value() == 1);
        List<Double> gaps = IntStream.range(1, up.size())
                .mapToObj(i -> up.get(i).seconds() - up.get(i - 1).seconds())
                .toList();
        assertThat(gaps).as("seconds between scrapes").allMatch(gap -> gap < 1.5 * INTERVAL_MILLIS / 1000.0);
        double length = up.getLast().seconds() - up.getFirst().seconds();
        assertThat(up).hasSize((int) Math.round(length * 1000 / INTERVAL_MILLIS) + 1);
        // What is always there was there each time, the last scrape apart, of which this may have been the middle.
        for (String series : List.of(
                "pg_up",
                "pgsidecar_metrics_age_seconds{tier=\"fast\"",
                "pg_settings_max_connections",
                "pg_stat_database_xact_commit{datname=\"postgres\"",
                "pg_locks_count{datname=\"postgres\",mode=\"accesssharelock\"")) {
            String labels = series.contains("{") ? series + ",job=\"" : series + "{job=\"";
            List<Sampled> samples = samples(port, labels + job + "\"}");
            assertThat(samples.size()).as(job + ": " + series).isBetween(up.size() - 1, up.size() + 1);
            if (series.equals("pg_up")) {
                assertThat(samples).allMatch(sample -> sample.value() == 1);
            }
        }
        List<Sampled> scraped = samples(port, "scrape_duration_seconds{job=\"%s\"}".formatted(job));
        double[] seconds = scraped.stream().mapToDouble(Sampled::value).sorted().toArray();
        System.out.printf(
                "PrometheusIT: %s: %d scrapes of about %.0f series in %.0f s without a gap; a scrape took %.1f ms (median),"
                        + " %.1f ms (99 of 100), at most %.1f ms%n",
                job,
                up.size(),
                samples(port, "scrape_samples_scraped{job=\"%s\"}".formatted(job))
                        .getLast()
                        .value(),
                length,
                seconds[seconds.length / 2] * 1000,
                seconds[seconds.length * 99 / 100] * 1000,
                seconds[seconds.length - 1] * 1000);
    }

    /** What Prometheus counts of scrapes that it took with a warning only, and what it has logged. */
    private void assertNothingWasWrong(int port, Path log) throws Exception {
        List<String> own = get(port, "/metrics").lines().toList();
        for (String counted : List.of(
                "prometheus_target_scrapes_sample_duplicate_timestamp_total",
                "prometheus_target_scrapes_sample_out_of_order_total",
                "prometheus_target_scrapes_sample_out_of_bounds_total",
                "prometheus_target_scrapes_exceeded_sample_limit_total",
                "prometheus_target_scrapes_exceeded_body_size_limit_total",
                "prometheus_rule_evaluation_failures_total")) {
            List<String> lines = own.stream()
                    .filter(line -> line.startsWith(counted + " ") || line.startsWith(counted + "{"))
                    .toList();
            assertThat(lines).as(counted).isNotEmpty().allMatch(line -> line.endsWith(" 0"));
        }
        assertThat(Files.readAllLines(log))
                .noneMatch(line -> line.contains("level=warn") || line.contains("level=error"));
    }

    private void assertRulesAreEvaluated(int port) throws Exception {
        int count = 0;
        TreeSet<String> firing = new TreeSet<>();
        for (JsonNode group : json(port, "/api/v1/rules").path("data").path("groups")) {
            for (JsonNode rule : group.path("rules")) {
                count++;
                assertThat(rule.path("health").asText())
                        .as(rule.toPrettyString())
                        .isEqualTo("ok");
                if (rule.path("state").asText().equals("firing")) {
                    firing.add(rule.path("name").asText());
                }
            }
        }
        assertThat(count).isGreaterThan(20);
        System.out.printf("PrometheusIT: %d alerts were evaluated; firing: %s%n", count, firing);
    }

    private String config(AgentProcess agent, AgentProcess second, int relay, TlsFiles tls, Path password) {
        return """
                global:
                  scrape_interval: %1$dms
                  scrape_timeout: %1$dms
                  evaluation_interval: %1$dms
                rule_files: ["%2$s"]
                scrape_configs:
                  - job_name: postgres
                    static_configs: [{targets: ["127.0.0.1:%3$d"]}]
                  - job_name: tls
                    scheme: https
                    tls_config: {ca_file: "%5$s", server_name: localhost}
                    basic_auth: {username: prometheus, password_file: "%6$s"}
                    static_configs: [{targets: ["127.0.0.1:%4$d"]}]
                  - job_name: text
                    static_configs: [{targets: ["127.0.0.1:%7$d"]}]
                """.formatted(
                        INTERVAL_MILLIS,
                        Path.of("../k8s/manifests/components/monitoring/rules.yaml")
                                .toAbsolutePath()
                                .normalize(),
                        agent.metricsPort(),
                        second.metricsPort(),
                        tls.certificate(),
                        password,
                        relay);
    }

    private static String overTls(AgentProcess agent, MadeCertificate certificate) throws Exception {
        String login = Base64.getEncoder().encodeToString("prometheus:read only".getBytes(StandardCharsets.UTF_8));
        try (HttpClient trusting =
                HttpClient.newBuilder().sslContext(certificate.trusting()).build()) {
            return trusting.send(
                            HttpRequest.newBuilder(URI.create("https://localhost:" + agent.metricsPort() + "/metrics"))
                                    .header("Authorization", "Basic " + login)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    /** For a Prometheus that does not ask for the text format by itself. */
    private HttpServer relay(AgentProcess agent) throws IOException {
        HttpServer relay = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        relay.createContext("/metrics", exchange -> {
            try (exchange) {
                HttpResponse<byte[]> page = client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + agent.metricsPort() + "/metrics"))
                                .header("Accept", "text/plain;version=0.0.4")
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
                String type = page.headers().firstValue("Content-Type").orElse("");
                exchange.getResponseHeaders().set("Content-Type", type);
                exchange.sendResponseHeaders(type.startsWith("text/plain") ? page.statusCode() : 500, 0);
                exchange.getResponseBody().write(page.body());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        relay.start();
        return relay;
    }

    /** What pgbench does, and new sessions and tables besides. */
    private static List<Thread> load(PostgresServer server) {
        server.execute("CREATE TABLE accounts AS SELECT a AS id, 0 AS balance FROM generate_series(1, 10000) AS a");
        server.execute("ALTER TABLE accounts ADD PRIMARY KEY (id)", "CREATE TABLE history (id int, at timestamptz)");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> {
                Random random = new Random(number);
                while (!Thread.currentThread().isInterrupted()) {
                    try (Connection c = server.connect();
                            Statement s = c.createStatement()) {
                        s.execute("SET application_name = 'load-%d'".formatted(random.nextInt(1000)));
                        for (int n = 0; n < 500 && !Thread.currentThread().isInterrupted(); n++) {
                            int id = 1 + random.nextInt(10_000);
                            s.execute("BEGIN; UPDATE accounts SET balance = balance + 1 WHERE id = %1$d;".formatted(id)
                                    + "SELECT balance FROM accounts WHERE id = %1$d;".formatted(id)
                                    + "INSERT INTO history VALUES (%1$d, now()); COMMIT".formatted(id));
                        }
                        s.execute("DROP TABLE IF EXISTS made_%d".formatted(number));
                        s.execute("CREATE TABLE made_%d AS SELECT * FROM pg_class".formatted(number));
                    } catch (SQLException e) {
                        if (!Thread.currentThread().isInterrupted()) {
                            throw new IllegalStateException(e);
                        }
                    }
                }
            }));
        }
        return threads;
    }

    private record Sampled(double seconds, double value) {}

    /** All that Prometheus has of one series; none if it has none, or none yet. */
    private List<Sampled> samples(int port, String series) throws Exception {
        List<Sampled> samples = new ArrayList<>();
        JsonNode found = json(port, "/api/v1/query?query=" + URLEncoder.encode(series + "[1h]", StandardCharsets.UTF_8))
                .path("data")
                .path("result");
        assertThat(found.size()).as(series).isLessThanOrEqualTo(1);
        for (JsonNode pair : found.path(0).path("values")) {
            samples.add(new Sampled(
                    pair.get(0).asDouble(), Double.parseDouble(pair.get(1).asText())));
        }
        return samples;
    }

    private JsonNode json(int port, String path) throws Exception {
        return new ObjectMapper().readTree(get(port, path));
    }

    /** Empty while Prometheus does not answer yet. */
    private String get(int port, String path) throws InterruptedException {
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .timeout(Duration.ofMinutes(1))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? response.body() : "{}";
        } catch (IOException e) {
            return "{}";
        }
    }
}
