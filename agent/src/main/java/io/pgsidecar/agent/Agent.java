package io.pgsidecar.agent;

import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.http.AgentServers;
import io.pgsidecar.archive.wal.DataDirectory;
import io.pgsidecar.archive.wal.PrefetchSettings;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.archive.wal.WalRepository;
import io.pgsidecar.archive.wal.WalRestorer;
import io.pgsidecar.probes.InstanceObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running agent: everything is wired here, started in order, and closed in reverse. It waits for nothing when it
 * starts: not for PostgreSQL, not for a repository.
 */
public final class Agent implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Agent.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final int port;

    /** @throws IOException if it cannot start; the message says which setting is in the way */
    public Agent(AgentConfig config) throws IOException {
        try {
            Repositories opened = Repositories.open(config);
            parts.push(opened);
            List<WalRepository> repositories = opened.wal();
            DataDirectory data = new DataDirectory(config.postgres().data());
            WalArchiver archiver = new WalArchiver(data, repositories);
            WalRestorer restorer = restorer(config, data, repositories);
            parts.push(restorer);
            InstanceObserver observer = new InstanceObserver(
                    config.postgres().address(), config.probes().interval());
            parts.push(observer);
            observer.start();
            AgentServers servers = AgentServers.start(settings(config), observer, archiver, restorer);
            parts.push(servers);
            port = servers.port();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
        log.atInfo()
                .addKeyValue("http", "http://" + config.http().host() + ":" + port)
                .addKeyValue("socket", config.control().socket())
                .addKeyValue("data", config.postgres().data())
                .log("Agent ready");
    }

    /** The port of probes and REST. */
    public int port() {
        return port;
    }

    private static WalRestorer restorer(AgentConfig config, DataDirectory data, List<WalRepository> repositories)
            throws IOException {
        AgentConfig.Restore restore = config.restore();
        PrefetchSettings prefetch = new PrefetchSettings(
                restore.prefetch(),
                restore.spool().orElseGet(() -> config.control().socket().resolveSibling("spool")),
                restore.spoolSize().bytes());
        try {
            return new WalRestorer(data, repositories, restore.retryFor(), prefetch);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static AgentServers.Settings settings(AgentConfig config) {
        // Longer than a look can take, with its own time-outs: else a hung PostgreSQL would look like a hung agent.
        Duration look =
                config.postgres().connectTimeout().plus(config.postgres().queryTimeout());
        Duration stalledAfter = look.multipliedBy(3)
                .plus(config.probes().interval())
                .plus(config.probes().maxAge());
        return new AgentServers.Settings(
                config.http().host(),
                config.http().port(),
                config.control().socket(),
                config.probes().maxAge(),
                stalledAfter,
                config.shutdown().timeout());
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
