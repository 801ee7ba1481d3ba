package io.pgsidecar.probes;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How far a replica is behind what its sender has told. What the sender has written since it was last heard of nobody
 * here can know: then the bytes are a lower bound, and the time goes on.
 *
 * @param knownBytes behind the sender's last known position; null if it was never heard of
 * @param behindSince the moment of which the replica surely shows all, by {@link System#nanoTime()}; null if it
 *     shows all there is or if no sender was ever heard of
 * @param heard when the sender was last heard of, by {@link System#nanoTime()}; null if never
 */
public record ReplayLag(
        @Nullable Long knownBytes,
        @Nullable Long behindSince,
        @Nullable Long heard) {

    /** Nothing is known. */
    public static final ReplayLag UNKNOWN = new ReplayLag(null, null, null);

    /** The bytes, if the sender was heard of within the time. */
    public OptionalLong bytes(Duration maxAge, long nowNanos) {
        return knownBytes == null || heard == null || nowNanos - heard > maxAge.toNanos()
                ? OptionalLong.empty()
                : OptionalLong.of(knownBytes);
    }

    /** How old what the replica shows is; empty if no sender was ever heard of. */
    public Optional<Duration> time(long nowNanos) {
        if (heard == null) {
            return Optional.empty();
        }
        return Optional.of(behindSince == null ? Duration.ZERO : Duration.ofNanos(nowNanos - behindSince));
    }
}
