package io.pgsidecar.archive.repository;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Content that says one length and has another, or fails where its bytes end. */
record FakeContent(long length, long size, @Nullable IOException atTheEnd) implements Content {
    @Override
    public InputStream openStream() {
        return new InputStream() {
            private long left = size;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0];
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (left == 0 && atTheEnd != null) {
                    throw atTheEnd;
                }
                int n = (int) Math.min(left, length);
                Arrays.fill(bytes, offset, offset + n, (byte) 'x');
                left -= n;
                return n == 0 ? -1 : n;
            }
        };
    }
}
