package io.pgsidecar.archive.backup;

import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * How much is to be kept. Where neither redundancy nor window is given, nothing is removed.
 *
 * @param redundancy how many good backups, the latest ones
 * @param window how far back every moment is to be recoverable
 * @param minimum how many good backups stay in any case; 1 or more
 */
public record Retention(Optional<Integer> redundancy, Optional<Period> window, int minimum) {

    public Retention {
        if (minimum < 1 || redundancy.orElse(1) < 1) {
            throw new IllegalArgumentException("one good backup at least is kept");
        }
    }

    /** Whether anything may be removed at all. */
    public boolean isSet() {
        return redundancy.isPresent() || window.isPresent();
    }

    /** The first moment that is to be recoverable; empty if only backups are counted. */
    public Optional<Instant> windowStart(Instant now) {
        return window.map(period -> now.atOffset(ZoneOffset.UTC).minus(period).toInstant());
    }
}
