package io.pgsidecar.archive.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The segments that a recovery to a timeline reads, one after the other: of each ancestor those before its child began.
 *
 * <p>The segment in which a timeline began is read from the child, whose copy holds the parent's WAL up to there
 * ({@code XLogFileReadAnyTLI} in PostgreSQL's {@code xlogrecovery.c} asks for it under the latest timeline first, and
 * under none that began later).
 *
 * @param legs oldest timeline first; one that began and ended within a segment has none
 */
record RecoveryPath(List<Leg> legs) {

    /**
     * A stretch on one timeline.
     *
     * @param first number of its first segment, as in {@link SegmentRange}
     * @param last number of its last one; empty for the timeline that recovery goes to
     */
    record Leg(long timeline, long first, OptionalLong last) {}

    RecoveryPath {
        legs = List.copyOf(legs);
    }

    /**
     * The path to a timeline.
     *
     * @param history of the timeline; empty for timeline 1, which has none, and where it is not known
     * @param segmentSize in bytes
     */
    static RecoveryPath to(long timeline, Optional<TimelineHistory> history, long segmentSize) {
        List<Leg> legs = new ArrayList<>();
        long first = 0;
        for (TimelineHistory.Ancestor ancestor :
                history.map(TimelineHistory::ancestors).orElse(List.of())) {
            long next = Long.divideUnsigned(ancestor.switchPoint(), segmentSize);
            if (next > first) {
                legs.add(new Leg(ancestor.timeline(), first, OptionalLong.of(next - 1)));
            }
            first = Math.max(first, next);
        }
        legs.add(new Leg(timeline, first, OptionalLong.empty()));
        return new RecoveryPath(legs);
    }
}
