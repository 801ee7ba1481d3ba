package io.pgsidecar.agent.metrics;

import io.pgsidecar.agent.Repositories;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.Retention;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import io.pgsidecar.archive.wal.WalSurvey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks into the repositories from time to time, each on a thread of its own: one that is slow or away keeps no other
 * one waiting, and what was seen last stays known, with its age.
 */
public final class CatalogWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(CatalogWatch.class);

    /** A listing of an archive costs a request for each thousand files: not more than two hundredths of the time. */
    private static final int PAUSES = 50;

    private static final Duration LONGEST_STOP = Duration.ofSeconds(5);

    /** What is asked of a repository. */
    @FunctionalInterface
    interface Look {
        CatalogLook look() throws BackupException, WalException, InterruptedException;
    }

    /**
     * What is known of a repository.
     *
     * @param last what was seen last; null if nothing ever was
     * @param nanos when, by {@link System#nanoTime()}
     * @param failure why the last try failed; empty if it did not
     */
    public record Seen(
            String repository,
            @Nullable CatalogLook last,
            long nanos,
            Optional<Failure> failure,
            long looks,
            long errors) {

        /** Whether the last try failed. */
        public boolean failing() {
            return failure.isPresent();
        }
    }

    /**
     * Tries that fail.
     *
     * @param since when the first of them did
     */
    public record Failure(String message, Instant since) {}

    private final List<OneRepository> all = new ArrayList<>();

    /** Of all repositories; begins at {@link #start()}. */
    public CatalogWatch(Repositories repositories, Retention retention, Duration interval, InstantSource clock) {
        for (Repositories.Open repository : repositories.all()) {
            all.add(new OneRepository(
                    repository.name(),
                    () -> {
                        // The backups first: one that is finished after that may have newer WAL than the listing.
                        List<CatalogEntry> backups = repository.backups().list(clock.instant());
                        Optional<WalSurvey> wal = new WalInspector(repository.wal()).find();
                        return CatalogLook.of(backups, wal, retention, clock.instant());
                    },
                    interval));
        }
    }

    CatalogWatch(String repository, Look look, Duration interval) {
        all.add(new OneRepository(repository, look, interval));
    }

    /** Begins to look. */
    public void start() {
        all.forEach(repository -> repository.thread.start());
    }

    /** Looks again soon: something has changed. */
    public void lookAgain() {
        all.forEach(OneRepository::wake);
    }

    /** How each repository was seen last, in the order of the configuration. Waits for nothing. */
    public List<Seen> seen() {
        return all.stream().map(repository -> repository.seen).toList();
    }

    private static final class OneRepository {
        private final Look look;
        private final Duration interval;
        private final Thread thread;
        private volatile Seen seen;
        private boolean awake;

        OneRepository(String name, Look look, Duration interval) {
            this.look = look;
            this.interval = interval;
            this.seen = new Seen(name, null, System.nanoTime(), Optional.empty(), 0, 0);
            this.thread = Thread.ofVirtual().name("catalog-watch-" + name).unstarted(this::run);
        }

        private void run() {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    long began = System.nanoTime();
                    seen = look(seen);
                    Duration took = Duration.ofNanos(System.nanoTime() - began);
                    await(pause(interval, took));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private Seen look(Seen before) throws InterruptedException {
            try {
                CatalogLook found = look.look();
                if (before.failing()) {
                    log.info("Repository \"{}\" can be looked into again", before.repository());
                }
                return new Seen(
                        before.repository(),
                        found,
                        System.nanoTime(),
                        Optional.empty(),
                        before.looks() + 1,
                        before.errors());
            } catch (BackupException | WalException | RuntimeException e) {
                if (!before.failing()) {
                    log.atWarn()
                            .addKeyValue("repository", before.repository())
                            .log("The metrics of its backups are not up to date: {}", e.getMessage());
                }
                return new Seen(
                        before.repository(),
                        before.last(),
                        before.nanos(),
                        Optional.of(new Failure(
                                String.valueOf(e.getMessage()),
                                before.failure().map(Failure::since).orElseGet(Instant::now))),
                        before.looks() + 1,
                        before.errors() + 1);
            }
        }

        private synchronized void await(Duration pause) throws InterruptedException {
            long deadline = System.nanoTime() + pause.toNanos();
            long left = pause.toMillis();
            while (!awake && left > 0) {
                wait(left);
                left = (deadline - System.nanoTime()) / 1_000_000;
            }
            awake = false;
        }

        private synchronized void wake() {
            awake = true;
            notifyAll();
        }
    }

    static Duration pause(Duration interval, Duration took) {
        Duration rest = took.multipliedBy(PAUSES);
        return rest.compareTo(interval) > 0 ? rest : interval;
    }

    /** Ends what is under way; waits for it, but not for long. */
    @Override
    public void close() {
        all.forEach(repository -> repository.thread.interrupt());
        try {
            for (OneRepository repository : all) {
                if (repository.thread.isAlive()) {
                    repository.thread.join(LONGEST_STOP);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
