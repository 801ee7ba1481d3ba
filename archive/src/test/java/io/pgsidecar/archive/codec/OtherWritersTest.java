package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jpountz.xxhash.XXHashFactory;
import org.apache.commons.compress.compressors.lz4.BlockLZ4CompressorOutputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream.BlockSize;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What barman-cloud's libraries write where its own programs would not. */
class OtherWritersTest {

    private static final byte[] SKIPPABLE = HexFormat.of().parseHex("5a2a4d18050000006869646465");

    @Test
    void pythonLz4LinksItsBlocks() throws IOException {
        // lz4.frame.compress((bytes(range(40)) * 2000)[:70000]) of python-lz4 4.4.
        byte[] content = new byte[70_000];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i % 40);
        }
        byte[] compressed = HexFormat.of()
                .parseHex("04224d18484070110100000000007733010000ff19"
                        + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
                        + "2800" + "ff".repeat(256) + "c0500b0c0d0e0f1b0000000ff0" + "ff".repeat(18)
                        + "6950232425262700000000");
        assertThat(read(Compression.LZ4, compressed)).isEqualTo(content);
    }

    @Test
    void aFrameThatHasNotWhatItSaysIsDamaged() throws IOException {
        byte[] compressed =
                HexFormat.of().parseHex("04224d1868400300000000000000" + "00" + "03000080" + "616263" + "00000000");
        setHeadChecksum(compressed);
        assertThat(read(Compression.LZ4, compressed)).asString().isEqualTo("abc");
        compressed[6] = 4;
        setHeadChecksum(compressed);
        assertThatThrownBy(() -> read(Compression.LZ4, compressed))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("LZ4 data is damaged: ");
    }

    private static void setHeadChecksum(byte[] frame) {
        frame[14] = (byte) (XXHashFactory.fastestInstance().hash32().hash(frame, 4, 10, 0) >>> 8);
    }

    @Test
    void pythonSnappyWritesFrames() throws IOException {
        // snappy.StreamCompressor().compress(b"WAL " * 20), then .compress(b"tail"), of python-snappy 0.7.
        byte[] compressed = HexFormat.of()
                .parseHex("ff060000734e6150705900100000b3e963a8500c57414c20fe04002e04000108" + "0000b2f9dc397461696c");
        assertThat(new String(read(Compression.SNAPPY, compressed), StandardCharsets.UTF_8))
                .isEqualTo("WAL ".repeat(20) + "tail");
    }

    @ParameterizedTest
    // Not K256: this writer's frames of that size do not fit their own checksum, as lz4 finds too.
    @CsvSource({"K64, false, false", "K64, true, true", "M1, true, false", "M1, false, true", "M4, true, true"})
    void linkedBlocksOfEachSizeAreRead(BlockSize size, boolean contentChecksum, boolean blockChecksum)
            throws IOException {
        for (int length : new int[] {1, 65_536, 65_537, 1_500_000}) {
            byte[] content = TestData.content(length);
            byte[] compressed = linked(content, size, contentChecksum, blockChecksum);
            assertThat(read(Compression.LZ4, compressed)).isEqualTo(content);
        }
    }

    @Test
    void framesOfDifferentKindsMayFollowEachOther() throws IOException {
        byte[] content = TestData.content(200_000);
        byte[] independent = TestData.compress(Compression.LZ4, content);
        byte[] linked = linked(content, BlockSize.K64, true, true);
        byte[] compressed = TestData.concat(SKIPPABLE, independent, linked, SKIPPABLE, independent, SKIPPABLE);
        assertThat(read(Compression.LZ4, compressed)).isEqualTo(TestData.concat(content, content, content));
    }

    @Test
    void damageInLinkedBlocksIsFoundByTheirChecksums() throws IOException {
        long seed = System.nanoTime();
        System.out.println("damageInLinkedBlocksIsFoundByTheirChecksums: seed " + seed);
        Random random = new Random(seed);
        byte[] content = TestData.content(200_000);
        for (boolean ofContent : new boolean[] {true, false}) {
            byte[] compressed = linked(content, BlockSize.K64, ofContent, !ofContent);
            // A block's checksum does not cover its size, nor the bit in it that says whether it is compressed.
            int from = ofContent ? 0 : 11;
            int to = ofContent ? compressed.length : from + ((compressed[7] & 0xff) | ((compressed[8] & 0xff) << 8));
            for (int i = 0; i < 500; i++) {
                byte[] damaged = compressed.clone();
                damaged[random.nextInt(from, to)] ^= (byte) (1 << random.nextInt(8));
                assertThatThrownBy(() -> read(Compression.LZ4, damaged))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("LZ4");
                byte[] cut = Arrays.copyOf(compressed, random.nextInt(compressed.length));
                assertThatThrownBy(() -> read(Compression.LZ4, cut)).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void withoutChecksumsDamageNeverReachesBeyondTheBlock() throws IOException {
        long seed = System.nanoTime();
        System.out.println("withoutChecksumsDamageNeverReachesBeyondTheBlock: seed " + seed);
        Random random = new Random(seed);
        byte[] compressed = linked(TestData.content(200_000), BlockSize.K64, false, false);
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = compressed.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                read(Compression.LZ4, damaged); // Other content is all that it may give; no other exception.
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("LZ4");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "02214c18", // The legacy frame of lz4 -l.
                "04224d18 00 40 00", // Version 0.
                "04224d18 62 40 00", // A reserved flag.
                "04224d18 60 30 00", // A block size that is not defined.
                "04224d18 60 41 00", // Reserved bits of the block size.
                "04224d18 61 40 00000000 00", // A dictionary.
                "04224d18 60 40 00", // A wrong checksum of the head.
            })
    void framesThatAreNotUnderstoodAreRefused(String head) {
        byte[] compressed = HexFormat.of().parseHex(head.replace(" ", ""));
        assertThatThrownBy(() -> read(Compression.LZ4, TestData.concat(compressed, new byte[100])))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("LZ4 data is damaged: ");
    }

    private static byte[] linked(byte[] content, BlockSize size, boolean contentChecksum, boolean blockChecksum)
            throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        Parameters parameters = new Parameters(
                size,
                contentChecksum,
                blockChecksum,
                true,
                BlockLZ4CompressorOutputStream.createParameterBuilder().build());
        try (FramedLZ4CompressorOutputStream out = new FramedLZ4CompressorOutputStream(compressed, parameters)) {
            out.write(content);
        }
        return compressed.toByteArray();
    }

    private static byte[] read(Compression compression, byte[] compressed) throws IOException {
        try (InputStream in = compression.decompress(new ByteArrayInputStream(compressed))) {
            return in.readAllBytes();
        }
    }
}
