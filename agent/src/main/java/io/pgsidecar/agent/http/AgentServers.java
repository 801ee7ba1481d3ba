package io.pgsidecar.agent.http;

import io.pgsidecar.agent.RecoveryWal;
import io.pgsidecar.agent.backup.BackupRunner;
import io.pgsidecar.agent.labels.Labels;
import io.pgsidecar.agent.metrics.AgentMetrics;
import io.pgsidecar.agent.metrics.BasicAuth;
import io.pgsidecar.agent.metrics.MetricsEndpoint;
import io.pgsidecar.agent.metrics.MetricsServer;
import io.pgsidecar.agent.patroni.Member;
import io.pgsidecar.agent.statuspage.StatusSources;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.probes.InstanceObserver;
import io.pgsidecar.probes.ServiceGate;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's servers on one event loop: reads on TCP, control on the Unix socket. The socket opens last, so that
 * whoever can connect to it is served.
 */
public final class AgentServers implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AgentServers.class);
    private static final int MAX_URI = 128 * 1024;

    private final ControlSocket socket;
    private final Vertx vertx;
    private final ExecutorService workers;
    private final ControlApi control;
    private final HttpServer readServer;
    private final @Nullable MetricsServer metricsServer;
    private final Duration drainTime;
    private boolean drained;

    private AgentServers(
            ControlSocket socket,
            Vertx vertx,
            ExecutorService workers,
            ControlApi control,
            HttpServer readServer,
            @Nullable MetricsServer metricsServer,
            Duration drainTime) {
        this.socket = socket;
        this.vertx = vertx;
        this.workers = workers;
        this.control = control;
        this.readServer = readServer;
        this.metricsServer = metricsServer;
        this.drainTime = drainTime;
    }

    /**
     * Where to listen, and for how long.
     *
     * @param port 0 takes a free one
     * @param probes by what the kubelet's probes are judged
     * @param member who Patroni's paths say that this is
     * @param metrics where the metrics have a port of their own; empty if they have none
     * @param metricsAuth who may read the metrics over TCP; empty lets everybody
     * @param drainTime for requests that are under way when the servers are closed
     */
    public record Settings(
            String host,
            int port,
            Path socket,
            ProbeSettings probes,
            Member member,
            Optional<MetricsServer.Settings> metrics,
            Optional<BasicAuth> metricsAuth,
            Duration drainTime) {}

    /**
     * Starts the servers.
     *
     * @param gate why no client may come although the server is fine
     * @param sources what the page for people is made of
     * @throws IOException if a port or the socket cannot be had; the message says which setting it was
     */
    public static AgentServers start(
            Settings settings,
            InstanceObserver observer,
            ServiceGate gate,
            WalArchiver archiver,
            RecoveryWal recovery,
            BackupRunner backupRunner,
            InstanceApi instance,
            Labels labels,
            AgentMetrics metrics,
            StatusSources sources)
            throws IOException {
        ControlSocket socket;
        try {
            socket = ControlSocket.claim(settings.socket());
        } catch (IOException e) {
            throw new IOException("control.socket: " + e.getMessage(), e);
        }
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
        try {
            EventLoopPulse pulse = new EventLoopPulse(System.nanoTime());
            vertx.setPeriodic(EventLoopPulse.BEAT.toMillis(), timer -> pulse.beat(System.nanoTime()));
            WalActivity archiving = new WalActivity(metrics.archiveRequests());
            WalActivity restoring = new WalActivity(metrics.restoreRequests());
            BackupApi backups = new BackupApi(backupRunner, InstantSource.system());
            ProbesApi probes = new ProbesApi(settings.probes(), gate, pulse);
            PatroniApi patroni = new PatroniApi(
                    settings.member(),
                    settings.probes().maxAge(),
                    settings.probes().stalledAfter(),
                    gate);
            StatusPages pages = new StatusPages(
                    (now, nanos, verdicts) -> sources.facts(now, nanos, verdicts, archiving.calls(), restoring.calls()),
                    probes,
                    patroni);
            ReadApi reads = new ReadApi(
                    observer,
                    probes,
                    Map.of("archive", archiving, "restore", restoring),
                    recovery::prefetch,
                    archiver::lags,
                    backups,
                    patroni,
                    pages,
                    labels);
            MetricsEndpoint endpoint =
                    new MetricsEndpoint(vertx, workers, metrics.exposition(), settings.metricsAuth());
            ControlApi control = new ControlApi(
                    vertx,
                    workers,
                    archiver,
                    recovery,
                    archiving,
                    restoring,
                    backups,
                    instance,
                    request -> answer(request, reads, endpoint::answerTrusted));
            Consumer<HttpServerRequest> open = settings.metrics().isEmpty()
                    ? AgentServers::sayOff
                    : byTlsOnly(settings) ? AgentServers::refuse : endpoint::answer;
            // A page that is written while the connection is upgraded to HTTP/2 has been seen to get stuck half sent.
            HttpServer readServer = vertx.createHttpServer(
                            new HttpServerOptions().setIdleTimeout(60).setHttp2ClearTextEnabled(false))
                    .requestHandler(request -> answer(request, reads, open));
            listen(readServer, settings);
            MetricsServer metricsServer = settings.metrics().isEmpty()
                    ? null
                    : MetricsServer.start(settings.metrics().get(), vertx, workers, endpoint);
            HttpServer controlServer = vertx.createHttpServer(new HttpServerOptions().setMaxInitialLineLength(MAX_URI))
                    .requestHandler(control::handle);
            socket.listen(controlServer);
            return new AgentServers(socket, vertx, workers, control, readServer, metricsServer, settings.drainTime());
        } catch (IOException | RuntimeException e) {
            vertx.close().await();
            workers.shutdownNow();
            socket.close();
            throw e;
        }
    }

    private static void answer(HttpServerRequest request, ReadApi reads, Consumer<HttpServerRequest> metrics) {
        if (ReadApi.isForMetrics(request)) {
            metrics.accept(request);
        } else {
            reads.answer(request).send(request);
        }
    }

    /** Who serves them encrypted does not want them to be had in the clear beside that. */
    private static boolean byTlsOnly(Settings settings) {
        return settings.metrics().flatMap(MetricsServer.Settings::tls).isPresent();
    }

    private static void sayOff(HttpServerRequest request) {
        Reply.text(404, "metrics are off (metrics.enabled)").send(request);
    }

    private static void refuse(HttpServerRequest request) {
        Reply.text(403, "metrics are served by TLS, on their own port (metrics.port)")
                .send(request);
    }

    private static void listen(HttpServer server, Settings settings) throws IOException {
        try {
            server.listen(settings.port(), settings.host()).await();
        } catch (Exception e) { // Vert.x throws whatever the operating system's error is, undeclared.
            throw new IOException(
                    "http.port: cannot listen on %s:%d: %s".formatted(settings.host(), settings.port(), e.getMessage()),
                    e);
        }
    }

    /** The port of the reads, the chosen one where 0 was given. */
    public int port() {
        return readServer.actualPort();
    }

    /** The port of the metrics, the chosen one where 0 was given; empty if they have none. */
    public OptionalInt metricsPort() {
        return metricsServer == null ? OptionalInt.empty() : OptionalInt.of(metricsServer.port());
    }

    /**
     * Takes no new work on the socket, and waits for what is under way; reads are still answered.
     *
     * @return false if something is still running after the time; PostgreSQL asks again
     */
    public boolean drain(Duration time) throws InterruptedException {
        drained = true;
        return control.drain(time);
    }

    /** Drains, unless that was done, and closes the servers. */
    @Override
    public void close() throws IOException {
        try {
            if (!drained && !drain(drainTime)) {
                log.warn("Requests are still running after {} s; PostgreSQL will ask again", drainTime.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        vertx.close().await();
        workers.shutdownNow();
        socket.close();
    }
}
