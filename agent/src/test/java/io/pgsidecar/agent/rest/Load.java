package io.pgsidecar.agent.rest;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Requests at a steady rate from one event loop. While many are not answered yet it falls behind, so that a machine that
 * is too slow for the rate shows as a lower rate and not as a queue in here.
 */
final class Load implements AutoCloseable {

    private static final int CONNECTIONS = 32;
    private static final int MOST_OPEN = 64;

    /**
     * An answer.
     *
     * @param sentNanos when its request was sent, by {@link System#nanoTime()}
     * @param receivedNanos when its end was here
     */
    record Answer(String path, int status, String body, long sentNanos, long receivedNanos) {}

    /** What is done with each answer, on the event loop. */
    interface Judge {
        /** What is known before a request is sent; it comes back with the answer. */
        long before();

        /** Called with its answer. */
        void answered(long before, Answer answer);
    }

    /** What came of it; the latencies of what was answered. */
    record Result(
            int answered,
            int failed,
            String firstFailure,
            Duration took,
            Duration median,
            Duration p99,
            Duration p999,
            Duration worst) {

        double perSecond() {
            return answered / (took.toNanos() / 1e9);
        }
    }

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final HttpClient client;
    private final List<String> paths;
    private final Judge judge;

    // Only touched on the event loop.
    private long sent;
    private int open;
    private int failed;
    private String firstFailure = "";
    private int answered;

    Load(int port, List<String> paths, Judge judge) {
        this.paths = List.copyOf(paths);
        this.judge = judge;
        client = vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(port),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS));
    }

    /** Runs, and waits for the last answer. */
    Result run(int perSecond, Duration time) throws Exception {
        CompletableFuture<Result> result = new CompletableFuture<>();
        long total = perSecond * time.toMillis() / 1000;
        long[] latencies = new long[Math.toIntExact(total)];
        vertx.getOrCreateContext().runOnContext(start -> {
            long began = System.nanoTime();
            vertx.setPeriodic(2, timer -> {
                long due = Math.min(total, (System.nanoTime() - began) * perSecond / 1_000_000_000L);
                while (sent < due && open < MOST_OPEN) {
                    send(paths.get(Math.toIntExact(sent % paths.size())), latencies);
                    sent++;
                }
                if (sent == total && open == 0) {
                    vertx.cancelTimer(timer);
                    result.complete(result(latencies, Duration.ofNanos(System.nanoTime() - began)));
                }
            });
        });
        return result.get(time.toSeconds() * 10 + 120, TimeUnit.SECONDS);
    }

    private Result result(long[] latencies, Duration took) {
        long[] sorted = Arrays.copyOf(latencies, answered);
        Arrays.sort(sorted);
        return new Result(
                answered,
                failed,
                firstFailure,
                took,
                share(sorted, 0.5),
                share(sorted, 0.99),
                share(sorted, 0.999),
                share(sorted, 1));
    }

    /** The latency that this share of the answers did not exceed. */
    private static Duration share(long[] sorted, double share) {
        return sorted.length == 0
                ? Duration.ZERO
                : Duration.ofNanos(sorted[(int) Math.min(sorted.length - 1, (long) (share * sorted.length))]);
    }

    private void send(String path, long[] latencies) {
        open++;
        long before = judge.before();
        long sentNanos = System.nanoTime();
        client.request(HttpMethod.GET, path)
                .compose(HttpClientRequest::send)
                .compose(response -> response.body()
                        .map((Buffer body) ->
                                new Answer(path, response.statusCode(), body.toString(), sentNanos, System.nanoTime())))
                .onComplete(done -> {
                    open--;
                    if (done.succeeded()) {
                        latencies[answered++] = done.result().receivedNanos() - sentNanos;
                        judge.answered(before, done.result());
                    } else {
                        failed++;
                        firstFailure = firstFailure.isEmpty() ? String.valueOf(done.cause()) : firstFailure;
                    }
                });
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
