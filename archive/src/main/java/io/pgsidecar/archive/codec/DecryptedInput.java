package io.pgsidecar.archive.codec;

import com.exceptionfactory.jagged.PayloadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a decrypting channel gives. After an error it gives nothing any more: the channel itself would, if it were asked
 * again, hand out what is left in its buffer.
 */
final class DecryptedInput extends InputStream {

    private final ReadableByteChannel decrypted;
    private final InputStream source;
    private @Nullable IOException error;

    DecryptedInput(ReadableByteChannel decrypted, InputStream source) {
        this.decrypted = decrypted;
        this.source = source;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (error != null) {
            throw error;
        }
        if (length == 0) {
            return 0;
        }
        try {
            return decrypted.read(ByteBuffer.wrap(bytes, offset, length));
        } catch (PayloadException | RuntimeException e) {
            error = AgeHeader.damaged("it is cut off, or was altered", e);
            throw error;
        } catch (IOException e) {
            error = e;
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try (source) {
            decrypted.close();
        }
    }
}
