package io.pgsidecar.probes;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait with the next login after one was refused. PostgreSQL logs each as an error, and some installations
 * lock a role out. Another password is tried at once. For one thread.
 */
final class LoginPause {

    private static final Duration LONGEST = Duration.ofSeconds(10);

    private int refusals;
    private long until;
    private @Nullable String password;

    void refused(Optional<String> tried, long nowNanos) {
        Duration pause = Duration.ofSeconds(1L << Math.min(refusals, 4));
        until = nowNanos + (pause.compareTo(LONGEST) > 0 ? LONGEST : pause).toNanos();
        password = tried.orElse(null);
        refusals++;
    }

    void accepted() {
        refusals = 0;
    }

    boolean lasts(Optional<String> offered, long nowNanos) {
        return refusals > 0 && until - nowNanos > 0 && offered.equals(Optional.ofNullable(password));
    }
}
