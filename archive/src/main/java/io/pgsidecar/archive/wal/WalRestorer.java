package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code restore_command}: brings one WAL file back, or proves that no repository has it.
 *
 * <p>The difference between "absent" and "cannot tell" decides over data: PostgreSQL takes the first for the end of
 * the archive, ends recovery there and promotes. So {@link Outcome#ABSENT} is returned only when every repository was
 * asked, answered, and is this cluster's own; everything else is tried again for a while and then thrown.
 *
 * <p>A file is put under its final name only when it is whole and verified. Safe for several threads.
 */
public final class WalRestorer {

    /** What became of a request. */
    public enum Outcome {
        /** The file is in place. */
        RESTORED,
        /** Proven absent from every repository. */
        ABSENT
    }

    /**
     * A standby asks again by itself, and it can stream. Meanwhile it does not look whether it is to be promoted: to keep
     * it waiting would make a failover as slow as the repository's outage is long.
     */
    private static final Duration STANDBY_RETRY = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(WalRestorer.class);

    private final DataDirectory data;
    private final List<WalRepository> repositories;
    private final Duration retryFor;
    private final Destinations destinations = new Destinations();

    /**
     * Restores into a data directory.
     *
     * @param repositories asked in this order; at least one
     * @param retryFor how long a repository that cannot tell is asked again; zero for one try. On a standby it is a
     *     few seconds at most
     */
    public WalRestorer(DataDirectory data, List<WalRepository> repositories, Duration retryFor) {
        if (repositories.isEmpty()) {
            throw new IllegalArgumentException("no repository to restore from");
        }
        this.data = data;
        this.repositories = List.copyOf(repositories);
        this.retryFor = retryFor;
        IncomingFile.sweep(data.wal());
    }

    /**
     * Restores a file.
     *
     * @param name {@code %f}
     * @param path {@code %p}, relative to the data directory or absolute inside it
     * @param abandoned whether the caller has gone: then nothing is put in place any more
     */
    public Outcome restore(String name, String path, BooleanSupplier abandoned)
            throws WalException, InterruptedException {
        WalFileName file;
        try {
            file = WalFileName.parse(name);
        } catch (IllegalArgumentException e) {
            throw WalException.badRequest(String.valueOf(e.getMessage()));
        }
        try (Destinations.Claim claim = destinations.claim(data.destination(path), abandoned)) {
            return restore(file, claim);
        }
    }

    private Outcome restore(WalFileName file, Destinations.Claim claim) throws WalException, InterruptedException {
        RetrySchedule retries = new RetrySchedule(data.isStandby() ? shorter(retryFor, STANDBY_RETRY) : retryFor);
        long began = System.nanoTime();
        while (true) {
            WalException failure;
            try {
                Outcome outcome = attempt(file, claim);
                log.atInfo()
                        .addKeyValue("file", file)
                        .addKeyValue("outcome", outcome)
                        .addKeyValue("ms", (System.nanoTime() - began) / 1_000_000)
                        .log("WAL restore");
                return outcome;
            } catch (WalException e) {
                failure = e;
            }
            Optional<Duration> pause = mayPass(failure.reason()) ? retries.next() : Optional.empty();
            if (pause.isEmpty() || !claim.isCurrent()) {
                throw failure;
            }
            log.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("retryInMs", pause.get().toMillis())
                    .log(failure.getMessage());
            Thread.sleep(pause.get());
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static boolean mayPass(WalException.Reason reason) {
        return switch (reason) {
            case REPOSITORY_UNAVAILABLE, REPOSITORY_DENIED, CORRUPT -> true;
            case BAD_REQUEST, BAD_SEGMENT, OTHER_CLUSTER, CONFLICT, FAILED -> false;
        };
    }

    private Outcome attempt(WalFileName file, Destinations.Claim claim) throws WalException {
        long systemIdentifier = data.systemIdentifier();
        @Nullable WalException failure = null;
        for (WalRepository repository : repositories) {
            try {
                if (restoreFrom(repository, file, systemIdentifier, claim)) {
                    return Outcome.RESTORED;
                }
                repository.owner().prove(systemIdentifier);
            } catch (WalException e) {
                failure = first(failure, e);
            } catch (ObjectStoreException e) {
                failure = first(failure, WalException.of(repository.name(), e));
            } catch (IOException e) {
                failure = first(failure, failed(file, e));
            }
        }
        // A failure anywhere means that the file may be there: absence needs all of them.
        if (failure != null) {
            throw failure;
        }
        return Outcome.ABSENT;
    }

    /** Whether the repository has the file; it is in place then. */
    private static boolean restoreFrom(
            WalRepository repository, WalFileName file, long systemIdentifier, Destinations.Claim claim)
            throws IOException, WalException {
        @Nullable WalException corrupt = null;
        List<ObjectKey> keys = repository.locate(file);
        if (!keys.isEmpty() && !file.holdsWal()) {
            // Text does not tell whose it is; another cluster's history would lead onto a timeline that is not ours.
            repository.owner().prove(systemIdentifier);
        }
        for (ObjectKey key : keys) {
            try (IncomingFile incoming = claim.newFile()) {
                try (InputStream in = repository.open(key)) {
                    receive(in, file, incoming, systemIdentifier);
                } catch (WalException e) {
                    throw blamed(repository, key, e);
                } catch (ObjectNotFoundException e) {
                    continue; // Gone since it was located.
                } catch (ObjectStoreException | IncomingFile.LocalFailure e) {
                    throw e;
                } catch (IOException e) {
                    throw StoredContent.corrupt(repository.name(), key, e);
                }
                try {
                    WalFileCheck.check(file, incoming.path(), systemIdentifier);
                } catch (WalException e) {
                    throw blamed(repository, key, e);
                }
                incoming.publish();
                return true;
            } catch (WalException e) {
                if (e.reason() != WalException.Reason.CORRUPT) {
                    throw e;
                }
                corrupt = first(corrupt, e); // The same name may be stored with another compression too, and be sound.
            }
        }
        if (corrupt != null) {
            throw corrupt;
        }
        return false;
    }

    /** A segment's header is judged before anything is written, and sets the limit: see {@link IncomingFile#write}. */
    private static void receive(InputStream in, WalFileName file, IncomingFile incoming, long systemIdentifier)
            throws IOException, WalException {
        if (!file.holdsWal()) {
            incoming.write(in, WalFileCheck.MAX_TEXT_BYTES);
            return;
        }
        byte[] start = in.readNBytes(WalHeader.LENGTH);
        WalHeader header = WalHeader.read(start);
        header.check(file, header.segmentSize(), systemIdentifier);
        incoming.write(new SequenceInputStream(new ByteArrayInputStream(start), in), header.segmentSize());
    }

    /** What is no such segment was archived as one: then it is the object that is damaged. */
    private static WalException blamed(WalRepository repository, ObjectKey key, WalException e) {
        return e.reason() == WalException.Reason.BAD_SEGMENT ? StoredContent.corrupt(repository.name(), key, e) : e;
    }

    private static WalException first(@Nullable WalException earlier, WalException later) {
        return earlier == null ? later : earlier;
    }

    private static WalException failed(WalFileName file, IOException e) {
        return new WalException(
                WalException.Reason.FAILED, "cannot restore %s: %s".formatted(file, e.getMessage()), null, null, e);
    }
}
