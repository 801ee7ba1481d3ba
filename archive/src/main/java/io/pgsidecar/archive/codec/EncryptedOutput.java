package io.pgsidecar.archive.codec;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * What goes into an encrypting channel. After an error it writes nothing more, the end neither: what the failed write
 * left behind is no whole chunk.
 */
final class EncryptedOutput extends OutputStream {

    private final WritableByteChannel encrypting;
    private boolean failed;

    EncryptedOutput(WritableByteChannel encrypting) {
        this.encrypting = encrypting;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (failed) {
            // A new one: whoever closes on the way out cannot add an exception to itself.
            throw new IOException("it is closed, or an earlier write failed");
        }
        failed = true;
        int ignored = encrypting.write(ByteBuffer.wrap(bytes, offset, length)); // All: it loops by itself.
        failed = false;
    }

    @Override
    public void close() throws IOException {
        if (!failed) {
            failed = true;
            encrypting.close();
        }
    }
}
