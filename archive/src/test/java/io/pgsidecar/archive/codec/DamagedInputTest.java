package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.pgsidecar.archive.repository.InputStreams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A short or wrong read that looks like a whole one would end a recovery early, or replay garbage. */
class DamagedInputTest {

    private static final int FLIPS = Boolean.getBoolean("pgsidecar.long") ? 5_000 : 200;
    private static final byte[] CONTENT = TestData.content(150_000);

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void inputThatEndsTooEarlyIsAnError(Compression compression) throws IOException {
        byte[] compressed = TestData.compress(compression, CONTENT);
        int length = compressed.length;
        IntStream cuts = IntStream.concat(
                IntStream.range(1, 16).map(i -> length * i / 16),
                IntStream.concat(IntStream.range(0, 40), IntStream.range(length - 40, length)));
        cuts.forEach(cut -> {
            byte[] cutOff = Arrays.copyOf(compressed, cut);
            if (compression == Compression.SNAPPY && endsWithAChunk(cutOff)) {
                return; // Its format has no end mark.
            }
            assertThat(error(compression, cutOff))
                    .as("cut at %d of %d", cut, length)
                    .isPresent();
        });
    }

    @ParameterizedTest
    @EnumSource
    void aFlippedBitIsFoundOrDoesNotMatter(Compression compression) throws IOException {
        long seed = System.nanoTime();
        System.out.println("aFlippedBitIsFoundOrDoesNotMatter: seed " + seed);
        Random random = new Random(seed);
        byte[] compressed = TestData.compress(compression, CONTENT);
        for (int i = 0; i < FLIPS; i++) {
            byte[] damaged = compressed.clone();
            int at = i < 60 ? i / 3 : random.nextInt(damaged.length);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            if (compression == Compression.NONE) {
                assertThat(read(compression, damaged)).isEqualTo(damaged);
            } else if (compression != Compression.SNAPPY || !isChunkHead(compressed, at)) {
                assertThatNoOtherContentIsRead(compression, damaged, at);
            }
        }
    }

    private static void assertThatNoOtherContentIsRead(Compression compression, byte[] damaged, int at) {
        try {
            // The time in a gzip head, for one, is of no consequence.
            assertThat(Arrays.equals(read(compression, damaged), CONTENT))
                    .as("content read in spite of damage at %d", at)
                    .isTrue();
        } catch (IOException e) {
            assertThat(e).hasMessageContaining(compression.name());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void garbageBehindTheEndIsAnError(Compression compression) throws IOException {
        byte[] compressed = TestData.compress(compression, CONTENT);
        for (int length : new int[] {1, 2, 3, 4, 5, 7, 8, 100, 200_000}) {
            byte[] garbage = new byte[length];
            Arrays.fill(garbage, (byte) 'g');
            assertThat(error(compression, TestData.concat(compressed, garbage)))
                    .as("%d bytes of garbage", length)
                    .isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void nothingAtAllIsNoCompressedData(Compression compression) {
        assertThat(error(compression, new byte[0]).orElseThrow()).hasMessageContaining("empty");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void whatIsOfAnotherFormatIsAnError(Compression compression) throws IOException {
        for (Compression other : Compression.values()) {
            if (other != compression) {
                assertThat(error(compression, TestData.compress(other, CONTENT)))
                        .as("%s read as %s", other, compression)
                        .isPresent();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anErrorOfTheSourceComesThroughAsItIsWhereverItHappens(Compression compression) throws IOException {
        byte[] one = TestData.compress(compression, CONTENT);
        byte[] two = TestData.concat(one, one);
        IOException away = new IOException("the store is away");
        IntStream positions = IntStream.concat(
                IntStream.range(0, 40).map(i -> two.length * i / 40),
                IntStream.concat(IntStream.range(0, 20), IntStream.rangeClosed(one.length - 5, one.length + 20)));
        // At the end of the first one a decoder could take the error for the end of all.
        positions.forEach(position -> assertThatThrownBy(() -> {
                    try (InputStream in =
                            compression.decompress(InputStreams.failingAfter(Arrays.copyOf(two, position), away))) {
                        in.readAllBytes();
                    }
                })
                .as("failing after %d", position)
                .isSameAs(away));
    }

    @Test
    void aSnappyStreamThatLostWholeChunksCannotBeToldFromAWholeOne() throws IOException {
        byte[] compressed = TestData.compress(Compression.SNAPPY, CONTENT);
        int chunk = 10 + 4 + size(compressed, 10);
        byte[] content = read(Compression.SNAPPY, Arrays.copyOf(compressed, chunk));
        assertThat(content).hasSizeLessThan(CONTENT.length).isEqualTo(Arrays.copyOf(CONTENT, content.length));
    }

    private static byte[] read(Compression compression, byte[] compressed) throws IOException {
        try (InputStream in = compression.decompress(new ByteArrayInputStream(compressed))) {
            return in.readAllBytes();
        }
    }

    /** What reading throws, which must be an {@link IOException} that names the format. */
    private static Optional<IOException> error(Compression compression, byte[] compressed) {
        try {
            read(compression, compressed);
            return Optional.empty();
        } catch (IOException e) {
            assertThat(e).hasMessageContaining(compression.name());
            return Optional.of(e);
        } catch (RuntimeException e) {
            return fail("damage must be an IOException", e);
        }
    }

    /** Whether a Snappy stream has an end here, of which only its writer knows that it is too early. */
    private static boolean endsWithAChunk(byte[] stream) {
        int at = 0;
        while (at + 4 <= stream.length) {
            at += 4 + size(stream, at);
        }
        return at == stream.length && at > 0;
    }

    /** Whether the byte is one of a Snappy chunk's type and length, which no checksum covers. */
    private static boolean isChunkHead(byte[] stream, int position) {
        int at = 0;
        while (at + 4 <= position) {
            at += 4 + size(stream, at);
        }
        return position >= at;
    }

    private static int size(byte[] stream, int chunk) {
        return (stream[chunk + 1] & 0xff) | (stream[chunk + 2] & 0xff) << 8 | (stream[chunk + 3] & 0xff) << 16;
    }
}
