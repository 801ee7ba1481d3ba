package io.pgsidecar.archive.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

class CompressionTest {

    private static final List<Integer> SIZES = List.of(0, 1, 40, 8192, 65_536, 300_000, 1 << 20);

    static Stream<Arguments> writableAtEachLevel() {
        return Arrays.stream(Compression.values())
                .filter(Compression::writable)
                .flatMap(c -> Stream.of(c.minLevel(), c.defaultLevel(), c.maxLevel())
                        .distinct()
                        .map(level -> Arguments.of(c, level)));
    }

    @ParameterizedTest
    @MethodSource("writableAtEachLevel")
    void whatIsCompressedComesBack(Compression compression, int level) throws IOException {
        for (int size : SIZES) {
            byte[] content = CompressedSamples.walLike(size);
            ByteArrayOutputStream sink = new ByteArrayOutputStream();
            try (OutputStream out = compression.compress(sink, level)) {
                out.write(content);
            }
            assertThat(CompressedSamples.decompress(compression, sink.toByteArray()))
                    .as("%d bytes", size)
                    .isEqualTo(content);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, mode = Mode.EXCLUDE, names = "NONE")
    void inputThatEndsTooEarlyFails(Compression compression) throws IOException {
        byte[] whole = CompressedSamples.compressed(compression, CompressedSamples.walLike(1 << 20));
        for (int sixteenth = 0; sixteenth < 16; sixteenth++) {
            byte[] cut = Arrays.copyOf(whole, (int) ((long) whole.length * sixteenth / 16));
            assertThatThrownBy(() -> CompressedSamples.decompress(compression, cut))
                    .as("%d of %d bytes", cut.length, whole.length)
                    .isInstanceOf(IOException.class);
        }
    }

    /** Snappy's framing has no end: cut between two chunks, or after the stream's name, it is whole. */
    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            mode = Mode.EXCLUDE,
            names = {"NONE", "SNAPPY"})
    void noByteAtTheEndCanBeMissing(Compression compression) throws IOException {
        byte[] whole = CompressedSamples.compressed(compression, CompressedSamples.walLike(1000));
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> CompressedSamples.decompress(compression, cut))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, mode = Mode.EXCLUDE, names = "NONE")
    void textIsNotTakenForCompressed(Compression compression) {
        assertThatThrownBy(() -> CompressedSamples.decompress(compression, "no compression at all".getBytes(UTF_8)))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, mode = Mode.EXCLUDE, names = "NONE")
    void aFlippedBitIsFound(Compression compression) throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] content = CompressedSamples.walLike(20_000);
        byte[] sound = CompressedSamples.compressed(compression, content);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = sound.clone();
            int bit = random.nextInt(damaged.length * 8);
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            byte[] read;
            try {
                read = CompressedSamples.decompress(compression, damaged);
            } catch (IOException e) {
                continue;
            } catch (RuntimeException | Error e) {
                fail("seed %d, bit %d: not an IOException".formatted(seed, bit), e);
                return;
            }
            // A flag of no consequence, such as gzip's time.
            assertThat(read).as("seed %d, bit %d", seed, bit).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, mode = Mode.EXCLUDE, names = "NONE")
    void membersOneAfterTheOtherAreReadThrough(Compression compression) throws IOException {
        byte[] first = CompressedSamples.walLike(70_000);
        byte[] second = "and more".getBytes(UTF_8);
        byte[] both = concat(
                CompressedSamples.compressed(compression, first), CompressedSamples.compressed(compression, second));

        assertThat(CompressedSamples.decompress(compression, both)).isEqualTo(concat(first, second));
        // A stream from a network does not know what is available: it must not be asked whether more comes.
        try (InputStream in = compression.decompress(new Unknowing(both))) {
            assertThat(in.readAllBytes()).isEqualTo(concat(first, second));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, mode = Mode.EXCLUDE, names = "NONE")
    void garbageAfterTheEndFails(Compression compression) throws IOException {
        byte[] garbage = concat(
                CompressedSamples.compressed(compression, CompressedSamples.walLike(1000)), "garbage!".getBytes(UTF_8));
        assertThatThrownBy(() -> CompressedSamples.decompress(compression, garbage))
                .isInstanceOf(IOException.class);
    }

    /** The store's error tells what to do about it; wrapped or swallowed it would look like a damaged object. */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void anErrorOfTheSourceComesThroughAsItIs(Compression compression) throws IOException {
        byte[] whole = CompressedSamples.compressed(compression, CompressedSamples.walLike(300_000));
        IOException error = new IOException("the disk");
        for (int at : new int[] {0, 3, whole.length / 2, whole.length - 1, whole.length}) {
            InputStream failing =
                    new SequenceInputStream(new ByteArrayInputStream(whole, 0, at), new FailingInput(error));
            assertThatThrownBy(() -> {
                        try (InputStream in = compression.decompress(failing)) {
                            in.readAllBytes();
                        }
                    })
                    .as("after %d of %d bytes", at, whole.length)
                    .isSameAs(error);
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void toCloseTheDecompressingStreamClosesTheSource(Compression compression) throws IOException {
        byte[] whole = CompressedSamples.compressed(compression, CompressedSamples.walLike(1000));
        boolean[] closed = new boolean[1];
        InputStream source = new FilterInputStream(new ByteArrayInputStream(whole)) {
            @Override
            public void close() {
                closed[0] = true;
            }
        };
        compression.decompress(source).close();
        assertThat(closed[0]).isTrue();
    }

    @ParameterizedTest
    @MethodSource("writableAtEachLevel")
    void theSinksErrorComesThroughAndCloseDoesNotHideIt(Compression compression, int level) {
        // Often enough that memory which is not freed would be noticed: each compressor holds some megabytes.
        for (int round = 0; round < 5; round++) {
            assertThatThrownBy(() -> {
                        try (OutputStream out = compression.compress(new FullOutput(100), level)) {
                            out.write(CompressedSamples.random(1 << 20));
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessage("No space left on device");
        }
    }

    @Test
    void theExtensionTellsTheCompression() {
        for (Compression compression : Compression.values()) {
            assertThat(Compression.ofName("000000010000000000000042" + compression.extension()))
                    .isEqualTo(compression);
            assertThat(Compression.ofName("000000010000000000000042.partial" + compression.extension()))
                    .isEqualTo(compression);
        }
        assertThat(Compression.ofName("000000010000000000000042.ZST")).isEqualTo(Compression.NONE);
        assertThat(Compression.ofName("000000010000000000000042.zstd")).isEqualTo(Compression.NONE);
        assertThat(Compression.ofName("zst")).isEqualTo(Compression.NONE);
    }

    @Test
    void levelsOutsideTheRangeAreRefused() {
        for (Compression c : Compression.values()) {
            for (int level : new int[] {c.minLevel() - 1, c.maxLevel() + 1}) {
                assertThatThrownBy(() -> c.compress(new ByteArrayOutputStream(), level))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(c.name())
                        .hasMessageContaining(String.valueOf(level));
            }
        }
        assertThatThrownBy(() -> Compression.XZ.compress(new ByteArrayOutputStream(), 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static final class Unknowing extends FilterInputStream {
        Unknowing(byte[] bytes) {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        public int available() {
            return 0;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return super.read(bytes, offset, Math.min(length, 1000));
        }
    }

    private static final class FailingInput extends InputStream {
        private final IOException error;

        FailingInput(IOException error) {
            this.error = error;
        }

        @Override
        public int read() throws IOException {
            throw error;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            throw error;
        }
    }

    private static final class FullOutput extends OutputStream {
        private int room;

        FullOutput(int room) {
            this.room = room;
        }

        @Override
        public void write(int b) throws IOException {
            if (--room < 0) {
                throw new IOException("No space left on device");
            }
        }
    }
}
