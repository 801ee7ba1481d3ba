package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives what PostgreSQL has left waiting when it exited: it gives its archiver one more round then, and nobody asks
 * for what comes after. Its marks stay as they are: when it starts again it asks for these files and finds them
 * archived. For one use.
 */
final class Sweep {

    private static final int LISTED_AT_ONCE = 1024;
    private static final int NAMED = 10;

    /** For those that are told to stop. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(Sweep.class);

    private final ReadyFiles ready;
    private final LookAhead.Target target;
    private final Duration bound;
    private final long deadline;

    private final Deque<WalFileName> listed = new ArrayDeque<>();
    private final List<String> archivedNames = new ArrayList<>();
    private final Set<WalFileName> open = new LinkedHashSet<>();
    private @Nullable WalFileName lastListed;
    private long archivedBefore;
    private long archived;

    /** Its time runs from now on. */
    Sweep(ReadyFiles ready, LookAhead.Target target, Duration bound) {
        this.ready = ready;
        this.target = target;
        this.bound = bound;
        this.deadline = System.nanoTime() + bound.toNanos();
    }

    /**
     * Archives in PostgreSQL's order, several at a time. A repository that is away is tried again while there is time; a
     * file that cannot be archived does not stop those behind it.
     */
    SweepReport run(int parallel) throws InterruptedException {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        for (int i = 0; i < parallel; i++) {
            threads.execute(this::work);
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
                boolean ignored = threads.awaitTermination(LAST_MOMENT.toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        return report();
    }

    private void work() {
        try {
            for (WalFileName name = next(); name != null; name = next()) {
                archive(name);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.warn("archive_status cannot be read: {}", e.toString());
        } catch (RuntimeException | Error e) {
            log.atError().setCause(e).log("Sweep failed");
        }
    }

    /** The next file that is to be archived; null at the end, or when the time is up. */
    private synchronized @Nullable WalFileName next() throws IOException {
        while (System.nanoTime() - deadline < 0 && !Thread.currentThread().isInterrupted()) {
            if (listed.isEmpty()) {
                listed.addAll(ready.first(Optional.ofNullable(lastListed), LISTED_AT_ONCE));
                if (listed.isEmpty()) {
                    return null;
                }
                lastListed = listed.getLast();
            }
            WalFileName name = listed.remove();
            if (!target.isDone(name)) {
                open.add(name);
                return name;
            }
            archivedBefore++;
        }
        return null;
    }

    private void archive(WalFileName name) throws InterruptedException {
        RetrySchedule retries = new RetrySchedule(Duration.ofNanos(deadline - System.nanoTime()));
        while (true) {
            try {
                target.archive(name);
                archived(name);
                return;
            } catch (WalException e) {
                Optional<Duration> pause = mayPass(e.reason()) ? retries.next() : Optional.empty();
                if (pause.isEmpty()) {
                    log.atWarn()
                            .addKeyValue("file", name)
                            .addKeyValue("reason", e.reason())
                            .log("Not archived: {}", e.getMessage());
                    return;
                }
                Thread.sleep(pause.get());
            }
        }
    }

    private static boolean mayPass(WalException.Reason reason) {
        return !reason.isOfTheFile() && reason != WalException.Reason.OTHER_CLUSTER;
    }

    private synchronized void archived(WalFileName name) {
        open.remove(name);
        archived++;
        if (archivedNames.size() < NAMED) {
            archivedNames.add(name.toString());
        }
    }

    private synchronized SweepReport report() {
        long waiting;
        try {
            waiting = ready.count();
        } catch (IOException e) {
            waiting = archivedBefore + archived + open.size();
        }
        listed.removeIf(name -> {
            boolean done = target.isDone(name);
            archivedBefore += done ? 1 : 0;
            return done;
        });
        List<String> leftNames = new ArrayList<>();
        open.forEach(name -> leftNames.add(name.toString()));
        listed.forEach(name -> leftNames.add(name.toString()));
        return new SweepReport(
                archived,
                List.copyOf(archivedNames),
                Math.max(0, waiting - archivedBefore - archived),
                leftNames.stream().limit(NAMED).toList());
    }
}
