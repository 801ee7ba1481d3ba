package io.pgsidecar.k8s;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** How long to wait after a failure: twice as long each time up to a bound, and never two agents at the same moment. */
final class RetryDelay {

    private static final Duration FIRST = Duration.ofMillis(100);
    /** 100 ms doubled so often is an hour and a half: longer than any bound. */
    private static final int MAX_DOUBLINGS = 16;

    private RetryDelay() {}

    /**
     * The wait before the next try.
     *
     * @param failures in a row, 1 or more
     * @param longest the bound
     * @param asked what the server has asked for; never less than that
     */
    static Duration of(int failures, Duration longest, Optional<Duration> asked, RandomGenerator random) {
        long full = Math.min(longest.toMillis(), FIRST.toMillis() << Math.min(failures - 1, MAX_DOUBLINGS));
        long jittered = full / 2 + random.nextLong(full / 2 + 1);
        return Duration.ofMillis(asked.map(Duration::toMillis).orElse(0L))
                .plusMillis(asked.isPresent() ? random.nextLong(FIRST.toMillis()) : jittered);
    }
}
