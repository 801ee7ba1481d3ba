package io.pgsidecar.probes;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * Whether a replica's replay goes on. A lag of 0 does not tell: a replica that is cut off has replayed all that it knows
 * of. So each look compares with the one before.
 *
 * @param replayed at the last look
 * @param heldSince since when replay has not moved although it should, by {@link System#nanoTime()}; null if it is fine
 */
public record ReplayProgress(
        Activity activity,
        @Nullable LogSequenceNumber replayed,
        @Nullable Long heldSince) {

    /** What replay is about. */
    public enum Activity {
        /** The sender is heard of, and all that it is known to have is replayed. */
        CURRENT,
        /** It moves. */
        REPLAYING,
        /** It waits by configuration ({@code recovery_min_apply_delay}). */
        DELAYED,
        /** It is configured to take WAL from an archive only, and waits for the next file. */
        FOLLOWING_ARCHIVE,
        /** Somebody has paused it. */
        PAUSED,
        /** WAL is here and is not replayed: a query is in its way, or a lock, or the disk. */
        NOT_REPLAYING,
        /** The sender is heard of and has more WAL, and nothing of it comes. */
        NOT_RECEIVING,
        /** No WAL comes, and no sender is heard of. */
        CUT_OFF
    }

    /** Hiccups that mend themselves are shorter: PostgreSQL asks for WAL again every five seconds. */
    static final Duration STUCK_AFTER = Duration.ofSeconds(10);

    private static final String WAITS_FOR_WAL = "RecoveryWalStream";
    private static final String DELAYS = "RecoveryApplyDelay";

    /** A first look. */
    static ReplayProgress first(Replay seen, long nowNanos) {
        return judged(judge(seen, false), seen, null, nowNanos);
    }

    /** What is to be thought of it after another look. */
    ReplayProgress after(Replay seen, long nowNanos) {
        return judged(judge(seen, Objects.equals(replayed, seen.replayed())), seen, heldSince, nowNanos);
    }

    private static ReplayProgress judged(Activity activity, Replay seen, @Nullable Long heldBefore, long nowNanos) {
        Long held = switch (activity) {
            case CURRENT, REPLAYING, DELAYED, FOLLOWING_ARCHIVE -> null;
            case PAUSED, NOT_REPLAYING, NOT_RECEIVING, CUT_OFF -> heldBefore == null ? (Long) nowNanos : heldBefore;
        };
        return new ReplayProgress(activity, seen.replayed(), held);
    }

    private static Activity judge(Replay seen, boolean still) {
        if (seen.paused()) {
            return Activity.PAUSED;
        }
        if (!still) {
            return seen.streaming() && !seen.pending() ? Activity.CURRENT : Activity.REPLAYING;
        }
        // Of a record that has come in only in part, nothing can be replayed: an idle primary may leave it so for long.
        boolean waitsForMore = WAITS_FOR_WAL.equals(seen.waitEvent());
        if (DELAYS.equals(seen.waitEvent())) {
            return Activity.DELAYED;
        }
        if (hasMore(seen) && !waitsForMore) {
            return Activity.NOT_REPLAYING;
        }
        if (!seen.streaming()) {
            return seen.hasSender() ? Activity.CUT_OFF : Activity.FOLLOWING_ARCHIVE;
        }
        return seen.pending() && !hasMore(seen) ? Activity.NOT_RECEIVING : Activity.CURRENT;
    }

    private static boolean hasMore(Replay seen) {
        return seen.received() != null
                && (seen.replayed() == null || seen.received().compareTo(seen.replayed()) > 0);
    }

    /** For how long replay has been held up; empty if it goes on or has nothing to do. */
    public Optional<Duration> heldFor(long nowNanos) {
        return heldSince == null ? Optional.empty() : Optional.of(Duration.ofNanos(nowNanos - heldSince));
    }

    /** Whether replay has been held up for so long that it will hardly mend itself. */
    public boolean stuck(long nowNanos) {
        return heldFor(nowNanos)
                .filter(held -> held.compareTo(STUCK_AFTER) >= 0)
                .isPresent();
    }
}
