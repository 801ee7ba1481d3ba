package io.pgsidecar.archive.wal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an optional repository lacks: the names of the last files, and how many more there are. Memory is bounded: what
 * does not fit is counted, and found again by a comparison with another repository. Safe for several threads.
 */
final class Backlog {

    /** A file that the others have. */
    record Waiting(WalFileName name, FileStamp stamp, Instant since) {}

    private final String repository;
    private final int capacity;
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private boolean compared;
    private boolean comparisonDue = true;
    private long elsewhere;
    private @Nullable Instant elsewhereSince;
    private @Nullable Instant caughtUp;
    private @Nullable String lastError;

    /** @param capacity names that are kept */
    Backlog(String repository, int capacity) {
        this.repository = repository;
        this.capacity = capacity;
    }

    synchronized void add(Waiting file) {
        if (queue.size() < capacity) {
            queue.add(file);
        } else {
            comparisonDue = true;
            elsewhere++;
            elsewhereSince = elsewhereSince == null ? file.since() : elsewhereSince;
        }
        notifyAll();
    }

    /** The oldest ones; they stay until they are {@link #done}. */
    synchronized List<Waiting> first(int count) {
        return queue.stream().limit(count).toList();
    }

    synchronized void done(Waiting file) {
        queue.removeFirstOccurrence(file);
        markCaughtUp();
    }

    synchronized boolean comparisonDue() {
        return comparisonDue;
    }

    synchronized void requestComparison() {
        comparisonDue = true;
    }

    /** A comparison begins; what does not fit from now on asks for another one. */
    synchronized void comparing() {
        comparisonDue = false;
    }

    /** What a comparison has found, apart from what waits here. */
    synchronized void found(long missing, @Nullable Instant since) {
        elsewhere = missing;
        elsewhereSince = since;
        compared = true;
        markCaughtUp();
    }

    /** One of those that a comparison has found is there. */
    synchronized void foundOneDone() {
        elsewhere = Math.max(0, elsewhere - 1);
        markCaughtUp();
    }

    private void markCaughtUp() {
        if (elsewhere == 0) {
            elsewhereSince = null;
        }
        if (isCaughtUp()) {
            caughtUp = Instant.now();
        }
    }

    private boolean isCaughtUp() {
        return compared && elsewhere == 0 && queue.isEmpty() && !comparisonDue;
    }

    synchronized void failed(@Nullable String error) {
        lastError = error;
    }

    /** Waits until a file waits, or for so long. */
    synchronized void await(Duration time) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        long left = time.toMillis();
        while (queue.isEmpty() && left > 0) {
            wait(left);
            left = (deadline - System.nanoTime()) / 1_000_000;
        }
    }

    synchronized RepositoryLag lag() {
        Optional<Instant> since = Stream.concat(
                        Optional.ofNullable(elsewhereSince).stream(),
                        queue.stream().limit(1).map(Waiting::since))
                .min(Instant::compareTo);
        return new RepositoryLag(
                repository,
                queue.size() + elsewhere,
                since,
                compared,
                isCaughtUp() ? Optional.of(Instant.now()) : Optional.ofNullable(caughtUp),
                Optional.ofNullable(lastError));
    }
}
