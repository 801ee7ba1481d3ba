package io.pgsidecar.archive.codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Random;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.snappy.FramedSnappyCompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Content for the tests of compression, and writers for the formats that the product only reads. */
public final class CompressedSamples {

    private CompressedSamples() {}

    /** Half random, half zeros in turn, as WAL with its full-page images is; the same bytes for the same size. */
    public static byte[] walLike(int size) {
        byte[] bytes = random(size);
        for (int i = 0; i < size; i++) {
            if ((i >> 9) % 2 == 1) {
                bytes[i] = 0;
            }
        }
        return bytes;
    }

    static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    public static byte[] compressed(Compression compression, byte[] content) throws IOException {
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        try (OutputStream out = switch (compression) {
            case NONE, GZIP, LZ4, ZSTD -> compression.compress(sink, compression.defaultLevel());
            case BZIP2 -> new BZip2CompressorOutputStream(sink);
            case XZ -> new XZOutputStream(sink, new LZMA2Options(1));
            case SNAPPY -> new FramedSnappyCompressorOutputStream(sink);
        }) {
            out.write(content);
        }
        return sink.toByteArray();
    }

    static byte[] decompress(Compression compression, byte[] compressed) throws IOException {
        try (InputStream in = compression.decompress(new ByteArrayInputStream(compressed))) {
            return in.readAllBytes();
        }
    }
}
