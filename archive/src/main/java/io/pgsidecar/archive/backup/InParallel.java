package io.pgsidecar.archive.backup;

import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Does the same with each of many things, several at a time, until all are done or one fails. */
final class InParallel {

    /** What is done with one. */
    @FunctionalInterface
    interface Task<T> {
        void run(T item) throws BackupException;
    }

    private InParallel() {}

    /** Returns when all are done, and throws the first failure when no thread is at work any more. */
    static <T> void run(int threads, List<T> items, Task<T> task) throws BackupException, InterruptedException {
        try (ExecutorService pool =
                Executors.newFixedThreadPool(threads, Thread.ofVirtual().factory())) {
            CompletionService<@Nullable Void> done = new ExecutorCompletionService<>(pool);
            for (T item : items) {
                done.submit(() -> {
                    task.run(item);
                    return null;
                });
            }
            try {
                for (int i = 0; i < items.size(); i++) {
                    done.take().get();
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof BackupException failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            } finally {
                pool.shutdownNow();
            }
        }
    }
}
