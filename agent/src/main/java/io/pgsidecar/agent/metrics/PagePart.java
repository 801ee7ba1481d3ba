package io.pgsidecar.agent.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * A part of a page as bytes, which is put together with others at each scrape. Compressed parts become one gzip file, and
 * not several in a row: not every reader of gzip looks for a second one.
 *
 * @param crc of what was compressed; 0 for a part that is not
 * @param length of what was compressed; 0 for a part that is not
 */
record PagePart(List<byte[]> pieces, int crc, long length) {

    /** Of a page of three megabytes level 1 makes a tenth, in a third of the time of the default. */
    private static final int LEVEL = Deflater.BEST_SPEED;

    /** Deflate, no name, no time, from no system in particular (RFC 1952). */
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255};

    /** The polynomial of CRC-32, its lowest power in the highest bit. */
    private static final int POLYNOMIAL = 0xedb88320;

    /** Writes a part's text. */
    @FunctionalInterface
    interface Content {
        void to(OutputStream out) throws IOException;
    }

    static PagePart plain(Content content) throws IOException {
        Chunks chunks = new Chunks();
        content.to(chunks);
        return new PagePart(chunks.pieces(), 0, 0);
    }

    /** @param last whether no other part follows */
    static PagePart compressed(Content content, boolean last) throws IOException {
        Chunks chunks = new Chunks();
        CRC32 crc = new CRC32();
        Deflater deflater = new Deflater(LEVEL, true);
        try {
            DeflaterOutputStream out = new DeflaterOutputStream(chunks, deflater, 8192, true);
            content.to(new CheckedOutputStream(out, crc));
            if (last) {
                out.finish();
            } else {
                out.flush(); // Up to a whole byte, and open for what follows.
            }
            return new PagePart(chunks.pieces(), (int) crc.getValue(), deflater.getBytesRead());
        } finally {
            deflater.end();
        }
    }

    /** Both, one behind the other, of the same kind. */
    static List<byte[]> together(PagePart first, PagePart last, boolean gzip) {
        List<byte[]> all = new ArrayList<>();
        if (gzip) {
            all.add(HEADER);
        }
        all.addAll(first.pieces);
        all.addAll(last.pieces);
        if (gzip) {
            all.add(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(combine(first.crc, last.crc, last.length))
                    .putInt((int) (first.length + last.length))
                    .array());
        }
        return all;
    }

    /**
     * The CRC of two pieces, one behind the other, of theirs: as zlib's {@code crc32_combine} does it.
     *
     * @param length of the second one, in bytes
     */
    static int combine(int first, int second, long length) {
        int power = 1 << 31; // x to the zeroth
        int square = 1 << 23; // x to the eighth: a byte
        for (long n = length; n > 0; n >>>= 1) {
            if ((n & 1) != 0) {
                power = multiply(square, power);
            }
            square = multiply(square, square);
        }
        return multiply(power, first) ^ second;
    }

    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = 1 << 31; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
        }
        return product;
    }
}
