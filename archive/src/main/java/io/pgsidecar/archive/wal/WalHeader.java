package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/**
 * The long page header that begins every WAL segment ({@code XLogLongPageHeaderData} in PostgreSQL's
 * {@code xlog_internal.h}). In the byte order of the machine that wrote it; PostgreSQL's supported machines of today
 * that this agent runs on are all little-endian.
 *
 * @param magic tells the major version
 * @param timeline of the first page; a segment in which a timeline began still carries its parent's
 * @param pageAddress the LSN of the segment's first byte
 * @param segmentSize in bytes
 * @param blockSize of a WAL page, in bytes
 */
public record WalHeader(
        int magic, int info, long timeline, long pageAddress, long systemIdentifier, long segmentSize, long blockSize) {

    /** Bytes of the header. */
    public static final int LENGTH = 40;

    private static final int LONG_HEADER = 0x0002;

    /** {@code XLOG_PAGE_MAGIC} of PostgreSQL 14, 15, 16, 17 and 18. */
    private static final Set<Integer> MAGICS = Set.of(0xD10D, 0xD110, 0xD113, 0xD116, 0xD118);

    /** Reads the header from the first {@link #LENGTH} bytes. Any bytes can be read; {@link #check} judges them. */
    public static WalHeader read(byte[] start) throws IOException {
        if (start.length < LENGTH) {
            throw new IOException("only " + start.length + " bytes, too few for the header of a WAL segment");
        }
        ByteBuffer b = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
        return new WalHeader(
                Short.toUnsignedInt(b.getShort(0)),
                Short.toUnsignedInt(b.getShort(2)),
                Integer.toUnsignedLong(b.getInt(4)),
                b.getLong(8),
                b.getLong(24),
                Integer.toUnsignedLong(b.getInt(32)),
                Integer.toUnsignedLong(b.getInt(36)));
    }

    /** Whether a page that begins with it is of a known version. */
    static boolean isMagic(int magic) {
        return MAGICS.contains(magic);
    }

    /** Whether it is the header of a segment of a known version, of whatever cluster. */
    public boolean isOfSegment() {
        return isMagic(magic) && (info & LONG_HEADER) != 0 && WalSegmentName.isSize(segmentSize);
    }

    /**
     * Holds the header against what the name, the file's size and the cluster say it must be.
     *
     * @param size of the whole file, in bytes
     * @throws WalException {@code BAD_SEGMENT} for what is no such segment, {@code OTHER_CLUSTER} for another cluster's
     */
    public void check(WalFileName file, long size, long clusterSystemIdentifier) throws WalException {
        WalSegmentName name = file.segment().orElseThrow();
        if (!isOfSegment()) {
            throw bad(
                    file,
                    "its first page has magic %04X, flags %04X and a segment size of %d, which no segment of PostgreSQL 14 to 18 has"
                            .formatted(magic, info, segmentSize));
        }
        if (systemIdentifier != clusterSystemIdentifier) {
            throw new WalException(
                    WalException.Reason.OTHER_CLUSTER,
                    "WAL file %s belongs to the cluster with system identifier %s, not to this one, %s"
                            .formatted(
                                    file,
                                    Long.toUnsignedString(systemIdentifier),
                                    Long.toUnsignedString(clusterSystemIdentifier)),
                    null,
                    "Was a file of another cluster copied into pg_wal, or do two clusters share one repository folder?");
        }
        if (size != segmentSize) {
            throw bad(file, "it has %d bytes, but its header says %d".formatted(size, segmentSize));
        }
        if (!name.fits(segmentSize) || pageAddress != name.startLsn(segmentSize)) {
            throw bad(
                    file,
                    "its first page has the address %X/%X, which is not where a segment of that name begins"
                            .formatted(pageAddress >>> 32, pageAddress & 0xFFFF_FFFFL));
        }
        if (timeline == 0 || timeline > name.timeline()) {
            throw bad(file, "its first page is of timeline %d, later than its name says".formatted(timeline));
        }
    }

    private static WalException bad(WalFileName file, String why) {
        return new WalException(
                WalException.Reason.BAD_SEGMENT,
                "WAL file %s is not whole or not WAL: %s".formatted(file, why),
                null,
                null);
    }
}
