package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Finds the last record in a data directory's {@code pg_wal}, as PostgreSQL's crash recovery finds it: from a checkpoint
 * on each record is followed by the next, until one is not whole. Of a server that crashed nothing else tells how far it
 * has written.
 */
public final class WalEnd implements AutoCloseable {

    private static final int BLOCK = 8192;
    private static final int SHORT_HEADER = 24;
    private static final int RECORD_HEADER = 24;
    private static final int CRC_AT = 20;
    private static final int CONTINUES_RECORD = 0x0001;
    /** The record before was given up: a server that crashed while it wrote one, and came up again. */
    private static final int REPLACES_RECORD = 0x0008;

    private static final int XLOG = 0;
    private static final int SWITCH = 0x40;
    private static final int LONGEST_RECORD = 1 << 30;

    private final Path wal;
    private final long fromTimeline;
    private final long timeline;
    private final long segmentSize;
    private final long systemIdentifier;
    private final ByteBuffer page = ByteBuffer.allocate(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    private @Nullable FileChannel segment;
    private long segmentNumber = -1;
    private long pageAddress = -1;
    /** Where the page begins that replaced the record which was being read; -1 if none did. */
    private long replacedAt = -1;

    private WalEnd(Path wal, long fromTimeline, long timeline, long segmentSize, long systemIdentifier) {
        this.wal = wal;
        this.fromTimeline = fromTimeline;
        this.timeline = timeline;
        this.segmentSize = segmentSize;
        this.systemIdentifier = systemIdentifier;
    }

    /**
     * Where the last whole record begins; empty if the one at the start cannot be read, so that nothing is known.
     *
     * @param wal the folder {@code pg_wal}
     * @param from where a record begins, unsigned: that of the last checkpoint
     * @param fromTimeline that it is on
     * @param timeline the newest one that records may be on
     */
    public static Optional<Long> lastRecord(
            Path wal, long from, long fromTimeline, long timeline, long segmentSize, long systemIdentifier)
            throws IOException {
        try (WalEnd end = new WalEnd(wal, fromTimeline, timeline, segmentSize, systemIdentifier)) {
            return end.walk(from);
        }
    }

    private Optional<Long> walk(long from) throws IOException {
        Optional<Long> last = Optional.empty();
        long before = -1;
        long at = from;
        while (true) {
            long begin = afterHeader(at);
            long next = begin < 0 ? -1 : record(begin, before);
            if (next < 0 && replacedAt >= 0) {
                // Its place was given up; what comes in its stead has the same record before it.
                at = replacedAt;
                replacedAt = -1;
                continue;
            }
            if (next < 0) {
                return last;
            }
            last = Optional.of(begin);
            before = begin;
            at = next;
        }
    }

    /** Where a record begins that is the next at this address: behind the header, if a page begins there. */
    private long afterHeader(long at) throws IOException {
        if (at % BLOCK != 0) {
            return at;
        }
        return load(at) && (info() & CONTINUES_RECORD) == 0 ? at + headerLength() : -1;
    }

    /** The address behind a record, at which the next one may begin; -1 if it is not whole. */
    private long record(long begin, long before) throws IOException {
        Bytes bytes = new Bytes(begin);
        ByteBuffer header = ByteBuffer.allocate(RECORD_HEADER).order(ByteOrder.LITTLE_ENDIAN);
        // The length is never split over two pages; the rest of the header may be, and a page then tells what is left.
        if (!bytes.read(header, Integer.BYTES, -1)) {
            return -1;
        }
        long length = Integer.toUnsignedLong(header.getInt(0));
        if (length < RECORD_HEADER || length > LONGEST_RECORD) {
            return -1;
        }
        if (!bytes.read(header, RECORD_HEADER - Integer.BYTES, length)) {
            return -1;
        }
        if (before >= 0 && header.getLong(8) != before) {
            return -1;
        }
        CRC32C crc = new CRC32C();
        ByteBuffer piece = ByteBuffer.allocate(BLOCK);
        for (long left = length - RECORD_HEADER; left > 0; ) {
            piece.clear();
            int part = (int) Math.min(left, BLOCK);
            if (!bytes.read(piece, part, length)) {
                return -1;
            }
            crc.update(piece.flip());
            left -= part;
        }
        crc.update(header.array(), 0, CRC_AT);
        if ((int) crc.getValue() != header.getInt(CRC_AT)) {
            return -1;
        }
        boolean ends = header.get(17) == XLOG && (header.get(16) & 0xF0) == SWITCH;
        long end = bytes.at;
        // A switch leaves the rest of its segment empty.
        return ends ? (begin - Long.remainderUnsigned(begin, segmentSize)) + segmentSize : (end + 7) & ~7L;
    }

    /** The bytes of one record, without the headers of the pages that it lies on. */
    private final class Bytes {
        private long at;
        private long taken;

        Bytes(long at) {
            this.at = at;
        }

        /**
         * Takes some.
         *
         * @param length of the whole record; -1 if it is not known yet
         * @return false if they are not there
         */
        boolean read(ByteBuffer to, int count, long length) throws IOException {
            int left = count;
            while (left > 0) {
                if (at % BLOCK == 0 && !turn(length)) {
                    return false;
                }
                if (!load(at - at % BLOCK)) {
                    return false;
                }
                int inPage = (int) (at % BLOCK);
                int part = Math.min(left, BLOCK - inPage);
                to.put(page.slice(inPage, part));
                at += part;
                taken += part;
                left -= part;
            }
            return true;
        }

        /** Goes on to the next page, which must say that it continues this record, and how much of it is left. */
        private boolean turn(long length) throws IOException {
            if (!load(at)) {
                return false;
            }
            if ((info() & REPLACES_RECORD) != 0) {
                replacedAt = at;
                return false;
            }
            boolean continues = (info() & CONTINUES_RECORD) != 0
                    && length >= 0
                    && Integer.toUnsignedLong(page.getInt(16)) == length - taken;
            at += continues ? headerLength() : 0;
            return continues;
        }
    }

    private int info() {
        return Short.toUnsignedInt(page.getShort(2));
    }

    private int headerLength() {
        return Long.remainderUnsigned(pageAddress, segmentSize) == 0 ? WalHeader.LENGTH : SHORT_HEADER;
    }

    /** Reads a page; false if there is none, or it is not what belongs there. */
    private boolean load(long address) throws IOException {
        if (address == pageAddress) {
            return true;
        }
        pageAddress = -1;
        FileChannel file = segment(Long.divideUnsigned(address, segmentSize));
        if (file == null) {
            return false;
        }
        page.clear();
        long at = Long.remainderUnsigned(address, segmentSize);
        while (page.hasRemaining()) {
            int n = file.read(page, at + page.position());
            if (n < 0) {
                return false;
            }
        }
        WalHeader header = WalHeader.read(page.array());
        boolean belongs = WalHeader.isMagic(header.magic())
                && header.pageAddress() == address
                && header.timeline() >= 1
                && header.timeline() <= timeline;
        boolean ofCluster = at != 0
                || (header.isOfSegment()
                        && header.systemIdentifier() == systemIdentifier
                        && header.segmentSize() == segmentSize
                        && header.blockSize() == BLOCK);
        if (!belongs || !ofCluster) {
            return false;
        }
        pageAddress = address;
        return true;
    }

    /** Of the timelines that have the segment the newest, as PostgreSQL takes it. */
    private @Nullable FileChannel segment(long number) throws IOException {
        if (number == segmentNumber) {
            return segment;
        }
        close();
        segmentNumber = number;
        long perLog = (1L << 32) / segmentSize;
        for (long each = timeline; each >= fromTimeline; each--) {
            Path file = wal.resolve(new WalSegmentName(each, number / perLog, number % perLog).toString());
            if (Files.isRegularFile(file) && Files.size(file) == segmentSize) {
                segment = FileChannel.open(file, StandardOpenOption.READ);
                return segment;
            }
        }
        return null;
    }

    @Override
    public void close() throws IOException {
        FileChannel open = segment;
        segment = null;
        if (open != null) {
            open.close();
        }
    }
}
