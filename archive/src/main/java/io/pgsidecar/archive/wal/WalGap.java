package io.pgsidecar.archive.wal;

import java.time.Instant;
import java.util.Optional;

/**
 * Segments that a recovery needs and a repository does not have.
 *
 * @param first number of the first one, as in {@link SegmentRange}
 * @param last number of the last one
 * @param storedBefore when the segment before the gap was stored; empty if that is not known
 * @param storedAfter when the one behind it was
 */
public record WalGap(
        long timeline,
        long segmentSize,
        long first,
        long last,
        Optional<Instant> storedBefore,
        Optional<Instant> storedAfter) {

    public WalSegmentName firstName() {
        return SegmentRange.name(timeline, first, segmentSize);
    }

    public WalSegmentName lastName() {
        return SegmentRange.name(timeline, last, segmentSize);
    }

    /** How many segments. */
    public long count() {
        return last - first + 1;
    }

    boolean has(WalSegmentName name) {
        long number = SegmentRange.number(name, segmentSize);
        return name.timeline() == timeline && first <= number && number <= last;
    }
}
