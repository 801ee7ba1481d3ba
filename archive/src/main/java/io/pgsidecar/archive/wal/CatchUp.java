package io.pgsidecar.archive.wal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings an optional repository what the others have, in the background, for ever. What it missed while the agent was
 * down, or while it was away for so long that the names did not fit in memory, is found by comparing it with another
 * repository.
 *
 * <p>It begins when PostgreSQL has had a file archived here, or is not a standby: else each pod of a cluster would do the
 * same work. Nothing is ever overwritten, and the repository must be this cluster's own, as everywhere.
 *
 * <p>Safe for several threads; none of its methods waits but {@link #close()}.
 */
final class CatchUp implements AutoCloseable {

    private static final int NAMES_KEPT = 1024;
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);
    private static final Duration CLOSE_TIME = Duration.ofSeconds(10);

    /** What could not be brought, since it is damaged or contradicts what is there, is tried again so often. */
    private static final Duration COMPARE_AGAIN = Duration.ofMinutes(30);

    private static final Logger log = LoggerFactory.getLogger(CatchUp.class);

    /** A file on its way, and what is noted when it has arrived, or needs a person. */
    private record Job(WalFileName name, Step delivery, Runnable delivered, Runnable refused) {}

    @FunctionalInterface
    private interface Step {
        void run() throws WalException, InterruptedException;
    }

    private final DataDirectory data;
    private final WalRepository target;
    private final List<WalRepository> sources;
    private final Delivery delivery;
    private final int parallel;
    private final Duration firstPause;
    private final Backlog backlog;
    private final Thread thread;
    private volatile boolean archivedHere;
    private volatile boolean closed;
    private @Nullable Long compareAgain;

    /**
     * Not started.
     *
     * @param sources that have what the target should have, at least one
     * @param parallel files at a time
     * @param firstPause after a failure; it doubles up to a minute
     */
    CatchUp(
            DataDirectory data,
            WalRepository target,
            List<WalRepository> sources,
            Cores cores,
            int parallel,
            Duration firstPause) {
        this.data = data;
        this.target = target;
        this.sources = List.copyOf(sources);
        this.delivery = new Delivery(data, target, sources, cores);
        this.parallel = parallel;
        this.firstPause = firstPause;
        this.backlog = new Backlog(target.name(), NAMES_KEPT);
        this.thread = Thread.ofVirtual().name("catch-up-" + target.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** A file is archived: every repository that must have it has it. */
    void archived(WalFileName name, FileStamp stamp) {
        archivedHere = true;
        backlog.add(new Backlog.Waiting(name, stamp, Instant.now()));
    }

    RepositoryLag lag() {
        return backlog.lag();
    }

    private void run() {
        Duration pause = firstPause;
        while (!closed) {
            try {
                @Nullable String error = tryOnce();
                if (error == null) {
                    pause = firstPause;
                    backlog.await(LOOK_AGAIN);
                } else {
                    Thread.sleep(pause.multipliedBy(ThreadLocalRandom.current().nextInt(75, 126))
                            .dividedBy(100));
                    Duration longer = pause.multipliedBy(2);
                    pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** The error that it met, if any. */
    private @Nullable String tryOnce() throws InterruptedException {
        try {
            if (archivedHere || (data.holdsCluster() && !data.isStandby())) {
                bringWaiting();
                compare();
                backlog.failed(null);
            }
            return null;
        } catch (WalException e) {
            String error = String.valueOf(e.getMessage());
            // An outage is told once; how it goes on is in the status and the metrics.
            log.atLevel(backlog.lag().lastError().isPresent() ? Level.DEBUG : Level.WARN)
                    .addKeyValue("repository", target.name())
                    .addKeyValue("missing", backlog.lag().missingFiles())
                    .log("Optional repository lags: {}", error);
            backlog.failed(error);
            return error;
        } catch (RuntimeException | Error e) {
            log.atError().addKeyValue("repository", target.name()).setCause(e).log("Catching up failed");
            backlog.failed(e.toString());
            return e.toString();
        }
    }

    private void bringWaiting() throws WalException, InterruptedException {
        for (List<Backlog.Waiting> files = backlog.first(parallel);
                !files.isEmpty() && !closed;
                files = backlog.first(parallel)) {
            List<Job> jobs = new ArrayList<>();
            for (Backlog.Waiting file : files) {
                Runnable done = () -> backlog.done(file);
                jobs.add(new Job(file.name(), () -> delivery.bring(file.name(), file.stamp()), done, done));
            }
            runAtOnce(jobs);
        }
    }

    private void compare() throws WalException, InterruptedException {
        if (compareAgain != null && System.nanoTime() - compareAgain > 0) {
            backlog.requestComparison();
        }
        if (!backlog.comparisonDue()) {
            return;
        }
        compareAgain = null;
        backlog.comparing();
        @Nullable WalException failure = null;
        boolean compared = false;
        try {
            for (int i = 0; i < sources.size() && !compared; i++) {
                try {
                    compareWith(sources.get(i));
                    compared = true;
                } catch (WalException e) {
                    failure = e;
                }
            }
        } finally {
            if (!compared) {
                backlog.requestComparison();
            }
        }
        if (!compared && failure != null) {
            throw failure;
        }
    }

    private void compareWith(WalRepository source) throws WalException, InterruptedException {
        MissingFiles missing = new MissingFiles(source, target);
        Count count = new Count();
        missing.visit(count);
        backlog.found(count.files, count.oldest);
        if (count.files == 0) {
            return;
        }
        log.atInfo()
                .addKeyValue("repository", target.name())
                .addKeyValue("missing", count.files)
                .addKeyValue("since", count.oldest)
                .log("Optional repository lacks files of \"{}\"", source.name());
        List<Job> jobs = new ArrayList<>();
        missing.visit(file -> {
            jobs.add(new Job(
                    file.name(), () -> delivery.copy(file.name(), file.stem()), backlog::foundOneDone, () -> {}));
            if (jobs.size() == parallel) {
                runAtOnce(jobs);
                jobs.clear();
            }
        });
        runAtOnce(jobs);
        log.atInfo()
                .addKeyValue("repository", target.name())
                .addKeyValue("missing", backlog.lag().missingFiles())
                .log("Optional repository has caught up with \"{}\"", source.name());
    }

    /** What a comparison finds. */
    private static final class Count implements MissingFiles.Visitor {
        private long files;
        private @Nullable Instant oldest;

        @Override
        public void missing(WalObject file) {
            files++;
            oldest = oldest == null || file.stored().isBefore(oldest) ? file.stored() : oldest;
        }
    }

    /** What needs a person is told and passed over; any other failure is thrown when all have been tried. */
    private void runAtOnce(List<Job> jobs) throws WalException, InterruptedException {
        List<Callable<Boolean>> work = new ArrayList<>();
        for (Job job : jobs) {
            work.add(() -> {
                job.delivery().run();
                return true;
            });
        }
        List<AtOnce.Result<Boolean>> results = AtOnce.run(work);
        @Nullable WalException failure = null;
        for (int i = 0; i < results.size(); i++) {
            Job job = jobs.get(i);
            @Nullable WalException e = results.get(i).failure().orElse(null);
            if (e == null) {
                job.delivered().run();
            } else if (e.reason().isOfTheFile()) {
                setAside(job.name(), e);
                job.refused().run();
            } else {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void setAside(WalFileName name, WalException e) {
        compareAgain = System.nanoTime() + COMPARE_AGAIN.toNanos();
        log.atWarn()
                .addKeyValue("repository", target.name())
                .addKeyValue("file", name)
                .addKeyValue("reason", e.reason())
                .log("Optional repository does not get a file: {}", e.getMessage());
    }

    /** Stops what is under way; not longer than ten seconds. The next start goes on where this one was. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            if (!thread.join(CLOSE_TIME)) {
                log.warn("Repository \"{}\" is still being caught up", target.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
