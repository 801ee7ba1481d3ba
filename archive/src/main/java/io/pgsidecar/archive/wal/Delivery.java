package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings files to a repository that others have had already: from {@code pg_wal} while PostgreSQL still has them, else
 * from another repository. Safe for several threads.
 */
final class Delivery {

    private final DataDirectory data;
    private final WalRepository target;
    private final List<WalRepository> sources;
    private final Cores cores;

    /** @param sources asked in this order, at least one */
    Delivery(DataDirectory data, WalRepository target, List<WalRepository> sources, Cores cores) {
        this.data = data;
        this.target = target;
        this.sources = List.copyOf(sources);
        this.cores = cores;
    }

    /**
     * Brings a file that was archived.
     *
     * @param stamp of PostgreSQL's file when it was
     */
    void bring(WalFileName name, FileStamp stamp) throws WalException, InterruptedException {
        if (!bringFromPgWal(name, stamp)) {
            copy(name, target.stem(name));
        }
    }

    /** False if PostgreSQL has not got the file any more, as it was archived. */
    private boolean bringFromPgWal(WalFileName name, FileStamp stamp) throws WalException, InterruptedException {
        Path path = data.wal().resolve(name.toString());
        if (!stamp.isOf(path)) {
            return false;
        }
        long systemIdentifier = data.systemIdentifier();
        try {
            WalFileCheck.check(name, path, systemIdentifier);
            target.owner().claim(systemIdentifier, name.holdsWal() ? Files.size(path) : data.walSegmentSize());
            boolean ignored = target.add(name, path, cores, () -> false);
            return true;
        } catch (ObjectStoreException e) {
            throw WalException.of(target.name(), e);
        } catch (IOException e) {
            if (!stamp.isOf(path)) {
                return false; // Recycled while it was read.
            }
            throw WalException.ofRepository(target.name(), e);
        } catch (WalException e) {
            if (!stamp.isOf(path)) {
                return false;
            }
            throw e;
        }
    }

    /** Brings a file from whichever repository has it. One that has been removed from all of them is no failure. */
    void copy(WalFileName name, ObjectKey stem) throws WalException, InterruptedException {
        long systemIdentifier = data.systemIdentifier();
        try {
            target.owner().claim(systemIdentifier, data.walSegmentSize());
        } catch (IOException e) {
            throw WalException.ofRepository(target.name(), e);
        }
        @Nullable WalException failure = null;
        for (WalRepository source : sources) {
            try {
                source.owner().prove(systemIdentifier);
                if (new RepositoryCopy(source, target, systemIdentifier).copy(name, stem)) {
                    return;
                }
            } catch (IOException e) {
                failure = WalException.ofRepository(source.name(), e);
            } catch (WalException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
