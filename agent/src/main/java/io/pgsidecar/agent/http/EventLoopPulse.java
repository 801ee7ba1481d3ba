package io.pgsidecar.agent.http;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the event loop turns. It beats by a timer of the loop, so a request that finds the last beat old has itself
 * waited for as long: what was said meanwhile, and whether anybody still waits for it, is not known.
 */
final class EventLoopPulse {

    static final Duration BEAT = Duration.ofSeconds(1);

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Logger log = LoggerFactory.getLogger(EventLoopPulse.class);

    private volatile long last;

    EventLoopPulse(long nowNanos) {
        last = nowNanos;
    }

    void beat(long nowNanos) {
        stalled(nowNanos).ifPresent(gap -> log.warn("The event loop was stalled for {} s", gap.toSeconds()));
        last = nowNanos;
    }

    /** For how long it has been stalled; empty if it turns. */
    Optional<Duration> stalled(long nowNanos) {
        Duration gap = Duration.ofNanos(nowNanos - last);
        return gap.compareTo(LIMIT) > 0 ? Optional.of(gap) : Optional.empty();
    }
}
