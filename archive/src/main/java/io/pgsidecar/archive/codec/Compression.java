package io.pgsidecar.archive.codec;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.snappy.FramedSnappyCompressorInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * How an object is compressed, told by the extension of its name. Four are written; three more are only read, since
 * barman-cloud may have stored with them.
 *
 * <p>Each one's own program reads what is written here: {@code zstd -d}, {@code lz4 -d}, {@code gunzip}. Zstandard and
 * LZ4 frames carry a checksum of the content (gzip always does), so that damage is found by whoever reads.
 */
public enum Compression {
    NONE("", true, 0, 0, 0),
    GZIP(".gz", true, 1, 9, 6),
    /** The frame format. Levels from 3 on are its slow, dense variant (LZ4 HC). */
    LZ4(".lz4", true, 1, 12, 1),
    ZSTD(".zst", true, 1, 19, 1),
    BZIP2(".bz2", false, 0, 0, 0),
    XZ(".xz", false, 0, 0, 0),
    /** The framing format, which python-snappy's stream classes write. */
    SNAPPY(".snappy", false, 0, 0, 0);

    private static final int BUFFER = 128 * 1024;

    /** {@code xz -9} needs 65 MiB to be read. A damaged header can ask for 4 GiB. */
    private static final int XZ_MEMORY_KIB = 96 * 1024;

    private static final int LZ4_FIRST_DENSE_LEVEL = 3;

    private final String extension;
    private final boolean writable;
    private final int minLevel;
    private final int maxLevel;
    private final int defaultLevel;

    Compression(String extension, boolean writable, int minLevel, int maxLevel, int defaultLevel) {
        this.extension = extension;
        this.writable = writable;
        this.minLevel = minLevel;
        this.maxLevel = maxLevel;
        this.defaultLevel = defaultLevel;
    }

    /** The compression that an object of this name has; {@link #NONE} if its extension is no compression's. */
    public static Compression ofName(String name) {
        for (Compression c : values()) {
            if (c != NONE && name.endsWith(c.extension)) {
                return c;
            }
        }
        return NONE;
    }

    /** With its dot; empty for {@link #NONE}. */
    public String extension() {
        return extension;
    }

    /** Whether it can be chosen for what is stored. */
    public boolean writable() {
        return writable;
    }

    public int minLevel() {
        return minLevel;
    }

    public int maxLevel() {
        return maxLevel;
    }

    /** For WAL: fast before small. */
    public int defaultLevel() {
        return defaultLevel;
    }

    /**
     * A stream that compresses into another. To close it writes the end, frees what it holds and closes the other.
     *
     * @param level between {@link #minLevel()} and {@link #maxLevel()}
     */
    public OutputStream compress(OutputStream out, int level) throws IOException {
        if (!writable || level < minLevel || level > maxLevel) {
            throw new IllegalArgumentException(this + " cannot be written with level " + level);
        }
        return switch (this) {
            case GZIP -> new GzipOutput(out, level);
            case LZ4 ->
                new LZ4FrameOutputStream(
                        out,
                        LZ4FrameOutputStream.BLOCKSIZE.SIZE_256KB,
                        -1L,
                        lz4(level),
                        XXHashFactory.fastestInstance().hash32(),
                        LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE,
                        LZ4FrameOutputStream.FLG.Bits.CONTENT_CHECKSUM);
            case ZSTD -> zstd(out, level);
            case NONE, BZIP2, XZ, SNAPPY -> new BufferedOutputStream(out, BUFFER);
        };
    }

    /**
     * A stream that decompresses another, members or frames one after the other. To close it closes the other. Input
     * that is empty, damaged or ends too early is an {@link IOException}, here or while reading; errors of the other
     * stream come through as they are. The formats set a limit to it: where a whole frame is missing at the end nothing
     * tells, and Snappy's has no end, only blocks of 64 kB. Whoever knows the size must compare.
     */
    public InputStream decompress(InputStream in) throws IOException {
        return this == NONE ? in : StrictInput.of(name().toLowerCase(Locale.ROOT), in, BUFFER, this::decode);
    }

    private InputStream decode(InputStream in) throws IOException {
        return switch (this) {
            case NONE -> in;
            case GZIP -> gzip(in);
            case LZ4 -> new LZ4FrameInputStream(in);
            case ZSTD -> new ZstdInputStreamNoFinalizer(in);
            case BZIP2 -> new BZip2CompressorInputStream(in, true);
            case XZ -> new XZInputStream(in, XZ_MEMORY_KIB);
            case SNAPPY -> new FramedSnappyCompressorInputStream(in);
        };
    }

    /** Java's own GZIPInputStream takes whatever error comes after a member, of the disk too, for the end. */
    @SuppressWarnings("deprecation") // What replaces the constructor would make commons-io a dependency of ours.
    private static InputStream gzip(InputStream in) throws IOException {
        return new GzipCompressorInputStream(in, true);
    }

    private static OutputStream zstd(OutputStream out, int level) throws IOException {
        ZstdOutputStreamNoFinalizer zstd = new ZstdOutputStreamNoFinalizer(out, level);
        zstd.setChecksum(true);
        return zstd;
    }

    private static LZ4Compressor lz4(int level) {
        return level < LZ4_FIRST_DENSE_LEVEL
                ? LZ4Factory.fastestInstance().fastCompressor()
                : LZ4Factory.fastestInstance().highCompressor(level);
    }

    private static final class GzipOutput extends GZIPOutputStream {
        GzipOutput(OutputStream out, int level) throws IOException {
            super(out, BUFFER);
            this.def.setLevel(level);
        }
    }
}
