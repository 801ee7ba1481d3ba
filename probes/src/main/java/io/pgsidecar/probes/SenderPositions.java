package io.pgsidecar.probes;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * Where the sender's WAL ended at which moment, as far as it is not replayed yet. From it follows how old what the
 * replica shows is, with no clock but this process's: the time of the last replayed transaction tells nothing while the
 * primary is idle. For one thread.
 */
final class SenderPositions {

    private record Position(long nanos, LogSequenceNumber end) {}

    private static final int MOST = 1024;

    private final Deque<Position> pending = new ArrayDeque<>();
    private @Nullable LogSequenceNumber latest;
    private @Nullable Long heard;

    /** Takes a look into account. */
    ReplayLag after(Replay seen, long nowNanos) {
        LogSequenceNumber end = seen.knownEnd();
        if (seen.streaming() && end != null) {
            if (latest != null && end.compareTo(latest) < 0) {
                // Another sender, of another timeline: what the old one had will never come.
                pending.clear();
            }
            heard = nowNanos;
            latest = end;
            add(new Position(nowNanos, end));
        }
        LogSequenceNumber replayed = seen.replayed();
        while (!pending.isEmpty()
                && replayed != null
                && pending.getFirst().end().compareTo(replayed) <= 0) {
            pending.removeFirst();
        }
        if (latest == null || heard == null) {
            return ReplayLag.UNKNOWN;
        }
        long bytes = replayed == null ? latest.asLong() : Math.max(0, latest.asLong() - replayed.asLong());
        Long since = pending.isEmpty() ? null : (Long) pending.getFirst().nanos();
        if (!seen.streaming() && (since == null || heard < since)) {
            since = heard;
        }
        return new ReplayLag(bytes, since, heard);
    }

    private void add(Position position) {
        Position last = pending.peekLast();
        if (last != null && last.end().equals(position.end())) {
            return;
        }
        pending.addLast(position);
        if (pending.size() > MOST) {
            thin();
        }
    }

    /** Keeps each second one: a replica that is far behind is told by the oldest, and loses only precision. */
    private void thin() {
        Deque<Position> kept = new ArrayDeque<>();
        boolean keep = true;
        for (Position position : pending) {
            if (keep) {
                kept.addLast(position);
            }
            keep = !keep;
        }
        pending.clear();
        pending.addAll(kept);
    }
}
