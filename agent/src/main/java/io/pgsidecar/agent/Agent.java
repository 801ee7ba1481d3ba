package io.pgsidecar.agent;

import io.pgsidecar.agent.backup.BackupRunner;
import io.pgsidecar.agent.backup.BackupScheduler;
import io.pgsidecar.agent.backup.BackupScheduling;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.MetricsConfig;
import io.pgsidecar.agent.drain.Draining;
import io.pgsidecar.agent.http.AgentServers;
import io.pgsidecar.agent.http.InstanceApi;
import io.pgsidecar.agent.http.ProbeSettings;
import io.pgsidecar.agent.labels.Labels;
import io.pgsidecar.agent.metrics.AgentMetrics;
import io.pgsidecar.agent.metrics.BasicAuth;
import io.pgsidecar.agent.metrics.InstanceMetrics;
import io.pgsidecar.agent.metrics.MetricsServer;
import io.pgsidecar.agent.metrics.ProbeFamilies;
import io.pgsidecar.agent.metrics.TlsFiles;
import io.pgsidecar.agent.patroni.Member;
import io.pgsidecar.agent.patroni.MemberTags;
import io.pgsidecar.agent.promotion.Promotion;
import io.pgsidecar.agent.statuspage.StatusFacts;
import io.pgsidecar.agent.statuspage.StatusSources;
import io.pgsidecar.archive.wal.DataDirectory;
import io.pgsidecar.archive.wal.SweepReport;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.probes.InstanceObserver;
import io.pgsidecar.probes.ServiceGate;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The running agent: everything is wired here, started in order, and closed in reverse. It waits for nothing when it
 * starts: not for PostgreSQL, not for a repository.
 */
