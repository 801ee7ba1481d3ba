package io.pgsidecar.agent.http;

import io.pgsidecar.agent.RecoveryWal;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.archive.wal.WalException;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What changes anything, served on the Unix socket only: {@code POST /v1/wal/archive?path=%p} and
 * {@code POST /v1/wal/restore?name=%f&path=%p}, {@link BackupApi} and {@link InstanceApi}. The work is done on virtual threads; the event loop never waits for it.
 * Everything else is answered as on TCP.
 */
final class ControlApi {

    /** Work for a request. It is told whether the caller has hung up. */
    @FunctionalInterface
    private interface Work {
        WalAnswer run(BooleanSupplier abandoned) throws WalException, InterruptedException;
    }

    /** Work that is not for PostgreSQL, and may wait. */
    @FunctionalInterface
    private interface WaitingWork {
        Reply run() throws InterruptedException;
    }

    private static final Logger log = LoggerFactory.getLogger(ControlApi.class);

    private final Vertx vertx;
    private final Executor workers;
    private final WalArchiver archiver;
    private final RecoveryWal recovery;
    private final WalActivity archiving;
    private final WalActivity restoring;
    private final BackupApi backups;
    private final InstanceApi instance;
    private final Consumer<HttpServerRequest> reads;
    private final InFlight inFlight = new InFlight();

    /**
     * The API of one agent.
     *
     * @param workers runs each task on a thread of its own, which may block
     * @param reads answers everything else
     */
    ControlApi(
            Vertx vertx,
            Executor workers,
            WalArchiver archiver,
            RecoveryWal recovery,
            WalActivity archiving,
            WalActivity restoring,
            BackupApi backups,
            InstanceApi instance,
            Consumer<HttpServerRequest> reads) {
        this.vertx = vertx;
        this.workers = workers;
        this.archiver = archiver;
        this.recovery = recovery;
        this.archiving = archiving;
        this.restoring = restoring;
        this.backups = backups;
        this.instance = instance;
        this.reads = reads;
    }

    /** Takes no new work, and waits for what is under way; false if some is still running after the time. */
    boolean drain(Duration time) throws InterruptedException {
        return inFlight.drain(time);
    }

    /** Answers a request, now or when its work is done. */
    void handle(HttpServerRequest request) {
        try {
            switch (Objects.requireNonNullElse(request.path(), "")) {
                case "/v1/wal/archive" -> archive(request);
                case "/v1/wal/restore" -> restore(request);
                case "/v1/backup" -> backups.show().send(request);
                case "/v1/backup/start" -> answer(request, backups::start);
                case "/v1/backup/cancel" -> answer(request, backups::cancel);
                case "/v1/drain" -> change(request, instance::drain);
                case "/v1/undrain" -> change(request, instance::undrain);
                case "/v1/promote" -> promote(request);
                default -> reads.accept(request);
            }
        } catch (IllegalArgumentException e) { // Of Vert.x, at the first look at a parameter.
            WalAnswer.of(new WalException(
                            WalException.Reason.BAD_REQUEST, "the query is not encoded: " + e.getMessage(), null, null))
                    .reply()
                    .send(request);
        }
    }

    private static void answer(HttpServerRequest request, Supplier<Reply> work) {
        if (request.method().equals(HttpMethod.POST)) {
            work.get().send(request);
        } else {
            Reply.text(405, "to be asked by POST").send(request);
        }
    }

    private void promote(HttpServerRequest request) {
        String force = parameter(request, "force");
        String timeout = parameter(request, "timeout");
        change(request, () -> instance.promote(force, timeout));
    }

    /** On a thread that may wait. A stop of the agent does not wait for it: it is not PostgreSQL that asks. */
    private void change(HttpServerRequest request, WaitingWork work) {
        if (!request.method().equals(HttpMethod.POST)) {
            Reply.text(405, "to be asked by POST").send(request);
            return;
        }
        Context loop = vertx.getOrCreateContext();
        workers.execute(() -> {
            Reply reply = reply(work);
            loop.runOnContext(nothing -> reply.send(request));
        });
    }

    private static Reply reply(WaitingWork work) {
        try {
            return work.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return WalAnswer.stopping().reply();
        } catch (RuntimeException | Error e) {
            log.atError().setCause(e).log("Request failed");
            return WalAnswer.of(e).reply();
        }
    }

    private void archive(HttpServerRequest request) {
        String path = parameter(request, "path");
        String modified = parameter(request, "modified");
        work(
                request,
                "archive",
                path,
                archiving,
                abandoned -> WalAnswer.of(archiver.archive(path, nanoseconds(modified))));
    }

    private void restore(HttpServerRequest request) {
        String name = parameter(request, "name");
        String path = parameter(request, "path");
        work(request, "restore", name, restoring, abandoned -> WalAnswer.of(recovery.restore(name, path, abandoned)));
    }

    private void work(HttpServerRequest request, String command, String file, WalActivity activity, Work work) {
        if (!request.method().equals(HttpMethod.POST)) {
            Reply.text(405, "to be asked by POST").send(request);
            return;
        }
        if (!inFlight.enter()) {
            WalAnswer.stopping().reply().send(request);
            return;
        }
        Context loop = vertx.getOrCreateContext();
        AtomicBoolean abandoned = new AtomicBoolean();
        request.response().closeHandler(closed -> abandoned.set(true));
        workers.execute(() -> {
            long began = System.nanoTime();
            WalAnswer answer = answer(command, file, work, abandoned::get);
            activity.add(file, answer, Duration.ofNanos(System.nanoTime() - began));
            loop.runOnContext(nothing -> {
                try {
                    answer.reply().send(request);
                } finally {
                    inFlight.leave();
                }
            });
        });
    }

    private static WalAnswer answer(String command, String file, Work work, BooleanSupplier abandoned) {
        try {
            return work.run(abandoned);
        } catch (WalException e) {
            WalAnswer answer = WalAnswer.of(e);
            log.atWarn()
                    .addKeyValue("command", command)
                    .addKeyValue("file", file)
                    .addKeyValue("outcome", answer.outcome())
                    .setCause(e.reason() == WalException.Reason.FAILED ? e : null)
                    .log(answer.text().replace("\n", "; "));
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return WalAnswer.stopping();
        } catch (RuntimeException | Error e) {
            log.atError()
                    .addKeyValue("command", command)
                    .addKeyValue("file", file)
                    .setCause(e)
                    .log("Request failed");
            return WalAnswer.of(e);
        }
    }

    /** What is there and no number is no number that a file could have: never to be taken for "not given". */
    private static OptionalLong nanoseconds(String modified) {
        if (modified.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(modified));
        } catch (NumberFormatException e) {
            return OptionalLong.of(Long.MIN_VALUE);
        }
    }

    private static String parameter(HttpServerRequest request, String name) {
        String value = request.getParam(name);
        return value == null ? "" : value;
    }
}
