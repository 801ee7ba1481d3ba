package io.pgsidecar.agent.metrics;

import io.pgsidecar.agent.pod.AgentProcess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoublePredicate;
import java.util.zip.GZIPInputStream;

/**
 * A page as Prometheus takes it: OpenMetrics, compressed.
 *
 * @param nanos from the request to the last byte
 * @param bytes that came over the wire
 */
record Scrape(int status, String text, long nanos, int bytes) {

    static final String OPEN_METRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

    static Scrape of(HttpClient client, AgentProcess agent) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + agent.metricsPort() + "/metrics"))
                .header("Accept", OPEN_METRICS)
                .header("Accept-Encoding", "gzip")
                .timeout(Duration.ofMinutes(1))
                .build();
        long begun = System.nanoTime();
        HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        long nanos = System.nanoTime() - begun;
        byte[] body = response.body();
        if (response.statusCode() != 200) {
            return new Scrape(response.statusCode(), new String(body, StandardCharsets.UTF_8), nanos, body.length);
        }
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
            return new Scrape(200, new String(in.readAllBytes(), StandardCharsets.UTF_8), nanos, body.length);
        }
    }

    static Scrape of(AgentProcess agent) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return of(client, agent);
        } catch (IOException e) {
            throw new IllegalStateException("no answer; the agent's log:\n" + agent.log(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until a series is there with a value that fits. */
    static void await(AgentProcess agent, String series, DoublePredicate fits) {
        agent.await(series, () -> of(agent).value(series).stream().anyMatch(fits));
    }

    /** @param series as it stands at the line's begin, with its labels */
    OptionalDouble value(String series) {
        String begin = series + " ";
        return text.lines()
                .filter(line -> line.startsWith(begin))
                .mapToDouble(line ->
                        Double.parseDouble(line.substring(begin.length()).replace("+Inf", "Infinity")))
                .findFirst();
    }

    /** The series of one name. */
    List<String> series(String name) {
        return text.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .toList();
    }

    /** The collectors whose last round was not a whole one. */
    List<String> failing() {
        return series("pg_scrape_collector_success").stream()
                .filter(line -> !line.endsWith(" 1.0"))
                .map(line -> line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')))
                .sorted()
                .toList();
    }

    long lines() {
        return text.lines().filter(line -> !line.startsWith("#")).count();
    }
}
