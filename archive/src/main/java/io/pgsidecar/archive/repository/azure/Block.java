package io.pgsidecar.archive.repository.azure;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * Bytes on their way to the service or from it. They lie in slices: nothing is copied as it grows, a small object takes
 * little, and what Java copies outside the heap to send it is no larger than a slice. Not thread-safe.
 */
final class Block {

    static final int SLICE = 64 * 1024;

    private final List<byte[]> slices = new ArrayList<>();
    private int size;

    /** In bytes. */
    int size() {
        return size;
    }

    void append(byte[] bytes, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            int used = size % SLICE;
            if (size / SLICE == slices.size()) {
                slices.add(new byte[SLICE]);
            }
            int n = Math.min(SLICE - used, end - at);
            System.arraycopy(bytes, at, slices.get(size / SLICE), used, n);
            size += n;
            at += n;
        }
    }

    /** Copies up to {@code length} bytes from the given place on; gives how many. */
    int copy(int from, byte[] bytes, int offset, int length) {
        int copied = 0;
        int wanted = Math.min(length, size - from);
        while (copied < wanted) {
            int at = from + copied;
            int n = Math.min(SLICE - at % SLICE, wanted - copied);
            System.arraycopy(slices.get(at / SLICE), at % SLICE, bytes, offset + copied, n);
            copied += n;
        }
        return copied;
    }

    /** Forgets the bytes and keeps their place. */
    void clear() {
        size = 0;
    }

    /** The bytes as they lie. */
    List<ByteBuffer> buffers() {
        List<ByteBuffer> buffers = new ArrayList<>();
        for (int at = 0; at < size; at += SLICE) {
            buffers.add(ByteBuffer.wrap(slices.get(at / SLICE), 0, Math.min(SLICE, size - at)));
        }
        return buffers;
    }

    /** What the service calls Content-MD5: it holds what it got against it, and is not fooled by a broken proxy. */
    byte[] md5() {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            buffers().forEach(digest::update);
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
