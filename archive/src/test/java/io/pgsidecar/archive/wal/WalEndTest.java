package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** WAL written here as PostgreSQL writes it; a real server's is in the agent's tests. */
class WalEndTest {

    private static final int SIZE = 1 << 20;
    private static final long SYSTEM = 42;
    private static final long FIRST = SIZE + WalHeader.LENGTH;

    @TempDir
    Path wal;

    /** Writes records one behind the other, over pages and segments. */
    private final class Writer {
        private long at = SIZE;
        private long before;
        private long timeline = 1;
        private final List<Long> begun = new ArrayList<>();

        Writer record(int length) throws IOException {
            return record(length, 1, 0);
        }

        Writer record(int length, int manager, int info) throws IOException {
            page(0, 0);
            long begin = at;
            ByteBuffer record = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            record.putInt(0, length).putLong(8, before).put(16, (byte) info).put(17, (byte) manager);
            for (int i = 24; i < length; i++) {
                record.put(i, (byte) i);
            }
            CRC32C crc = new CRC32C();
            crc.update(record.array(), 24, length - 24);
            crc.update(record.array(), 0, 20);
            record.putInt(20, (int) crc.getValue());
            for (int done = 0; done < length; ) {
                page(1, length - done);
                int part = (int) Math.min(length - done, 8192 - at % 8192);
                put(at, record.array(), done, part);
                at += part;
                done += part;
            }
            at = (at + 7) & ~7L;
            before = begin;
            begun.add(begin);
            return this;
        }

        /** The header of a page, if one begins here. */
        private void page(int flags, int left) throws IOException {
            if (at % 8192 != 0) {
                return;
            }
            boolean first = at % SIZE == 0;
            ByteBuffer header = ByteBuffer.allocate(first ? 40 : 24).order(ByteOrder.LITTLE_ENDIAN);
            header.putShort((short) 0xD116).putShort((short) (flags | (first ? 2 : 0)));
            header.putInt((int) timeline).putLong(at).putInt(left).putInt(0);
            if (first) {
                header.putLong(SYSTEM).putInt(SIZE).putInt(8192);
            }
            put(at, header.array(), 0, header.capacity());
            at += header.capacity();
        }

        /** As PostgreSQL goes on after a crash in the middle of a record: on the page behind what there is of it. */
        Writer giveUpFrom(long page) throws IOException {
            begun.removeLast();
            before = begun.getLast();
            at = page;
            page(8, 0);
            return this;
        }

        private void put(long address, byte[] bytes, int offset, int length) throws IOException {
            long number = address / SIZE;
            Path file = wal.resolve(new WalSegmentName(timeline, 0, number).toString());
            try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
                out.setLength(SIZE);
                out.seek(address % SIZE);
                out.write(bytes, offset, length);
            }
        }
    }

    private long end(long from, long timeline) throws IOException {
        return WalEnd.lastRecord(wal, from, 1, timeline, SIZE, SYSTEM).orElse(-1L);
    }

    @Test
    void recordsAreFollowedOverPagesAndSegmentsToTheLastOne() throws IOException {
        Writer writer = new Writer();
        for (int i = 0; i < 300; i++) {
            writer.record(24 + (i * 977) % 30_000);
        }
        assertThat(writer.at).isGreaterThan(3 * SIZE);
        assertThat(end(FIRST, 1)).isEqualTo(writer.begun.getLast());
        assertThat(end(writer.begun.get(100), 1)).isEqualTo(writer.begun.getLast());
    }

    @Test
    void aRecordThatIsNotWholeIsNoneAndNothingBehindIt() throws IOException {
        Writer writer = new Writer().record(100).record(9000).record(50);
        damage(writer.begun.get(1) + 8500);
        assertThat(end(FIRST, 1)).isEqualTo(writer.begun.getFirst());
    }

    @Test
    void whatARecycledSegmentHeldBeforeIsNoWal() throws IOException {
        Writer writer = new Writer().record(100);
        long last = writer.begun.getLast();
        // The rest of the page has a whole record of another place.
        writer.before = 7;
        writer.record(200);
        assertThat(end(FIRST, 1)).isEqualTo(last);
    }

    @Test
    void aSwitchLeavesTheRestOfItsSegment() throws IOException {
        Writer writer = new Writer().record(100).record(24, 0, 0x40);
        writer.at = 2 * SIZE;
        writer.record(60);
        assertThat(end(FIRST, 1)).isEqualTo(2 * SIZE + WalHeader.LENGTH);
    }

    @Test
    void aRecordThatWasGivenUpInACrashIsPassed() throws IOException {
        Writer writer = new Writer().record(100).record(20_000);
        long page = (writer.begun.getLast() / 8192 + 1) * 8192;
        writer.giveUpFrom(page).record(40, 0, 0xD0).record(70);
        assertThat(end(FIRST, 1)).isEqualTo(writer.begun.getLast()).isGreaterThan(page);
    }

    @Test
    void aPromotionGoesOnInTheNewTimelinesSegment() throws IOException {
        Writer switched = new Writer().record(24, 0, 0x40);
        switched.at = 2 * SIZE;
        switched.timeline = 2;
        switched.record(90);
        assertThat(end(FIRST, 2)).isEqualTo(2 * SIZE + WalHeader.LENGTH);
        assertThat(end(FIRST, 1)).as("as the old timeline").isEqualTo(FIRST);
    }

    @Test
    void withoutTheFirstRecordNothingIsKnown() throws IOException {
        new Writer().record(100);
        assertThat(WalEnd.lastRecord(wal, FIRST + 8, 1, 1, SIZE, SYSTEM)).isEmpty();
        assertThat(WalEnd.lastRecord(wal, 5 * SIZE + 40, 1, 1, SIZE, SYSTEM)).isEmpty();
        assertThat(WalEnd.lastRecord(wal, FIRST, 1, 1, SIZE, 43))
                .as("of another cluster")
                .isEmpty();
        damage(FIRST + 30);
        assertThat(WalEnd.lastRecord(wal, FIRST, 1, 1, SIZE, SYSTEM)).isEmpty();
    }

    private void damage(long address) throws IOException {
        Path file = wal.resolve(new WalSegmentName(1, 0, address / SIZE).toString());
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(address % SIZE);
            int was = out.read();
            out.seek(address % SIZE);
            out.write(~was);
        }
    }
}
