package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CompressionTest {

    @ParameterizedTest
    @CsvSource({
        "NONE, '', true, 0, 0, 0",
        "GZIP, .gz, true, 1, 9, 6",
        "LZ4, .lz4, true, 1, 12, 1",
        "ZSTD, .zst, true, 1, 19, 1",
        "BZIP2, .bz2, false, 0, 0, 0",
        "XZ, .xz, false, 0, 0, 0",
        "SNAPPY, .snappy, false, 0, 0, 0"
    })
    void extensionsAndLevelsArePartOfTheLayout(
            Compression compression, String extension, boolean writable, int min, int max, int byDefault) {
        assertThat(compression.extension()).isEqualTo(extension);
        assertThat(compression.writable()).isEqualTo(writable);
        assertThat(compression.minLevel()).isEqualTo(min);
        assertThat(compression.maxLevel()).isEqualTo(max);
        assertThat(compression.defaultLevel()).isEqualTo(byDefault);
    }

    @ParameterizedTest
    @CsvSource({
        "000000010000000000000042, NONE",
        "000000010000000000000042.zst, ZSTD",
        "000000010000000000000042.lz4, LZ4",
        "00000002.history.gz, GZIP",
        "data.tar.bz2, BZIP2",
        "data.tar.xz, XZ",
        "data.tar.snappy, SNAPPY",
        "data.tar.zip, NONE",
        "zst, NONE",
        "x.zst.partial, NONE"
    })
    void theExtensionTellsTheCompression(String name, Compression compression) {
        assertThat(Compression.ofName(name)).isEqualTo(compression);
    }

    @ParameterizedTest
    @EnumSource
    void aLevelThatThereIsNotIsRefused(Compression compression) {
        for (int level : new int[] {compression.minLevel() - 1, compression.maxLevel() + 1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> compression.compress(new ByteArrayOutputStream(), level))
                    .withMessageContaining(compression.name());
        }
        if (!compression.writable()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> compression.compress(new ByteArrayOutputStream(), 0))
                    .withMessageContaining("only read");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsCompressedComesBack(Compression compression) throws IOException {
        for (int length : new int[] {0, 1, 2, 1000, 65_536, 65_537, 262_144, 1_000_003}) {
            byte[] content = TestData.content(length);
            byte[] compressed = TestData.compress(compression, content);
            assertThat(decompress(compression, compressed))
                    .as("%d bytes", length)
                    .isEqualTo(content);
        }
        byte[] zeros = new byte[3_000_000];
        assertThat(decompress(compression, TestData.compress(compression, zeros)))
                .isEqualTo(zeros);
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "LZ4", "ZSTD"})
    void everyLevelComesBack(Compression compression) throws IOException {
        byte[] content = TestData.content(300_000);
        for (int level = compression.minLevel(); level <= compression.maxLevel(); level++) {
            ByteArrayOutputStream compressed = new ByteArrayOutputStream();
            try (OutputStream out = compression.compress(compressed, level)) {
                out.write(content);
            }
            assertThat(compressed.size()).isLessThan(content.length);
            assertThat(decompress(compression, compressed.toByteArray())).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @EnumSource
    void piecesOfAnySizeWillDo(Compression compression) throws IOException {
        byte[] content = TestData.content(70_000);
        InputStream trickle = new FilterInputStream(new ByteArrayInputStream(TestData.compress(compression, content))) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return super.read(bytes, offset, Math.min(length, 1));
            }
        };
        try (InputStream in = compression.decompress(trickle)) {
            ByteArrayOutputStream decompressed = new ByteArrayOutputStream();
            byte[] piece = new byte[9];
            for (int b = in.read(); b >= 0; b = in.read()) {
                decompressed.write(b);
                int n = in.read(piece, 1, 7);
                decompressed.write(piece, 1, Math.max(0, n));
            }
            assertThat(decompressed.toByteArray()).isEqualTo(content);
            assertThat(in.read()).isNegative();
            assertThat(in.read(piece)).isNegative();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4", "ZSTD"})
    void toCloseTheCompressorEndsWhatItWritesAndNothingElse(Compression compression) throws IOException {
        AtomicInteger closed = new AtomicInteger();
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        OutputStream counting = new FilterOutputStream(compressed) {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        OutputStream out = compression.compress(counting, compression.defaultLevel());
        out.write("content".getBytes(StandardCharsets.UTF_8));
        out.close();
        assertThat(decompress(compression, compressed.toByteArray())).asString().isEqualTo("content");
        int size = compressed.size();
        out.close();
        assertThat(compressed.size()).as("a second close writes nothing").isEqualTo(size);
        assertThat(closed).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource
    void toCloseTheDecompressorClosesItsSource(Compression compression) throws IOException {
        AtomicInteger closed = new AtomicInteger();
        InputStream counting =
                new FilterInputStream(
                        new ByteArrayInputStream(TestData.compress(compression, TestData.content(200_000)))) {
                    @Override
                    public void close() {
                        closed.incrementAndGet();
                    }
                };
        InputStream in = compression.decompress(counting);
        assertThat(in.read()).isNotNegative();
        assertThat(closed).hasValue(0);
        in.close();
        assertThat(closed).hasPositiveValue();
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4", "ZSTD"})
    void anErrorOfWhereItIsWrittenComesThroughAsItIs(Compression compression) throws IOException {
        for (int room : new int[] {40, 100_000, 300_000}) {
            IOException full = new IOException("No space left on device");
            OutputStream small = new OutputStream() {
                private int left = room;

                @Override
                public void write(int b) throws IOException {
                    write(new byte[1], 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    if (left < 0) {
                        throw new IOException("said before"); // While it is closed.
                    }
                    left -= length;
                    if (left < 0) {
                        throw full;
                    }
                }
            };
            assertThatThrownBy(() -> {
                        try (OutputStream out = compression.compress(small, compression.defaultLevel())) {
                            out.write(TestData.content(1_000_000));
                        }
                    })
                    .isSameAs(full);
        }
    }

    @Test
    void severalStreamsAreReadAsOne() throws IOException {
        byte[] first = TestData.content(200_000);
        byte[] second = TestData.content(77);
        byte[] none = new byte[0];
        for (Compression compression : Compression.values()) {
            byte[] compressed = TestData.concat(
                    TestData.compress(compression, first),
                    TestData.compress(compression, none),
                    TestData.compress(compression, second));
            assertThat(decompress(compression, compressed))
                    .as("%s", compression)
                    .isEqualTo(TestData.concat(first, second));
        }
    }

    private static byte[] decompress(Compression compression, byte[] compressed) throws IOException {
        try (InputStream in = compression.decompress(new ByteArrayInputStream(compressed))) {
            return in.readAllBytes();
        }
    }
}
