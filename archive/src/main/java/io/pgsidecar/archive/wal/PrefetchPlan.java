package io.pgsidecar.archive.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which segments to prefetch, and which to keep. */
final class PrefetchPlan {

    private PrefetchPlan() {}

    /**
     * How many segments to look ahead after one was restored. It begins with one and doubles with each that had been
     * prefetched: a standby that takes its segments as they are archived pays one request in vain for each, and a
     * recovery that is about to end does not read far beyond.
     */
    static int window(int before, boolean prefetched, int max) {
        return Math.min(max, prefetched ? Math.max(1, before * 2) : 1);
    }

    /** The segments that follow on the same timeline, at most so many. */
    static List<WalSegmentName> ahead(WalSegmentName segment, long segmentSize, int count) {
        List<WalSegmentName> ahead = new ArrayList<>();
        Optional<WalSegmentName> next = segment.next(segmentSize);
        while (ahead.size() < count && next.isPresent()) {
            ahead.add(next.get());
            next = next.get().next(segmentSize);
        }
        return ahead;
    }

    /**
     * How many further segments fit. The disk's free space may be PostgreSQL's too: at most half of it is taken.
     *
     * @param held bytes that the spool holds, or has promised to what is under way
     * @param free bytes of the disk
     */
    static int fitting(long segmentSize, long held, long spoolBytes, long free) {
        long room = Math.min(spoolBytes - held, free / 2);
        return room <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, room / segmentSize);
    }

    /**
     * Whether what is spooled may still be asked for after this request: it is the segment itself or one of the next.
     * After a change of the timeline, a step back or a leap it is not.
     */
    static boolean keeps(WalSegmentName spooled, WalSegmentName asked, long segmentSize, int max) {
        return spooled.equals(asked) || ahead(asked, segmentSize, max).contains(spooled);
    }
}
