package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A made-up listing of a repository with segments of 16 MB; each segment is a minute younger than the one before. */
final class Listing {

    static final long SIZE = 16 << 20;
    static final Instant BEGIN = Instant.parse("2026-03-01T00:00:00Z");

    private final List<ObjectInfo> objects = new ArrayList<>();
    private final Map<Long, TimelineHistory> histories = new HashMap<>();

    static String name(long timeline, long number) {
        return SegmentRange.name(timeline, number, SIZE).toString();
    }

    static Instant minute(long number) {
        return BEGIN.plusSeconds(60 * number);
    }

    /** Segments of a timeline from one number to another, {@code .zst}. */
    Listing segments(long timeline, long from, long to) {
        for (long number = from; number <= to; number++) {
            segment(timeline, number, ".zst");
        }
        return this;
    }

    Listing segment(long timeline, long number, String ending) {
        String name = name(timeline, number);
        objects.add(new ObjectInfo(Cluster.LAYOUT.segment(name.substring(0, 16), name + ending), 1000, minute(number)));
        return this;
    }

    /** A history; pairs of a parent and the address at which it was left. */
    Listing history(long timeline, long... parentsAndSwitchPoints) {
        List<TimelineHistory.Ancestor> ancestors = new ArrayList<>();
        for (int i = 0; i < parentsAndSwitchPoints.length; i += 2) {
            ancestors.add(new TimelineHistory.Ancestor(parentsAndSwitchPoints[i], parentsAndSwitchPoints[i + 1]));
        }
        histories.put(timeline, new TimelineHistory(timeline, ancestors));
        return object("main/wals/%08X.history.zst".formatted(timeline));
    }

    Listing object(String key) {
        objects.add(new ObjectInfo(new ObjectKey(key), 10, BEGIN));
        return this;
    }

    WalInventory inventory() {
        objects.sort(Comparator.comparing(ObjectInfo::key));
        return WalInventory.of(SIZE, objects.iterator());
    }

    WalContinuity continuity() {
        return WalContinuity.of(inventory(), histories);
    }

    static RecoveryPath.Leg leg(long timeline, long first, long last) {
        return new RecoveryPath.Leg(timeline, first, last < 0 ? OptionalLong.empty() : OptionalLong.of(last));
    }
}
