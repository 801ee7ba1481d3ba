package io.pgsidecar.archive.codec;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** What an encrypting channel writes to: when it is closed, the stream behind it stays open. */
final class KeptOpenChannel implements WritableByteChannel {

    private final OutputStream out;
    private boolean open = true;

    KeptOpenChannel(OutputStream out) {
        this.out = out;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), length);
        bytes.position(bytes.limit());
        return length;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        open = false;
        out.flush();
    }
}
