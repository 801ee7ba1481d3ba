package io.pgsidecar.agent.metrics;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code /metrics} on the port that Prometheus is told of, with or without TLS. It is closed with its Vert.x. */
public final class MetricsServer {

    private static final Logger log = LoggerFactory.getLogger(MetricsServer.class);

    /** Several Prometheus, each with a connection that it keeps, and a person or two. */
    private static final int MOST_CONNECTIONS = 64;

    /** Longer than a scrape interval mostly is: then each scrape finds its connection. */
    private static final Duration IDLE = Duration.ofMinutes(3);

    private static final Duration LOOK_FOR_NEW_FILES = Duration.ofMinutes(1);

    /**
     * Where to listen.
     *
     * @param port 0 takes a free one
     * @param tls empty serves in the clear
     */
    public record Settings(String host, int port, Optional<TlsFiles> tls) {}

    private final HttpServer server;
    private final @Nullable TlsFiles tls;
    private volatile TlsFiles.@Nullable Content served;

    private MetricsServer(HttpServer server, @Nullable TlsFiles tls, TlsFiles.@Nullable Content served) {
        this.server = server;
        this.tls = tls;
        this.served = served;
    }

    /**
     * Starts to serve.
     *
     * @param workers runs each task on a thread that may wait
     * @throws IOException if the port cannot be had, or the certificate is of no use; the message says which setting it was
     */
    public static MetricsServer start(Settings settings, Vertx vertx, Executor workers, MetricsEndpoint endpoint)
            throws IOException {
        return start(settings, vertx, workers, endpoint, MOST_CONNECTIONS, LOOK_FOR_NEW_FILES);
    }

    static MetricsServer start(
            Settings settings,
            Vertx vertx,
            Executor workers,
            MetricsEndpoint endpoint,
            int mostConnections,
            Duration lookForNewFiles)
            throws IOException {
        // With an upgrade to HTTP/2 possible, a connection would not be heard of before its first request.
        HttpServerOptions options =
                new HttpServerOptions().setIdleTimeout((int) IDLE.toSeconds()).setHttp2ClearTextEnabled(false);
        TlsFiles.Content content = null;
        if (settings.tls().isPresent()) {
            content = settings.tls().get().read();
            options.setSsl(true).setUseAlpn(false).setKeyCertOptions(content.options());
        }
        Connections connections = new Connections(mostConnections);
        HttpServer server = vertx.createHttpServer(options)
                .connectionHandler(connections::add)
                .requestHandler(request -> handle(request, endpoint, connections));
        try {
            server.listen(settings.port(), settings.host()).await();
        } catch (Exception e) { // Vert.x throws whatever the error is, undeclared.
            throw new IOException(reason(settings, e), e);
        }
        MetricsServer started = new MetricsServer(server, settings.tls().orElse(null), content);
        if (content != null) {
            vertx.setPeriodic(lookForNewFiles.toMillis(), timer -> started.renew(vertx.getOrCreateContext(), workers));
        }
        return started;
    }

    private static String reason(Settings settings, Exception e) {
        return e instanceof SocketException
                ? "metrics.port: cannot listen on %s:%d: %s".formatted(settings.host(), settings.port(), e.getMessage())
                : settings.tls()
                        .map(files ->
                                "metrics.tls: %s and %s must be a certificate and its key, in PEM and not encrypted: %s"
                                        .formatted(files.certificate(), files.key(), e.getMessage()))
                        .orElseGet(() -> "metrics.port: cannot listen on %s:%d: %s"
                                .formatted(settings.host(), settings.port(), e.getMessage()));
    }

    /** The port, the chosen one where 0 was given. */
    public int port() {
        return server.actualPort();
    }

    private static void handle(HttpServerRequest request, MetricsEndpoint endpoint, Connections connections) {
        switch (Objects.requireNonNullElse(request.path(), "")) {
            case "/metrics", "/metrics/" -> {
                connections.begin(request.connection());
                endpoint.answer(request, () -> connections.end(request.connection()));
            }
            default ->
                request.response()
                        .setStatusCode(404)
                        .putHeader("Content-Type", "text/plain; charset=utf-8")
                        .end("nothing here; there is /metrics\n");
        }
    }

    /** Serves with what the files hold now. What is of no use leaves the old one in place. */
    private void renew(Context loop, Executor workers) {
        workers.execute(() -> {
            TlsFiles.Content found;
            try {
                found = Objects.requireNonNull(tls).read();
            } catch (IOException e) {
                log.warn("{}; the old certificate goes on", e.getMessage());
                return;
            }
            if (found.equals(served)) {
                return;
            }
            served = found;
            loop.runOnContext(nothing -> server.updateSSLOptions(
                            new ServerSSLOptions().setKeyCertOptions(found.options()))
                    .onSuccess(done -> log.info("The metrics are served with a new certificate"))
                    .onFailure(e -> log.warn(
                            "metrics.tls: what is new is of no use, the old certificate goes on: {}", e.toString())));
        });
    }
}
