package io.pgsidecar.archive.codec;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * What the decompressing libraries leave open. Some take no input at all for an empty file, though each format has at
 * least a header: an object of no bytes is a damaged one. And some throw a {@link RuntimeException} on damaged input
 * (an array index, an impossible table), which a caller that handles errors of input would not see as one.
 */
final class StrictInput extends InputStream {

    /** Makes the decompressing stream; it may read the header at once. */
    @FunctionalInterface
    interface Decoder {
        InputStream decode(InputStream in) throws IOException;
    }

    private final String format;
    private final InputStream decoded;

    private StrictInput(String format, InputStream decoded) {
        this.format = format;
        this.decoded = decoded;
    }

    static InputStream of(String format, InputStream in, int buffer, Decoder decoder) throws IOException {
        BufferedInputStream compressed = new BufferedInputStream(in, buffer);
        compressed.mark(1);
        if (compressed.read() < 0) {
            throw new EOFException("there is nothing, not even a header of " + format);
        }
        compressed.reset();
        try {
            return new StrictInput(format, decoder.decode(compressed));
        } catch (RuntimeException e) {
            throw damaged(format, e);
        }
    }

    @Override
    public int read() throws IOException {
        try {
            return decoded.read();
        } catch (RuntimeException e) {
            throw damaged(format, e);
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return decoded.read(bytes, offset, length);
        } catch (RuntimeException e) {
            throw damaged(format, e);
        }
    }

    @Override
    public int available() throws IOException {
        return decoded.available();
    }

    @Override
    public void close() throws IOException {
        decoded.close();
    }

    private static IOException damaged(String format, RuntimeException e) {
        return new IOException("damaged " + format + ": " + e, e);
    }
}
