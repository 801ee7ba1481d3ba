package io.pgsidecar.probes;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * How a replica comes by its WAL and how far it has replayed it.
 *
 * @param received by streaming, since the server's start; null if nothing was
 * @param replayed null if nothing was
 * @param paused whether replay is paused, or about to be ({@code pg_wal_replay_pause()}, a recovery target)
 * @param lastTransaction when the last replayed transaction was committed, by the primary's clock
 * @param hasSender whether there is a server to stream from ({@code primary_conninfo}); true where it is not known
 * @param receiver null if none runs
 * @param waitEvent what replay waits for while there is something to replay; null if nothing or unknown
 * @param progress whether it goes on
 * @param lag how far it is behind
 */
public record Replay(
        @Nullable LogSequenceNumber received,
        @Nullable LogSequenceNumber replayed,
        boolean paused,
        @Nullable Instant lastTransaction,
        boolean hasSender,
        @Nullable WalReceiver receiver,
        @Nullable String waitEvent,
        ReplayProgress progress,
        ReplayLag lag) {

    /** Whether WAL streams in from a sender that is heard of. */
    public boolean streaming() {
        return receiver != null && receiver.hearsSender();
    }

    /** What a single look tells; {@link #with} adds what only several tell. */
    static Replay seen(
            @Nullable LogSequenceNumber received,
            @Nullable LogSequenceNumber replayed,
            boolean paused,
            @Nullable Instant lastTransaction,
            boolean hasSender,
            @Nullable WalReceiver receiver,
            @Nullable String waitEvent) {
        ReplayProgress unknown = new ReplayProgress(ReplayProgress.Activity.REPLAYING, replayed, null);
        return new Replay(
                received,
                replayed,
                paused,
                lastTransaction,
                hasSender,
                receiver,
                waitEvent,
                unknown,
                ReplayLag.UNKNOWN);
    }

    /** The same with what earlier looks tell of it. */
    Replay with(ReplayProgress progress, ReplayLag lag) {
        return new Replay(received, replayed, paused, lastTransaction, hasSender, receiver, waitEvent, progress, lag);
    }

    /** The end of the WAL that is known to exist; null if nothing is known. */
    @Nullable
    LogSequenceNumber knownEnd() {
        LogSequenceNumber latest = receiver == null ? null : receiver.latestEnd();
        return latest == null || (received != null && received.compareTo(latest) > 0) ? received : latest;
    }

    /** Whether WAL is known to exist that is not replayed. */
    boolean pending() {
        LogSequenceNumber end = knownEnd();
        return end != null && (replayed == null || end.compareTo(replayed) > 0);
    }
}
