package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.wal.WalRepository;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A repository that a backup goes into. An optional one that fails is lost for this backup; it does not end it. Safe for
 * several threads.
 */
public final class BackupTarget {

    /** What is done in the repository. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    private static final Logger log = LoggerFactory.getLogger(BackupTarget.class);

    private final String name;
    private final boolean optional;
    private final ObjectStore store;
    private final Repository layout;
    private final WalRepository wal;
    private volatile @Nullable IOException failure;

    /**
     * A repository, for one backup.
     *
     * @param name as in the configuration
     * @param optional whether a backup is one without it
     */
    public BackupTarget(String name, boolean optional, ObjectStore store, Repository layout, WalRepository wal) {
        this.name = name;
        this.optional = optional;
        this.store = store;
        this.layout = layout;
        this.wal = wal;
    }

    /** As in the configuration. */
    public String name() {
        return name;
    }

    boolean optional() {
        return optional;
    }

    ObjectStore store() {
        return store;
    }

    Repository layout() {
        return layout;
    }

    WalRepository wal() {
        return wal;
    }

    /** Whether it is left out of the rest of the backup. */
    boolean isLost() {
        return failure != null;
    }

    /** Why it is left out; empty if it is not. */
    public Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    /**
     * Does something in it.
     *
     * @return false if it is optional and has failed, now or before
     * @throws IOException if it failed and is not optional; the message names the repository
     */
    boolean attempt(Work work) throws IOException {
        if (failure != null) {
            return false;
        }
        try {
            work.run();
            return true;
        } catch (IOException e) {
            if (!optional) {
                throw e;
            }
            lose(e);
            return false;
        }
    }

    private synchronized void lose(IOException e) {
        if (failure == null) {
            failure = e;
            log.atWarn()
                    .addKeyValue("repository", name)
                    .log("The backup goes on without this optional repository: {}", e.getMessage());
        }
    }
}
