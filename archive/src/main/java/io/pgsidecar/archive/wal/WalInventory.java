package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a repository's {@code wals/} holds, as ranges: the memory that it takes grows with the gaps and not with the
 * segments.
 *
 * @param segmentSize in bytes
 * @param timelines the ranges of each timeline, in order, none touching the next
 * @param histories the {@code .history} of each timeline that has one
 * @param duplicates further objects of a name that is stored already, with another ending
 * @param backupHistories PostgreSQL's notes on base backups that lie among the segments, as barman-cloud keeps them
 * @param partials partial segments that lie there, where some readers take them for whole ones
 * @param unknown what is none of PostgreSQL's names, or lies in another folder than its name says
 */
public record WalInventory(
        long segmentSize,
        NavigableMap<Long, List<SegmentRange>> timelines,
        NavigableMap<Long, ObjectKey> histories,
        StoredObjects duplicates,
        StoredObjects backupHistories,
        StoredObjects partials,
        StoredObjects unknown) {

    public WalInventory {
        timelines = Collections.unmodifiableNavigableMap(timelines);
        histories = Collections.unmodifiableNavigableMap(histories);
    }

    /**
     * Takes in a listing.
     *
     * @param wals sorted by key, as a store lists them
     * @throws IllegalArgumentException if they are not sorted
     */
    public static WalInventory of(long segmentSize, Iterator<ObjectInfo> wals) {
        Counting counting = new Counting(segmentSize);
        wals.forEachRemaining(counting::add);
        return counting.inventory();
    }

    /** Whether the segment is stored. */
    boolean has(WalSegmentName name) {
        long number = SegmentRange.number(name, segmentSize);
        List<SegmentRange> ranges = timelines.getOrDefault(name.timeline(), List.of());
        int low = 0;
        int high = ranges.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ranges.get(middle).last() < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < ranges.size() && ranges.get(low).first() <= number;
    }

    /** How many of the segments of a gap are stored here: another repository's gap, mostly. */
    public long count(WalGap gap) {
        if (gap.segmentSize() != segmentSize) {
            return 0;
        }
        return timelines.getOrDefault(gap.timeline(), List.of()).stream()
                .mapToLong(range -> Math.min(range.last(), gap.last()) - Math.max(range.first(), gap.first()) + 1)
                .filter(common -> common > 0)
                .sum();
    }

    /** How many segments, on whatever timeline. */
    public long segments() {
        return timelines.values().stream()
                .flatMap(List::stream)
                .mapToLong(SegmentRange::count)
                .sum();
    }

    private static final class Counting {
        private final long segmentSize;
        private final NavigableMap<Long, List<SegmentRange>> timelines = new TreeMap<>();
        private final NavigableMap<Long, ObjectKey> histories = new TreeMap<>();
        private StoredObjects duplicates = StoredObjects.NONE;
        private StoredObjects backupHistories = StoredObjects.NONE;
        private StoredObjects partials = StoredObjects.NONE;
        private StoredObjects unknown = StoredObjects.NONE;

        Counting(long segmentSize) {
            this.segmentSize = segmentSize;
        }

        WalInventory inventory() {
            timelines.replaceAll((timeline, ranges) -> List.copyOf(ranges));
            return new WalInventory(segmentSize, timelines, histories, duplicates, backupHistories, partials, unknown);
        }

        void add(ObjectInfo info) {
            WalFileName file;
            try {
                file = WalFileName.parse(
                        Encoding.ofName(info.key().name()).fileName(info.key().name()));
            } catch (IllegalArgumentException e) {
                unknown = unknown.and(info.key(), info.size());
                return;
            }
            if (!isWhereItBelongs(info.key(), file)) {
                unknown = unknown.and(info.key(), info.size());
                return;
            }
            switch (file.kind()) {
                case SEGMENT -> addSegment(file.segment().orElseThrow(), info);
                case HISTORY -> {
                    if (histories.putIfAbsent(file.timeline(), info.key()) != null) {
                        duplicates = duplicates.and(info.key(), info.size());
                    }
                }
                case BACKUP -> backupHistories = backupHistories.and(info.key(), info.size());
                case PARTIAL -> partials = partials.and(info.key(), info.size());
            }
        }

        /** What lies elsewhere no recovery finds. */
        private boolean isWhereItBelongs(ObjectKey key, WalFileName file) {
            List<String> parts = key.parts();
            String folder = parts.get(parts.size() - 2);
            return file.segment()
                    .map(name -> folder.equals(name.folder()) && name.fits(segmentSize))
                    .orElse(folder.equals("wals"));
        }

        private void addSegment(WalSegmentName name, ObjectInfo info) {
            List<SegmentRange> ranges = timelines.computeIfAbsent(name.timeline(), t -> new ArrayList<>());
            long number = SegmentRange.number(name, segmentSize);
            long last = ranges.isEmpty() ? -2 : ranges.getLast().last();
            if (number < last) {
                throw new IllegalArgumentException("%s is listed behind %s"
                        .formatted(info.key(), ranges.getLast().lastName()));
            }
            if (number == last) {
                duplicates = duplicates.and(info.key(), info.size());
            } else if (number == last + 1) {
                ranges.add(ranges.removeLast().and(info.size(), info.lastModified()));
            } else {
                ranges.add(new SegmentRange(
                        name.timeline(),
                        segmentSize,
                        number,
                        number,
                        info.size(),
                        info.lastModified(),
                        info.lastModified()));
            }
        }
    }
}
