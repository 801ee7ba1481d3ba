package io.pgsidecar.agent;

import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.RepositoryConfig;
import io.pgsidecar.agent.config.ServerName;
import io.pgsidecar.archive.backup.BackupCatalog;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.repository.azure.AzureStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.repository.s3.S3Store;
import io.pgsidecar.archive.wal.WalFileName;
import io.pgsidecar.archive.wal.WalRepository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The repositories of the configuration, opened, in its order. To open one asks nobody: a store may be away. The classes
 * of a kind of store are loaded only if there is one of it.
 */
public final class Repositories implements AutoCloseable {

    /**
     * One repository.
     *
     * @param name as in the configuration
     * @param optional whether WAL counts as archived without it
     */
    public record Open(
            String name,
            boolean optional,
            ObjectStore store,
            Repository layout,
            WalRepository wal,
            BackupCatalog backups) {}

    private static final Logger log = LoggerFactory.getLogger(Repositories.class);

    private final List<Open> all = new ArrayList<>();

    private final Encryption encryption;

    private Repositories(Encryption encryption) {
        this.encryption = encryption;
    }

    /**
     * Opens them.
     *
     * @throws IOException if a repository's settings cannot work; the message names it
     */
    public static Repositories open(AgentConfig config) throws IOException {
        return open(config, config.server());
    }

    /**
     * Opens them for the folder of another server.
     *
     * @throws IOException if a repository's settings cannot work; the message names it
     */
    public static Repositories open(AgentConfig config, ServerName server) throws IOException {
        Encryption encryption = encryption(config);
        Repositories repositories = new Repositories(encryption);
        Repository layout = new Repository(server.value());
        for (var entry : config.repositories().entrySet()) {
            String name = entry.getKey();
            try {
                ObjectStore store = store(entry.getValue());
                WalRepository wal = new WalRepository(
                        name,
                        store,
                        layout,
                        config.archive().compression(),
                        config.archive().level(),
                        encryption);
                repositories.all.add(new Open(
                        name,
                        entry.getValue().optional(),
                        store,
                        layout,
                        wal,
                        new BackupCatalog(name, store, layout, encryption)));
            } catch (IllegalArgumentException e) {
                repositories.close();
                throw new IOException("repositories.%s: %s".formatted(name, e.getMessage()), e);
            }
        }
        return repositories;
    }

    private static Encryption encryption(AgentConfig config) throws IOException {
        try {
            return config.encryption().keys();
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException("encryption.recipientsFile: " + e.getMessage(), e);
        }
    }

    private static ObjectStore store(RepositoryConfig repository) {
        return switch (repository.type()) {
            case FILESYSTEM -> FilesystemStore.open(repository.path().orElseThrow());
            case S3 -> S3Store.open(repository.s3().settings());
            case AZURE -> AzureStore.open(repository.azure().settings());
        };
    }

    /** What encrypts in all of them. */
    public Encryption encryption() {
        return encryption;
    }

    public List<Open> all() {
        return List.copyOf(all);
    }

    /** The WAL in each of them. */
    public List<WalRepository> wal() {
        return all.stream().map(Open::wal).toList();
    }

    /** The WAL in those that must have each file before it counts as archived. */
    public List<WalRepository> required() {
        return all.stream()
                .filter(repository -> !repository.optional())
                .map(Open::wal)
                .toList();
    }

    /** The WAL in those that may lag. */
    public List<WalRepository> optional() {
        return all.stream().filter(Open::optional).map(Open::wal).toList();
    }

    /** Which of those that must have each file lack this one, or cannot be asked. */
    public List<String> without(String file) {
        WalFileName name = WalFileName.parse(file);
        return all.stream()
                .filter(repository -> !repository.optional() && !has(repository, name))
                .map(Open::name)
                .toList();
    }

    private static boolean has(Open repository, WalFileName name) {
        try {
            return repository.wal().has(name);
        } catch (IOException e) {
            return false;
        }
    }

    /** The last one first. An error in one does not keep the others open. */
    @Override
    public void close() {
        for (Open repository : all.reversed()) {
            try {
                repository.store().close();
            } catch (IOException e) {
                log.atWarn().setCause(e).log("Error while closing repository {}", repository.name());
            }
        }
        all.clear();
    }
}
