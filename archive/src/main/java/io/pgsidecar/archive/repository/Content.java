package io.pgsidecar.archive.repository;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Bytes to store, of a length known in advance. They can be opened again, so a retry is safe. */
public interface Content {

    /** In bytes. {@link #openStream()} gives exactly as many; a store checks it. */
    long length();

    /** A new stream from the first byte; the caller closes it. */
    InputStream openStream() throws IOException;

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
