package io.pgsidecar.archive.codec;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a decoder gives, with all decoders' failures alike: damage is an {@link IOException} that says so, and an error
 * of the source is the source's. Some decoders throw unchecked exceptions at damage, some swallow an error of the
 * source where they look for a further stream, and some take damage for the end (a flipped bit in the length of a
 * Snappy block): each would make a short read of it.
 */
final class DecodedInput extends InputStream {

    /** Makes the stream of a format's decoder. */
    @FunctionalInterface
    interface Decoder {
        InputStream open(InputStream source) throws IOException;
    }

    private static final int BUFFER = 128 * 1024;

    private final Compression compression;
    private final Source source;
    private final InputStream decoded;

    private DecodedInput(Compression compression, Source source, InputStream decoded) {
        this.compression = compression;
        this.source = source;
        this.decoded = decoded;
    }

    static InputStream of(Compression compression, InputStream in, Decoder decoder) throws IOException {
        InputStream buffered = new BufferedInputStream(in, BUFFER);
        buffered.mark(1);
        if (buffered.read() < 0) {
            // Some decoders take it for no content. But every format has a head, and a file may have lost all it had.
            throw new EOFException("%s data is empty".formatted(compression));
        }
        buffered.reset();
        Source source = new Source(buffered);
        try {
            return new DecodedInput(compression, source, decoder.open(source));
        } catch (IOException | RuntimeException e) {
            throw failure(compression, source, e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int n;
        try {
            n = decoded.read(bytes, offset, length);
            if (n < 0 && source.read() >= 0) {
                throw new IOException("it goes on behind what the decoder takes for its end");
            }
        } catch (IOException | RuntimeException e) {
            throw failure(compression, source, e);
        }
        if (source.error != null) {
            throw source.error;
        }
        return n;
    }

    @Override
    public int available() throws IOException {
        return decoded.available();
    }

    @Override
    public void close() throws IOException {
        decoded.close();
    }

    private static IOException failure(Compression compression, Source source, Exception e) {
        if (source.error != null) {
            return source.error;
        }
        String words = e instanceof EOFException || e.getMessage() == null ? "it ends too early" : e.getMessage();
        return new IOException("%s data is damaged: %s".formatted(compression, words), e);
    }

    /** Remembers what the source threw, whatever the decoder makes of it. */
    private static final class Source extends FilterInputStream {
        private @Nullable IOException error;

        Source(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                error = e;
                throw e;
            }
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return super.read(bytes, offset, length);
            } catch (IOException e) {
                error = e;
                throw e;
            }
        }

        @Override
        public long skip(long n) throws IOException {
            try {
                return super.skip(n);
            } catch (IOException e) {
                error = e;
                throw e;
            }
        }
    }
}
