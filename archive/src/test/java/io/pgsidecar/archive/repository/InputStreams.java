package io.pgsidecar.archive.repository;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;

/** Streams that misbehave in the ways that callers' streams do. */
public final class InputStreams {

    private InputStreams() {}

    /** Opens a stream, or fails to. */
    @FunctionalInterface
    public interface Opening {
        InputStream open() throws IOException;
    }

    /** Zeros that never end. */
    public static InputStream endless() {
        return new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                Arrays.fill(bytes, offset, offset + length, (byte) 0);
                return length;
            }
        };
    }

    /** As many zeros, which are not kept anywhere. */
    public static InputStream ofLength(int length) {
        return new InputStream() {
            private final InputStream zeros = endless();
            private int left = length;

            @Override
            public int read() {
                return left-- > 0 ? 0 : -1;
            }

            @Override
            public int read(byte[] bytes, int offset, int wanted) throws IOException {
                if (left <= 0) {
                    return -1;
                }
                int n = zeros.read(bytes, offset, Math.min(wanted, left));
                left -= n;
                return n;
            }
        };
    }

    /** As many zeros, then the error, at each further call. */
    public static InputStream failingAfter(int length, IOException error) {
        return failingAfter(new byte[length], error);
    }

    /** The bytes, then the error, at each further call. */
    public static InputStream failingAfter(byte[] bytes, IOException error) {
        return new SequenceInputStream(new ByteArrayInputStream(bytes), new InputStream() {
            @Override
            public int read() throws IOException {
                throw error;
            }

            @Override
            public int read(byte[] b, int offset, int length) throws IOException {
                throw error;
            }
        });
    }
}
