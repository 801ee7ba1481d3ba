package io.pgsidecar.archive.wal;

import java.time.Instant;

/**
 * Stored segments of one timeline, one after the other without a gap. A segment's number is its address divided by the
 * segment size.
 *
 * @param segmentSize in bytes
 * @param first number of the first segment
 * @param last number of the last one, not before the first
 * @param bytes as stored, of all of them
 * @param firstStored when the first one was stored, by the store's clock
 * @param lastStored when the last one was
 */
public record SegmentRange(
        long timeline, long segmentSize, long first, long last, long bytes, Instant firstStored, Instant lastStored) {

    /** The number of a segment. */
    static long number(WalSegmentName name, long segmentSize) {
        return Long.divideUnsigned(name.startLsn(segmentSize), segmentSize);
    }

    /** The name of the segment with a number. */
    static WalSegmentName name(long timeline, long number, long segmentSize) {
        long perLog = (1L << 32) / segmentSize;
        return new WalSegmentName(timeline, number / perLog, number % perLog);
    }

    public WalSegmentName firstName() {
        return name(timeline, first, segmentSize);
    }

    public WalSegmentName lastName() {
        return name(timeline, last, segmentSize);
    }

    /** How many segments. */
    public long count() {
        return last - first + 1;
    }

    SegmentRange and(long moreBytes, Instant stored) {
        return new SegmentRange(timeline, segmentSize, first, last + 1, bytes + moreBytes, firstStored, stored);
    }
}
