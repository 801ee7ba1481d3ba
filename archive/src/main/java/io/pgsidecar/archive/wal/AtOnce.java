package io.pgsidecar.archive.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does several things at once, each on a virtual thread of its own, and waits for all of them. */
final class AtOnce {

    /** What became of one of them: a value, or a failure. */
    record Result<T>(Optional<T> value, Optional<WalException> failure) {}

    private AtOnce() {}

    /**
     * Runs all. A defect in one is thrown when all have ended.
     *
     * @return in the order of the work
     * @throws InterruptedException if this thread is told to stop; then they are told so too, and have ended
     */
    static <T> List<Result<T>> run(List<Callable<T>> work) throws InterruptedException {
        List<Result<T>> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                List<Future<T>> running = work.stream().map(threads::submit).toList();
                for (Future<T> each : running) {
                    results.add(result(each));
                }
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw e;
            }
        }
        return results;
    }

    private static <T> Result<T> result(Future<T> future) throws InterruptedException {
        try {
            return new Result<>(Optional.of(future.get()), Optional.empty());
        } catch (ExecutionException e) {
            return switch (e.getCause()) {
                case WalException failure -> new Result<>(Optional.empty(), Optional.of(failure));
                case InterruptedException stopped -> throw stopped;
                case RuntimeException defect -> throw defect;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            };
        }
    }
}
