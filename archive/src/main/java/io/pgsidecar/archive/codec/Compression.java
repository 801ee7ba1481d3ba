package io.pgsidecar.archive.codec;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
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
    /**
     * The framing format, which python-snappy's stream classes write. It has no end mark: to lose whole chunks at the
     * end, or to damage a chunk's type so that it looks like one to skip, goes unnoticed here
     * (<a href="https://github.com/google/snappy/blob/main/framing_format.txt">framing_format.txt</a>).
     */
    SNAPPY(".snappy", false, 0, 0, 0);

    private static final int BUFFER = 128 * 1024;
    private static final int LZ4_FIRST_DENSE_LEVEL = 3;
    private static final int LZ4_FLAGS = 4;
    private static final int LZ4_INDEPENDENT_BLOCKS = 0x20;

    /** Damaged input could ask for gigabytes; what does not fit the heap would end the agent, at each try again. */
    private static final int XZ_MAX_MEMORY_KIB =
            (int) Math.min(96 * 1024, Runtime.getRuntime().maxMemory() / 2 / 1024);

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

    /** The fastest level; 0 where there are none. */
    public int minLevel() {
        return minLevel;
    }

    /** The densest level; 0 where there are none. */
    public int maxLevel() {
        return maxLevel;
    }

    /** For WAL: fast before small. */
    public int defaultLevel() {
        return defaultLevel;
    }

    /**
     * A stream that compresses into another. To close it writes the end and frees what it holds, also when that fails.
     * The other stream stays open: it is the caller who knows whether what is in it is good.
     *
     * <p>To close it after an error writes a valid end all the same: only the caller can keep the result from being
     * taken for a whole one.
     *
     * @param level between {@link #minLevel()} and {@link #maxLevel()}
     * @throws IllegalArgumentException for another level, or one that is not {@link #writable()}
     */
    public OutputStream compress(OutputStream out, int level) throws IOException {
        if (!writable) {
            throw new IllegalArgumentException(this + " is only read, never written");
        }
        if (level < minLevel || level > maxLevel) {
            throw new IllegalArgumentException(
                    "%s has no level %d; it has %d to %d".formatted(this, level, minLevel, maxLevel));
        }
        OutputStream kept = new KeptOpenOutput(out);
        return switch (this) {
            case GZIP -> new GzipOutput(kept, level);
            case LZ4 -> lz4(kept, level);
            case ZSTD -> zstd(kept, level);
            case NONE, BZIP2, XZ, SNAPPY -> new BufferedOutputStream(kept, BUFFER);
        };
    }

    /**
     * A stream that decompresses another. To close it closes the other; if this method throws, the other stays open.
     * Several streams one after another are read as one, as each format's own program does.
     *
     * <p>Input that is empty, ends too early, goes on with something else, or does not fit its checksum is an
     * {@link IOException} here or while reading, whatever the decoder makes of it. An error of the other stream comes
     * through as it is. {@link #NONE} knows nothing of its input and gives it back.
     */
    public InputStream decompress(InputStream in) throws IOException {
        return this == NONE ? in : DecodedInput.of(this, in, this::decoder);
    }

    /** Over a buffered stream: some decoders read byte by byte. */
    private InputStream decoder(InputStream in) throws IOException {
        return switch (this) {
            case NONE -> in;
            case GZIP -> gzip(in);
            case LZ4 -> lz4(in);
            case ZSTD -> new ZstdInputStreamNoFinalizer(in);
            case BZIP2 -> new BZip2CompressorInputStream(in, true);
            case XZ -> new XZInputStream(in, XZ_MAX_MEMORY_KIB);
            case SNAPPY -> new FramedSnappyCompressorInputStream(in);
        };
    }

    /** Java's own ignores what follows the first member if it does not like it, errors of the source included. */
    @SuppressWarnings("deprecation") // What replaces the constructor would make commons-io a dependency of ours.
    private static InputStream gzip(InputStream in) throws IOException {
        return new GzipCompressorInputStream(in, true);
    }

    /**
     * lz4-java reads fast, but only frames whose blocks are independent of each other. python-lz4, and so barman-cloud,
     * links them.
     *
     * @see <a href="https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md">The frame format: FLG, after the magic</a>
     */
    private static InputStream lz4(InputStream in) throws IOException {
        in.mark(LZ4_FLAGS + 1);
        byte[] head = in.readNBytes(LZ4_FLAGS + 1);
        in.reset();
        boolean linked = head.length > LZ4_FLAGS && (head[LZ4_FLAGS] & LZ4_INDEPENDENT_BLOCKS) == 0;
        return linked ? new FramedLZ4CompressorInputStream(in, true) : new LZ4FrameInputStream(in);
    }

    private static OutputStream zstd(OutputStream out, int level) throws IOException {
        ZstdOutputStreamNoFinalizer zstd = new ZstdOutputStreamNoFinalizer(out, level);
        try {
            zstd.setChecksum(true);
            return zstd;
        } catch (IOException | RuntimeException e) {
            zstd.close();
            throw e;
        }
    }

    private static OutputStream lz4(OutputStream out, int level) throws IOException {
        LZ4Compressor compressor = level < LZ4_FIRST_DENSE_LEVEL
                ? LZ4Factory.fastestInstance().fastCompressor()
                : LZ4Factory.fastestInstance().highCompressor(level);
        return new LZ4FrameOutputStream(
                out,
                LZ4FrameOutputStream.BLOCKSIZE.SIZE_256KB,
                -1L,
                compressor,
                XXHashFactory.fastestInstance().hash32(),
                LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE,
                LZ4FrameOutputStream.FLG.Bits.CONTENT_CHECKSUM);
    }

    private static final class GzipOutput extends GZIPOutputStream {
        GzipOutput(OutputStream out, int level) throws IOException {
            super(out, BUFFER);
            this.def.setLevel(level);
        }
    }
}
