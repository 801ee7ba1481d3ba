package io.pgsidecar.archive.repository.filesystem;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Reads an object. Tells an error of the disk from an error in what is on it: the former is the store's, and may pass.
 */
final class FilesystemInput extends InputStream {

    /** Java reads into a buffer of that size outside the heap, and keeps the buffer. */
    private static final int MAX_READ = 256 * 1024;

    private final Path file;
    private final FileChannel channel;

    FilesystemInput(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        try {
            return channel.read(ByteBuffer.wrap(bytes, offset, Math.min(MAX_READ, length)));
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot read", file, e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
