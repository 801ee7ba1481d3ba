package io.pgsidecar.archive.wal;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
public final class WalRestorer implements AutoCloseable {

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
    private final WalSources sources;
    private final Duration retryFor;
    private final Destinations destinations = new Destinations();
    private final @Nullable Prefetcher prefetcher;

    /**
     * Restores into a data directory, each file when it is asked for.
     *
     * @param repositories asked in this order, but those that failed last after the others; at least one
     * @param retryFor how long a repository that cannot tell is asked again; zero for one try. On a standby it is a
     *     few seconds at most
     */
    public WalRestorer(DataDirectory data, List<WalRepository> repositories, Duration retryFor) {
        this(data, repositories, retryFor, null, Prefetcher.Bounds.DEFAULT);
    }

    /**
     * Restores into a data directory, and fetches a recovery's next segments while PostgreSQL replays.
     *
     * @param repositories asked in this order, but those that failed last after the others; at least one
     * @param retryFor how long a repository that cannot tell is asked again; zero for one try. On a standby it is a
     *     few seconds at most
     * @throws IllegalArgumentException if the spool lies in the data directory
     */
    public WalRestorer(
            DataDirectory data, List<WalRepository> repositories, Duration retryFor, PrefetchSettings prefetch) {
        this(data, repositories, retryFor, prefetch, Prefetcher.Bounds.DEFAULT);
    }

    WalRestorer(
            DataDirectory data,
            List<WalRepository> repositories,
            Duration retryFor,
            @Nullable PrefetchSettings prefetch,
            Prefetcher.Bounds bounds) {
        if (repositories.isEmpty()) {
            throw new IllegalArgumentException("no repository to restore from");
        }
        this.data = data;
        this.sources = new WalSources(repositories);
        this.retryFor = retryFor;
        this.prefetcher =
                prefetch == null || prefetch.segments() == 0 ? null : new Prefetcher(data, sources, prefetch, bounds);
        IncomingFile.sweep(data.wal());
        if (prefetch != null && prefetcher == null) {
            IncomingFile.sweep(prefetch.spool()); // It was on when an agent was killed.
        }
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
        long began = System.nanoTime();
        try (Destinations.Claim claim = destinations.claim(data.destination(path), abandoned)) {
            Optional<WalSources.Found> found = restore(file, claim);
            log.atInfo()
                    .addKeyValue("file", file)
                    .addKeyValue("outcome", found.isPresent() ? Outcome.RESTORED : Outcome.ABSENT)
                    .addKeyValue("from", found.map(WalSources.Found::origin).orElse("-"))
                    .addKeyValue("ms", (System.nanoTime() - began) / 1_000_000)
                    .log("WAL restore");
            return found.isPresent() ? Outcome.RESTORED : Outcome.ABSENT;
        }
    }

    /** What the prefetch is doing; empty if it is off. */
    public Optional<PrefetchStatus> prefetch() {
        return Optional.ofNullable(prefetcher).map(Prefetcher::status);
    }

    /** Stops the prefetch and empties its spool, within seconds. To be called when no request is under way any more. */
    @Override
    public void close() {
        if (prefetcher != null) {
            prefetcher.close();
        }
    }

    private Optional<WalSources.Found> restore(WalFileName file, Destinations.Claim claim)
            throws WalException, InterruptedException {
        RetrySchedule retries = new RetrySchedule(data.isStandby() ? shorter(retryFor, STANDBY_RETRY) : retryFor);
        // Not pg_rewind's requests, which go backwards, nor histories, which decide over timelines.
        if (prefetcher == null
                || file.kind() != WalFileName.Kind.SEGMENT
                || !data.isRecoverysOwn(claim.destination())) {
            return fetch(file, claim, retries);
        }
        WalSegmentName segment = file.segment().orElseThrow();
        long systemIdentifier = data.systemIdentifier();
        OptionalLong spooled = prefetcher.take(segment, systemIdentifier, claim);
        Optional<WalSources.Found> found = spooled.isPresent()
                ? Optional.of(new WalSources.Found("spool", spooled.getAsLong()))
                : fetch(file, claim, retries);
        if (found.isPresent()) {
            prefetcher.restored(segment, found.get().size(), systemIdentifier, spooled.isPresent());
        }
        return found;
    }

    private Optional<WalSources.Found> fetch(WalFileName file, Destinations.Claim claim, RetrySchedule retries)
            throws WalException, InterruptedException {
        while (true) {
            WalException failure;
            try {
                return sources.fetch(file, data.systemIdentifier(), claim);
            } catch (WalException e) {
                failure = e;
            }
            Optional<Duration> pause = WalFailures.mayPass(failure.reason()) ? retries.next() : Optional.empty();
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
}
