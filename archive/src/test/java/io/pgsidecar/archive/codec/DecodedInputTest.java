package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

/** Decoders as bad as some are. */
class DecodedInputTest {

    private final IOException away = new IOException("the store is away");

    @Test
    void anErrorThatADecoderTakesForTheEndIsAnError() throws IOException {
        InputStream failsOnce = new InputStream() {
            private int calls;

            @Override
            public int read() throws IOException {
                if (calls++ == 1) {
                    throw away;
                }
                return calls == 1 ? 'x' : -1;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int b = read();
                bytes[offset] = (byte) b;
                return b < 0 ? -1 : 1;
            }
        };
        InputStream in = DecodedInput.of(Compression.GZIP, failsOnce, source -> new FilterInputStream(source) {
            @Override
            public int read(byte[] bytes, int offset, int length) {
                try {
                    return super.read(bytes, offset, length);
                } catch (IOException e) {
                    return -1;
                }
            }
        });
        assertThat(in.read()).isEqualTo('x');
        assertThatThrownBy(in::read).isSameAs(away);
    }

    @Test
    void anEndBeforeTheSourcesEndIsDamage() throws IOException {
        InputStream in = DecodedInput.of(
                Compression.SNAPPY, new ByteArrayInputStream(new byte[10]), source -> InputStream.nullInputStream());
        assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasMessageContaining("SNAPPY data is damaged");
    }

    @Test
    void anUncheckedExceptionIsDamage() throws IOException {
        InputStream in = DecodedInput.of(
                Compression.BZIP2, new ByteArrayInputStream(new byte[10]), source -> new FilterInputStream(source) {
                    @Override
                    public int read(byte[] bytes, int offset, int length) {
                        throw new ArrayIndexOutOfBoundsException("Index 900001 out of bounds");
                    }
                });
        assertThatThrownBy(in::read)
                .isInstanceOf(IOException.class)
                .hasMessage("BZIP2 data is damaged: Index 900001 out of bounds")
                .hasCauseInstanceOf(ArrayIndexOutOfBoundsException.class);
        assertThatThrownBy(() -> DecodedInput.of(Compression.XZ, new ByteArrayInputStream(new byte[10]), source -> {
                    throw new IllegalArgumentException("dictionary");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("XZ data is damaged: dictionary");
    }
}
