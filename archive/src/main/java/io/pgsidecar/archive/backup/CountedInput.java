package io.pgsidecar.archive.backup;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/** Counts what is read, and makes its checksum. Closed, it leaves the stream below open: what is left is read then. */
final class CountedInput extends FilterInputStream {

    private final MessageDigest digest = Sha256.digest();
    private final LongConsumer progress;
    private long count;

    CountedInput(InputStream in, LongConsumer progress) {
        super(in);
        this.progress = progress;
    }

    long count() {
        return count;
    }

    /** Of all that was read; to be asked once. */
    String sha256() {
        return Sha256.hex(digest);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n = super.read(buffer, offset, length);
        if (n > 0) {
            digest.update(buffer, offset, n);
            count += n;
            progress.accept(n);
        }
        return n;
    }

    @Override
    public long skip(long bytes) throws IOException {
        long left = bytes;
        byte[] buffer = new byte[Math.clamp(bytes, 1, 64 * 1024)];
        while (left > 0) {
            int n = read(buffer, 0, (int) Math.min(buffer.length, left));
            if (n < 0) {
                break;
            }
            left -= n;
        }
        return Math.max(0, bytes - left);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public void close() {
        // Whoever opened the stream below closes it.
    }
}
