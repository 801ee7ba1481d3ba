package io.pgsidecar.archive.codec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.snappy.FramedSnappyCompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Content to compress, and compressed content, of the formats that are only read too. */
final class TestData {

    private TestData() {}

    /** Partly random, partly repeating, as WAL is: no format stores it as it is, and none makes it vanish. */
    static byte[] content(int length) {
        Random random = new Random(length);
        byte[] content = new byte[length];
        for (int at = 0; at < length; ) {
            int run = Math.min(length - at, 20 + random.nextInt(400));
            if (at < 1000 || random.nextInt(3) == 0) {
                byte[] bytes = new byte[run];
                random.nextBytes(bytes);
                System.arraycopy(bytes, 0, content, at, run);
            } else {
                int from = at - 1 - random.nextInt(Math.min(at - run, 100_000));
                System.arraycopy(content, Math.max(0, from - run), content, at, run);
            }
            at += run;
        }
        return content;
    }

    static byte[] compress(Compression compression, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = compressor(compression, bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    private static OutputStream compressor(Compression compression, OutputStream out) throws IOException {
        return switch (compression) {
            case BZIP2 -> new BZip2CompressorOutputStream(out, 1);
            case XZ -> new XZOutputStream(out, new LZMA2Options(1));
            case SNAPPY -> new FramedSnappyCompressorOutputStream(out);
            case NONE, GZIP, LZ4, ZSTD -> compression.compress(out, compression.defaultLevel());
        };
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
