package io.pgsidecar.archive.repository;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Bytes to store, of a length known in advance. They can be opened again, so a retry is safe. */
public interface Content {

    /** In bytes. {@link #openStream()} gives exactly as many; a store checks it. */
    long length();

    /** A new stream from the first byte; the caller closes it. */
    InputStream openStream() throws IOException;

    /**
     * Copies it all.
     *
     * @param key for messages
     * @throws IOException also if it is not as long as it says; then a part of it, or all that it says, was copied
     */
    default void copyTo(OutputStream out, ObjectKey key) throws IOException {
        long length = length();
        byte[] buffer = new byte[(int) Math.min(128 * 1024, length + 1)];
        long copied = 0;
        try (InputStream in = openStream()) {
            while (copied <= length) {
                int n = in.read(buffer);
                if (n < 0) {
                    break;
                }
                out.write(buffer, 0, n);
                copied += n;
            }
        }
        if (copied != length) {
            throw new IOException("the content of %s was to have %d bytes and has %s"
                    .formatted(key, length, copied < length ? "only " + copied : "more"));
        }
    }

    static Content of(byte[] bytes) {
        return new Content() {
            @Override
            public long length() {
                return bytes.length;
            }

            @Override
            public InputStream openStream() {
                return new ByteArrayInputStream(bytes);
            }
        };
    }

    static Content of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }
}
