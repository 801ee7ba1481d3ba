package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.wal.WalArchiver.Outcome;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that are being archived, each by one thread. Whoever comes for one of them waits for that one, so that a
 * caller that gave up and came back does not double the work. Safe for several threads.
 */
final class FilesUnderWay {

    /** Archives one file. It is told whether somebody waits for it. */
    @FunctionalInterface
    interface Work {
        Outcome run(BooleanSupplier urgent) throws WalException, InterruptedException;
    }

    private static final class Task {
        final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        final boolean ahead;
        volatile boolean urgent;

        Task(boolean ahead) {
            this.ahead = ahead;
            this.urgent = !ahead;
        }
    }

    private static final Logger log = LoggerFactory.getLogger(FilesUnderWay.class);

    private final ConcurrentMap<Path, Task> running = new ConcurrentHashMap<>();

    /** Does the work, or waits for whoever is at it. */
    Outcome share(Path file, Work work) throws WalException, InterruptedException {
        Task mine = new Task(false);
        while (true) {
            Task other = running.putIfAbsent(file, mine);
            if (other == null) {
                return run(mine, file, work);
            }
            other.urgent = true;
            try {
                return await(other);
            } catch (CancellationException e) {
                log.debug("{} was given up by the call that archived it", file);
            } catch (WalException | RuntimeException | Error e) {
                if (!other.ahead) {
                    throw e;
                }
                // What failed ahead is no answer: whoever asks is owed a try.
            }
        }
    }

    /** Does the work before anybody asks for it, unless somebody is at it. */
    void runAhead(Path file, Work work) throws WalException, InterruptedException {
        Task task = new Task(true);
        if (running.putIfAbsent(file, task) == null) {
            Outcome ignored = run(task, file, work);
        }
    }

    private Outcome run(Task task, Path file, Work work) throws WalException, InterruptedException {
        try {
            Outcome outcome = work.run(() -> task.urgent);
            running.remove(file, task);
            task.outcome.complete(outcome);
        } catch (InterruptedException e) {
            // It is this caller that was told to stop, not those that wait for it: one of them takes over.
            running.remove(file, task);
            task.outcome.cancel(false);
            throw e;
        } catch (WalException | RuntimeException | Error e) {
            running.remove(file, task);
            if (Thread.currentThread().isInterrupted()) {
                task.outcome.cancel(false); // The same, as a store reports it.
                throw e;
            }
            task.outcome.completeExceptionally(e);
        }
        return await(task);
    }

    private static Outcome await(Task task) throws WalException, InterruptedException {
        try {
            return task.outcome.get();
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
