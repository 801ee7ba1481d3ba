package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code archive_command}: brings one WAL file into every repository, durably, and never replaces one that is there.
 *
 * <p>When {@link #archive} returns, PostgreSQL may recycle the file. When it throws, nothing is lost: PostgreSQL keeps
 * the file and asks again. To ask again is safe at any point, after a kill between storing and answering too: the same
 * content counts as archived, other content is refused.
 *
 * <p>Safe for several threads. A call for a file that another call is archiving already waits for that one: a caller
 * that gave up and came back does not double the work.
 */
public final class WalArchiver {

    /** How a file came to be archived. */
    public enum Outcome {
        STORED,
        /** The same content was there, in every repository. */
        ALREADY_STORED
    }

    private static final Logger log = LoggerFactory.getLogger(WalArchiver.class);

    private final DataDirectory data;
    private final List<WalRepository> repositories;
    private final AcknowledgedFiles acknowledged = new AcknowledgedFiles();
    private final ConcurrentMap<Path, CompletableFuture<Outcome>> running = new ConcurrentHashMap<>();
    private final Semaphore cpu = new Semaphore(Runtime.getRuntime().availableProcessors());

    /**
     * Archives from a data directory.
     *
     * @param repositories at least one; all of them must acknowledge
     */
    public WalArchiver(DataDirectory data, List<WalRepository> repositories) {
        if (repositories.isEmpty()) {
            throw new IllegalArgumentException("no repository to archive to");
        }
        this.data = data;
        this.repositories = List.copyOf(repositories);
    }

    /**
     * Archives a file.
     *
     * @param path {@code %p}, relative to the data directory or absolute inside it
     * @param seenModified when PostgreSQL's file was last modified, in nanoseconds since 1970: proves that the agent's
     *     is the same file. Empty where a person asks
     * @throws WalException with the reason for PostgreSQL's log
     */
    public Outcome archive(String path, OptionalLong seenModified) throws WalException, InterruptedException {
        Path file = data.source(path);
        if (seenModified.isPresent()) {
            try {
                data.requireSeenAs(seenModified.getAsLong(), file);
            } catch (IOException e) {
                throw failed(file.getFileName(), e);
            }
        }
        CompletableFuture<Outcome> mine = new CompletableFuture<>();
        CompletableFuture<Outcome> other = running.putIfAbsent(file, mine);
        while (other != null) {
            try {
                return await(other);
            } catch (CancellationException e) {
                other = running.putIfAbsent(file, mine);
            }
        }
        try {
            mine.complete(archive(nameOf(file), file));
        } catch (InterruptedException e) {
            // It is this caller that was told to stop, not those that wait for it: one of them takes over.
            running.remove(file, mine);
            mine.cancel(false);
            throw e;
        } catch (WalException | RuntimeException | Error e) {
            mine.completeExceptionally(e);
        } finally {
            running.remove(file, mine);
        }
        return await(mine);
    }

    private Outcome archive(WalFileName name, Path file) throws WalException, InterruptedException {
        long began = System.nanoTime();
        try {
            AcknowledgedFiles.Stamp stamp = AcknowledgedFiles.Stamp.of(file);
            long systemIdentifier = data.systemIdentifier();
            // What this process has acknowledged it knows to be durable; it may have been deleted since, or the whole
            // repository may be another one.
            if (acknowledged.has(name, stamp) && everyRepositoryHas(name, systemIdentifier)) {
                return Outcome.ALREADY_STORED;
            }
            WalFileCheck.check(name, file, systemIdentifier);
            data.requireFinished(name, file);
            long segmentSize = name.holdsWal() ? Files.size(file) : data.walSegmentSize();
            Outcome outcome = Outcome.ALREADY_STORED;
            for (WalRepository repository : repositories) {
                if (add(repository, name, file, systemIdentifier, segmentSize)) {
                    outcome = Outcome.STORED;
                }
            }
            acknowledged.add(name, stamp);
            log.atInfo()
                    .addKeyValue("file", name)
                    .addKeyValue("outcome", outcome)
                    .addKeyValue("ms", (System.nanoTime() - began) / 1_000_000)
                    .log("WAL archived");
            return outcome;
        } catch (IOException e) {
            throw failed(name, e);
        }
    }

    private static WalException failed(Object name, IOException e) {
        return new WalException(WalException.Reason.FAILED, "cannot archive %s: %s".formatted(name, e), null, null, e);
    }

    private boolean add(WalRepository repository, WalFileName name, Path file, long systemIdentifier, long segmentSize)
            throws IOException, WalException, InterruptedException {
        cpu.acquire();
        try {
            repository.owner().claim(systemIdentifier, segmentSize);
            return repository.add(name, file);
        } catch (ObjectStoreException e) {
            throw WalException.of(repository.name(), e);
        } finally {
            cpu.release();
        }
    }

    private boolean everyRepositoryHas(WalFileName name, long systemIdentifier) throws IOException, WalException {
        for (WalRepository repository : repositories) {
            try {
                repository.owner().prove(systemIdentifier);
                if (!repository.has(name)) {
                    return false;
                }
            } catch (ObjectStoreException e) {
                throw WalException.of(repository.name(), e);
            }
        }
        return true;
    }

    private static WalFileName nameOf(Path file) throws WalException {
        try {
            return WalFileName.parse(file.getFileName().toString());
        } catch (IllegalArgumentException e) {
            throw WalException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static Outcome await(CompletableFuture<Outcome> outcome) throws WalException, InterruptedException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case WalException failure -> throw failure;
                case RuntimeException defect -> throw defect;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }
}
