package io.pgsidecar.archive.wal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether a repository has all the WAL from its first segment to its last that a recovery to the latest timeline reads.
 * What is missing elsewhere, behind the point where a timeline was left, no such recovery needs.
 *
 * @param timeline the latest one; 0 if there is nothing at all
 * @param path the timelines that a recovery to it passes, oldest first, itself last
 * @param first the first segment on that way; empty if there is none
 * @param last the last one
 * @param segments how many are stored on that way
 * @param gaps what is missing between the first and the last
 * @param missingHistories timelines whose {@code .history} is missing: a recovery to the latest timeline stops before
 *     the first of them ({@code findNewestTimeLine} in PostgreSQL's {@code timeline.c} counts up until one is absent)
 */
public record WalContinuity(
        long timeline,
        List<Long> path,
        Optional<WalSegmentName> first,
        Optional<WalSegmentName> last,
        long segments,
        List<WalGap> gaps,
        SortedSet<Long> missingHistories) {

    /** A stray file may claim to be of timeline four billion. */
    private static final int MOST_NAMED = 100;

    public WalContinuity {
        path = List.copyOf(path);
        gaps = List.copyOf(gaps);
    }

    /** How many segments are missing in all gaps. */
    public long missing() {
        return gaps.stream().mapToLong(WalGap::count).sum();
    }

    /**
     * Judges a repository.
     *
     * @param histories those that could be read, by timeline
     */
    public static WalContinuity of(WalInventory inventory, Map<Long, TimelineHistory> histories) {
        long timeline = latest(inventory);
        if (timeline == 0) {
            return new WalContinuity(0, List.of(), Optional.empty(), Optional.empty(), 0, List.of(), new TreeSet<>());
        }
        RecoveryPath path =
                RecoveryPath.to(timeline, Optional.ofNullable(histories.get(timeline)), inventory.segmentSize());
        Walk walk = new Walk(inventory);
        path.legs().forEach(walk::take);
        return new WalContinuity(
                timeline,
                path.legs().stream().map(RecoveryPath.Leg::timeline).toList(),
                Optional.ofNullable(walk.first),
                Optional.ofNullable(walk.last),
                walk.segments,
                walk.gaps,
                missingHistories(inventory, timeline));
    }

    private static long latest(WalInventory inventory) {
        long ofSegments =
                inventory.timelines().isEmpty() ? 0 : inventory.timelines().lastKey();
        long ofHistories =
                inventory.histories().isEmpty() ? 0 : inventory.histories().lastKey();
        return Math.max(ofSegments, ofHistories);
    }

    private static SortedSet<Long> missingHistories(WalInventory inventory, long latest) {
        SortedSet<Long> missing = new TreeSet<>();
        // Those of timelines that have no segment any more a recovery may still pass, but none of them began before.
        long oldest = inventory.timelines().isEmpty()
                ? inventory.histories().firstKey()
                : inventory.timelines().firstKey();
        for (long timeline = oldest + 1; timeline <= latest && missing.size() < MOST_NAMED; timeline++) {
            if (!inventory.histories().containsKey(timeline)) {
                missing.add(timeline);
            }
        }
        return missing;
    }

    /** Goes along the legs of a path and notes what is missing. */
    private static final class Walk {
        private final WalInventory inventory;
        private final List<WalGap> gaps = new ArrayList<>();
        private @Nullable WalSegmentName first;
        private @Nullable WalSegmentName last;
        private Optional<Instant> lastStored = Optional.empty();
        private long segments;

        /** How many of the gaps lie behind the last stored segment so far: what is stored after them is not known yet. */
        private int open;

        Walk(WalInventory inventory) {
            this.inventory = inventory;
        }

        void take(RecoveryPath.Leg leg) {
            long next = leg.first();
            for (SegmentRange range : inventory.timelines().getOrDefault(leg.timeline(), List.of())) {
                long from = Math.max(range.first(), leg.first());
                long to = Math.min(range.last(), leg.last().orElse(range.last()));
                if (from > to) {
                    continue;
                }
                if (first == null) {
                    // What lies before was never stored here, or has been deleted with the backups that needed it.
                    first = SegmentRange.name(leg.timeline(), from, inventory.segmentSize());
                } else if (from > next) {
                    gap(leg, next, from - 1);
                }
                stored(from == range.first() ? Optional.of(range.firstStored()) : Optional.empty());
                last = SegmentRange.name(leg.timeline(), to, inventory.segmentSize());
                lastStored = to == range.last() ? Optional.of(range.lastStored()) : Optional.empty();
                segments += to - from + 1;
                next = to + 1;
            }
            if (first != null && leg.last().isPresent() && next <= leg.last().getAsLong()) {
                gap(leg, next, leg.last().getAsLong());
            }
        }

        private void gap(RecoveryPath.Leg leg, long from, long to) {
            gaps.add(new WalGap(leg.timeline(), inventory.segmentSize(), from, to, lastStored, Optional.empty()));
            open++;
        }

        private void stored(Optional<Instant> at) {
            for (; open > 0; open--) {
                WalGap gap = gaps.get(gaps.size() - open);
                gaps.set(
                        gaps.size() - open,
                        new WalGap(gap.timeline(), gap.segmentSize(), gap.first(), gap.last(), gap.storedBefore(), at));
            }
        }
    }
}
