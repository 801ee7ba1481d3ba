package io.pgsidecar.archive.wal;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses between tries: doubling, with jitter so that a fleet does not come back in step, inside a budget of time. */
final class RetrySchedule {

    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final long deadline;
    private Duration pause = FIRST;

    RetrySchedule(Duration budget) {
        this.deadline = System.nanoTime() + budget.toNanos();
    }

    /** How long to wait before the next try; empty when the budget is used up. */
    Optional<Duration> next() {
        Duration left = Duration.ofNanos(deadline - System.nanoTime());
        if (!left.isPositive()) {
            return Optional.empty();
        }
        Duration jittered =
                pause.multipliedBy(ThreadLocalRandom.current().nextInt(75, 126)).dividedBy(100);
        pause = pause.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : pause.multipliedBy(2);
        return Optional.of(jittered.compareTo(left) < 0 ? jittered : left);
    }
}
