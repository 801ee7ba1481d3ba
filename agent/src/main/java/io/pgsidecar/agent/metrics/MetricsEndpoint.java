package io.pgsidecar.agent.metrics;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /metrics}. The page is written on another thread than the event loop's, and sent as fast as the
 * reader takes it, a piece at a time: a slow one holds the page that others share, and for a limited time.
 */
public final class MetricsEndpoint {

    private static final Logger log = LoggerFactory.getLogger(MetricsEndpoint.class);

    private final Vertx vertx;
    private final Executor workers;
    private final Exposition exposition;
    private final Optional<BasicAuth> auth;
    private final int most;
    private final Duration longest;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicBoolean passwordUnread = new AtomicBoolean();

    /**
     * An endpoint, for any number of servers.
     *
     * @param workers runs each task on a thread that may wait
     * @param auth empty lets everybody read
     */
    public MetricsEndpoint(Vertx vertx, Executor workers, Exposition exposition, Optional<BasicAuth> auth) {
        this(vertx, workers, exposition, auth, 32, Duration.ofSeconds(30));
    }

    /**
     * With other limits.
     *
     * @param most answers at a time
     * @param longest that an answer may take, until its reader has it
     */
    MetricsEndpoint(
            Vertx vertx,
            Executor workers,
            Exposition exposition,
            Optional<BasicAuth> auth,
            int most,
            Duration longest) {
        this.vertx = vertx;
        this.workers = workers;
        this.exposition = exposition;
        this.auth = auth;
        this.most = most;
        this.longest = longest;
    }

    /** What a request gets. */
    private record Answer(int status, String text, Exposition.@Nullable Written page) {}

    /** How many answers are under way. */
    int underWay() {
        return underWay.get();
    }

    /** Answers from anywhere. */
    public void answer(HttpServerRequest request) {
        answer(request, auth, () -> {});
    }

    /** Answers whoever has the right anyway: over the Unix socket. */
    public void answerTrusted(HttpServerRequest request) {
        answer(request, Optional.empty(), () -> {});
    }

    void answer(HttpServerRequest request, Runnable ended) {
        answer(request, auth, ended);
    }

    private void answer(HttpServerRequest request, Optional<BasicAuth> check, Runnable ended) {
        HttpServerResponse response = request.response();
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            response.putHeader("Allow", "GET, HEAD");
            send(request, new Answer(405, "metrics are read by GET", null), ended);
            return;
        }
        if (underWay.incrementAndGet() > most) {
            underWay.decrementAndGet();
            response.putHeader("Retry-After", "1");
            send(request, new Answer(503, "%d readers are being answered already".formatted(most), null), ended);
            return;
        }
        AtomicBoolean over = new AtomicBoolean();
        long timer = vertx.setTimer(longest.toMillis(), late -> HardClose.of(request.connection()));
        Runnable end = () -> {
            if (over.compareAndSet(false, true)) {
                vertx.cancelTimer(timer);
                underWay.decrementAndGet();
                ended.run();
            }
        };
        response.endHandler(done -> end.run());
        response.closeHandler(gone -> end.run());
        response.exceptionHandler(failure -> end.run());
        Representation wanted = Representation.of(request.getHeader("Accept"), request.getHeader("Accept-Encoding"));
        String authorization = request.getHeader("Authorization");
        Context loop = vertx.getOrCreateContext();
        workers.execute(() -> {
            Answer answer = answer(check, authorization, wanted);
            loop.runOnContext(nothing -> send(request, answer, () -> {}));
        });
    }

    private Answer answer(Optional<BasicAuth> check, @Nullable String authorization, Representation wanted) {
        try {
            if (check.isPresent() && !check.get().admits(authorization)) {
                return new Answer(401, "metrics.basicAuth: a user and a password are needed", null);
            }
            passwordUnread.set(false);
        } catch (IOException e) {
            if (!passwordUnread.getAndSet(true)) {
                log.error(
                        "metrics.basicAuth.passwordFile cannot be read, so nobody gets the metrics: {}", e.toString());
            }
            return new Answer(500, "metrics.basicAuth.passwordFile cannot be read; the agent's log tells more", null);
        }
        try {
            return new Answer(200, "", exposition.write(wanted));
        } catch (IOException | RuntimeException | Error e) {
            log.atError().setCause(e).log("The metrics page could not be written");
            return new Answer(500, "the page could not be written; the agent's log tells more", null);
        }
    }

    private static void send(HttpServerRequest request, Answer answer, Runnable ended) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            ended.run();
            return;
        }
        response.setStatusCode(answer.status()).putHeader("Cache-Control", "no-store");
        Exposition.Written page = answer.page();
        if (page != null) {
            response.putHeader("Vary", "Accept, Accept-Encoding");
            new PageSending(request, page).begin();
            return;
        }
        if (answer.status() == 401) {
            response.putHeader("WWW-Authenticate", "Basic realm=\"pgsidecar metrics\", charset=\"UTF-8\"");
        }
        response.putHeader("Content-Type", "text/plain; charset=utf-8");
        response.end(answer.text() + "\n");
        ended.run();
    }
}
