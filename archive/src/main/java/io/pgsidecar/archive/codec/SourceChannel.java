package io.pgsidecar.archive.codec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * What a decrypting channel reads from: what was read already, then the rest. Java's own would close the stream when
 * the thread is interrupted.
 */
final class SourceChannel implements ReadableByteChannel {

    private final ByteBuffer head;
    private final InputStream rest;

    SourceChannel(byte[] head, InputStream rest) {
        this.head = ByteBuffer.wrap(head);
        this.rest = rest;
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
        if (head.hasRemaining()) {
            int length = Math.min(head.remaining(), bytes.remaining());
            bytes.put(bytes.position(), head, head.position(), length).position(bytes.position() + length);
            head.position(head.position() + length);
            return length;
        }
        int n = rest.read(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        if (n > 0) {
            bytes.position(bytes.position() + n);
        }
        return n;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    /** Does nothing: {@link DecryptedInput} closes the stream. */
    @Override
    public void close() {}
}
