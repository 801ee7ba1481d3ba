package io.pgsidecar.agent;

import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ServerName;
import io.pgsidecar.archive.backup.RecoverySource;
import io.pgsidecar.archive.wal.DataDirectory;
import io.pgsidecar.archive.wal.PrefetchSettings;
import io.pgsidecar.archive.wal.PrefetchStatus;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalRestorer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The WAL that PostgreSQL recovers by: the cluster's own, or, while a new cluster recovers as a copy of another one, that
 * other one's. Whose it is says {@link RecoverySource} at each request; the two never stand in for each other, since "we
 * have no such file" of the wrong one would end the recovery. Safe for several threads.
 */
public final class RecoveryWal implements AutoCloseable {

    private final AgentConfig config;
    private final DataDirectory data;
    private final Path spool;
    private final WalRestorer own;
    private volatile @Nullable Copied copied;

    /** The other cluster's, opened when it is first asked for. */
    private record Copied(Repositories repositories, WalRestorer wal) {}

    /**
     * Of the configuration's data directory.
     *
     * @param own the cluster's repositories; not closed by this
     * @throws IOException if a setting is in the way; the message says which
     */
    RecoveryWal(AgentConfig config, DataDirectory data, Repositories own) throws IOException {
        this.config = config;
        this.data = data;
        this.spool = config.restore()
                .spool()
                .orElseGet(() -> config.control().socket().resolveSibling("spool"));
        this.own = restorer(own, spool);
    }

    /** As {@link WalRestorer#restore}. */
    public WalRestorer.Outcome restore(String name, String path, BooleanSupplier abandoned)
            throws WalException, InterruptedException {
        return reader().restore(name, path, abandoned);
    }

    /** What the prefetch is doing; empty if it is off. */
    public Optional<PrefetchStatus> prefetch() {
        Copied open = copied;
        return (open == null ? own : open.wal()).prefetch();
    }

    private synchronized WalRestorer reader() throws WalException {
        Optional<String> server;
        try {
            server = RecoverySource.of(config.postgres().data());
        } catch (IOException e) {
            throw new WalException(
                    WalException.Reason.FAILED, "cannot tell whose WAL is to be read: " + e, null, null, e);
        }
        return server.isEmpty() ? own : copied(server.get());
    }

    private WalRestorer copied(String name) throws WalException {
        Optional<ServerName> configured = config.bootstrap().restore().server();
        if (configured.map(ServerName::value).filter(name::equals).isEmpty()) {
            throw new WalException(
                    WalException.Reason.FAILED,
                    "%s recovers as a copy of server \"%s\", and bootstrap.restore.server is %s"
                            .formatted(
                                    config.postgres().data(),
                                    name,
                                    configured.map(other -> "\"" + other + "\"").orElse("not set")),
                    null,
                    "Set it to \"%s\" until the recovery has ended.".formatted(name));
        }
        Copied open = copied;
        if (open == null) {
            try {
                Repositories repositories = Repositories.open(config, configured.get());
                open = new Copied(
                        repositories, restorer(repositories, spool.resolveSibling(spool.getFileName() + "-copied")));
            } catch (IOException e) {
                throw new WalException(WalException.Reason.FAILED, String.valueOf(e.getMessage()), null, null, e);
            }
            copied = open;
        }
        return open.wal();
    }

    /** Each has a spool of its own: what was fetched ahead of one is nothing for the other. */
    private WalRestorer restorer(Repositories repositories, Path folder) throws IOException {
        AgentConfig.Restore restore = config.restore();
        try {
            return new WalRestorer(
                    data,
                    repositories.wal(),
                    restore.retryFor(),
                    new PrefetchSettings(
                            restore.prefetch(), folder, restore.spoolSize().bytes()));
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Stops the prefetch. To be called when no request is under way any more. */
    @Override
    public synchronized void close() {
        own.close();
        Copied open = copied;
        if (open != null) {
            open.wal().close();
            open.repositories().close();
        }
    }
}