public final class Agent implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Agent.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final WalArchiver archiver;
    private final AgentServers servers;
    private final Draining draining;
    private final Duration drainTimeout;
    private @Nullable Thread drainAtStop;
    private final PostgresExit postgresExit;
    private final AgentConfig.Shutdown shutdown;

    /**
     * Starts all parts.
     *
     * @param environment tells of the pod that it runs in
     * @throws IOException if it cannot start; the message says which setting is in the way
     */
    public Agent(AgentConfig config, Map<String, String> environment) throws IOException {
        try {
            Repositories opened = Repositories.open(config);
            parts.push(opened);
            DataDirectory data = new DataDirectory(config.postgres().data());
            archiver = new WalArchiver(
                    data, opened.required(), opened.optional(), config.archive().lookAhead());
            parts.push(archiver);
            RecoveryWal recovery = new RecoveryWal(config, data, opened);
            parts.push(recovery);
            BackupRunner backups = new BackupRunner(config, opened, InstantSource.system());
            parts.push(backups);
            InstanceObserver observer = new InstanceObserver(
                    config.postgres().address(), config.probes().interval());
            parts.push(observer);
            Labels labels = Labels.start(config, environment, observer);
            parts.push(labels);
            observer.start();
            Optional<BackupScheduler> scheduler = BackupScheduling.of(
                    config.backup(), opened, () -> observer.state().role(), backups, InstantSource.system());
            scheduler.ifPresent(parts::push);
            draining = new Draining(observer::state, labels);
            drainTimeout = config.kubernetes().drainTimeout();
            Promotion promotion = new Promotion(config.postgres().address(), labels, observer::expectRoleChange);
            ServiceGate gate = () -> draining.closed().or(labels::closed);
            AgentServers.Settings settings = settings(config, environment);
            Optional<InstanceMetrics> instance =
                    InstanceMetrics.of(config, () -> observer.state().availability());
            instance.ifPresent(parts::push);
            AgentMetrics metrics = metrics(
                    config, settings.probes(), gate, observer, archiver, recovery, opened, backups, labels, instance);
            parts.push(metrics);
            servers = AgentServers.start(
                    settings,
                    observer,
                    gate,
                    archiver,
                    recovery,
                    backups,
                    new InstanceApi(draining, promotion, drainTimeout),
                    labels,
                    metrics,
                    statusSources(config, settings, observer, archiver, backups, labels, metrics, instance));
            parts.push(servers);
            metrics.start();
            instance.ifPresent(InstanceMetrics::start);
            scheduler.ifPresent(BackupScheduler::start);
            postgresExit = new PostgresExit(config.postgres().data(), observer::state);
            shutdown = config.shutdown();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
        servers.metricsPort()
                .ifPresent(port -> log.atInfo()
                        .addKeyValue("host", config.metrics().host())
                        .addKeyValue("port", port)
                        .log("Metrics are served"));
        log.atInfo()
                .addKeyValue("http", "http://" + config.http().host() + ":" + port())
                .addKeyValue("socket", config.control().socket())
                .addKeyValue("data", config.postgres().data())
                .log("Agent ready");
    }

    /** The port of probes and REST. */
    public int port() {
        return servers.port();
    }

    private static AgentServers.Settings settings(AgentConfig config, Map<String, String> environment) {
        // Longer than a look can take, with its own time-outs: else a hung PostgreSQL would look like a hung agent.
        Duration look =
                config.postgres().connectTimeout().plus(config.postgres().queryTimeout());
        Duration stalledAfter = look.multipliedBy(5)
                .plus(config.probes().interval())
                .plus(config.probes().maxAge());
        return new AgentServers.Settings(
                config.http().host(),
                config.http().port(),
                config.control().socket(),
                new ProbeSettings(
                        config.probes().maxAge(),
                        stalledAfter,
                        config.probes().lagLimits(),
                        config.probes().maxSilence()),
                member(config, environment),
                metricsServer(config.metrics()),
                metricsReaders(config.metrics().basicAuth()),
                config.shutdown().timeout());
    }

    private static Optional<MetricsServer.Settings> metricsServer(MetricsConfig metrics) {
        MetricsConfig.Tls tls = metrics.tls();
        return metrics.enabled()
                ? Optional.of(new MetricsServer.Settings(
                        metrics.host(),
                        metrics.port(),
                        tls.certificate().flatMap(certificate -> tls.key().map(key -> new TlsFiles(certificate, key)))))
                : Optional.empty();
    }

    private static Optional<BasicAuth> metricsReaders(MetricsConfig.BasicAuth auth) {
        return auth.user().flatMap(user -> auth.passwordFile().map(file -> new BasicAuth(user, file)));
    }

    private static AgentMetrics metrics(
            AgentConfig config,
            ProbeSettings probes,
            ServiceGate gate,
            InstanceObserver observer,
            WalArchiver archiver,
            RecoveryWal recovery,
            Repositories repositories,
            BackupRunner backups,
            Labels labels,
            Optional<InstanceMetrics> instance) {
        return new AgentMetrics(
                config.postgres().data(),
                config.metrics().interval(),
                config.metrics().slowInterval(),
                config.retention().settings(),
                observer,
                new ProbeFamilies(probes.maxAge(), probes.stalledAfter(), probes.lag(), probes.maxSilence(), gate),
                archiver,
                recovery,
                repositories,
                backups,
                labels,
                instance);
    }

    private static StatusSources statusSources(
            AgentConfig config,
            AgentServers.Settings settings,
            InstanceObserver observer,
            WalArchiver archiver,
            BackupRunner backups,
            Labels labels,
            AgentMetrics metrics,
            Optional<InstanceMetrics> instance) {
        return new StatusSources(
                new StatusFacts.Who(settings.member().name(), settings.member().scope(), version()),
                new StatusFacts.Looks(
                        config.metrics().interval(), config.metrics().slowInterval()),
                observer,
                archiver,
                backups,
                labels,
                metrics,
                () -> instance.map(InstanceMetrics::page));
    }

    /** The jar's manifest has it; classes that run from a folder have none. */
    private static String version() {
        return Objects.requireNonNullElse(Agent.class.getPackage().getImplementationVersion(), "development");
    }

    private static Member member(AgentConfig config, Map<String, String> environment) {
        AgentConfig.Patroni patroni = config.patroni();
        return new Member(
                patroni.scope().orElse(config.server().value()),
                patroni.name().orElseGet(() -> ownName(environment)),
                new MemberTags(patroni.tagsByName()));
    }

    private static String ownName(Map<String, String> environment) {
        String pod = environment.getOrDefault("POD_NAME", "");
        return pod.isBlank() ? BackupRunner.host() : pod;
    }

    /**
     * Stops as it is told to from outside. If PostgreSQL stops too, its last archive calls are served before, and what it
     * has left waiting is archived after.
     */
    public void stop() throws InterruptedException {
        try {
            long deadline = System.nanoTime() + shutdown.timeout().toNanos();
            // No new client is sent to a server that stops, however it was told to.
            boolean postgresStops = postgresExit.await(shutdown.timeout(), this::startDraining);
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            if (!servers.drain(left)) {
                log.warn("Requests are still running; PostgreSQL will ask again");
            }
            if (postgresStops) {
                archiver.sweep(shutdown.sweep()).ifPresent(Agent::tell);
            }
            Thread drain = drainAtStop;
            if (drain != null) {
                drain.join(drainTimeout);
            }
        } finally {
            close();
        }
    }

    private void startDraining() {
        drainAtStop = Thread.ofVirtual().name("drain-at-stop").start(() -> {
            try {
                if (!draining.drain(drainTimeout)) {
                    log.warn("The label was not removed within {} s", drainTimeout.toSeconds());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void tell(SweepReport report) {
        log.atLevel(report.left() == 0 ? Level.INFO : Level.WARN)
                .addKeyValue("archived", report.archived())
                .addKeyValue("files", String.join(",", report.archivedNames()))
                .addKeyValue("left", report.left())
                .addKeyValue("leftFiles", String.join(",", report.leftNames()))
                .log("Swept what PostgreSQL has left waiting");
    }

    /** Stops in reverse order, and waits for each part. An error in one does not keep the others running. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                log.atWarn()
                        .setCause(e)
                        .log("Error while closing {}", part.getClass().getSimpleName());
            }
        }
    }
}
