package io.pgsidecar.archive.wal;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a WAL segment: timeline, log and segment number, eight upper-case hexadecimal digits each
 * ({@code XLogFileName} in PostgreSQL's {@code xlog_internal.h}). Which address a name stands for depends on the
 * cluster's segment size.
 *
 * @param timeline 1 to 2³²−1
 * @param log the upper 32 bits of the address
 * @param segment the segment's number within the 4 GB of its log
 */
public record WalSegmentName(long timeline, long log, long segment) implements Comparable<WalSegmentName> {

    /** Bytes of a segment, a power of two: the limits of {@code initdb --wal-segsize}. */
    public static final long MIN_SIZE = 1L << 20;

    public static final long MAX_SIZE = 1L << 30;

    private static final Pattern NAME = Pattern.compile("[0-9A-F]{24}");
    private static final long MAX_UINT32 = 0xFFFF_FFFFL;

    public WalSegmentName {
        if (timeline < 1
                || timeline > MAX_UINT32
                || log < 0
                || log > MAX_UINT32
                || segment < 0
                || segment > MAX_UINT32) {
            throw new IllegalArgumentException(
                    "no WAL segment: timeline " + timeline + ", log " + log + ", segment " + segment);
        }
    }

    /**
     * Reads a name.
     *
     * @throws IllegalArgumentException if it is no name of a segment
     */
    public static WalSegmentName parse(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "not the name of a WAL segment (24 hexadecimal digits): \"" + name + "\"");
        }
        return new WalSegmentName(
                Long.parseLong(name, 0, 8, 16), Long.parseLong(name, 8, 16, 16), Long.parseLong(name, 16, 24, 16));
    }

    /** Whether PostgreSQL makes segments of so many bytes. */
    public static boolean isSize(long bytes) {
        return bytes >= MIN_SIZE && bytes <= MAX_SIZE && Long.bitCount(bytes) == 1;
    }

    /** The segment's first address (LSN, unsigned) in a cluster of the given segment size in bytes. */
    public long startLsn(long segmentSize) {
        return (log << 32) + segment * segmentSize;
    }

    /** Whether a cluster with segments of so many bytes can have this name: a log has 4 GB. */
    public boolean fits(long segmentSize) {
        return segment < (1L << 32) / segmentSize;
    }

    /**
     * The segment that follows on the same timeline, in a cluster of the given segment size in bytes; empty behind the
     * last address that there is.
     */
    public Optional<WalSegmentName> next(long segmentSize) {
        WalSegmentName inLog = new WalSegmentName(timeline, log, segment + 1);
        if (inLog.fits(segmentSize)) {
            return Optional.of(inLog);
        }
        return log == MAX_UINT32 ? Optional.empty() : Optional.of(new WalSegmentName(timeline, log + 1, 0));
    }

    /** Timeline and log, the name of the folder that barman-cloud keeps a segment in. */
    public String folder() {
        return toString().substring(0, 16);
    }

    @Override
    public int compareTo(WalSegmentName other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return "%08X%08X%08X".formatted(timeline, log, segment);
    }
}
