package io.pgsidecar.archive.repository.s3;

import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The bytes of one part, which can be read again and again: a request is repeated when the store fails. Outside the Java
 * heap, which is 64 MB and has to hold everything else; it takes what is written, a piece at a time, and gives all back
 * when it is closed. For one writer, though what it reads may be another thread.
 */
final class PartBuffer implements AutoCloseable {

    private static final int PIECE = 256 * 1024;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> pieces = new ArrayList<>();
    private int size;

    int size() {
        return size;
    }

    void write(byte[] bytes, int offset, int length) {
        int done = 0;
        while (done < length) {
            int at = size % PIECE;
            if (size / PIECE == pieces.size()) {
                pieces.add(arena.allocate(PIECE));
            }
            int n = Math.min(length - done, PIECE - at);
            MemorySegment.copy(bytes, offset + done, pieces.get(size / PIECE), ValueLayout.JAVA_BYTE, at, n);
            done += n;
            size += n;
        }
    }

    /** Empties it, and keeps the memory for the next part. */
    void clear() {
        size = 0;
    }

    /** A new stream of all that is in it now. */
    InputStream openStream() {
        return new Stream(size);
    }

    @Override
    public void close() {
        size = 0;
        if (arena.scope().isAlive()) {
            pieces.clear();
            arena.close();
        }
    }

    private final class Stream extends InputStream {
        private final int end;
        private int position;
        private int mark;

        Stream(int end) {
            this.end = end;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            if (position == end) {
                return -1;
            }
            int at = position % PIECE;
            int n = Math.min(Math.min(length, end - position), PIECE - at);
            MemorySegment.copy(pieces.get(position / PIECE), ValueLayout.JAVA_BYTE, at, bytes, offset, n);
            position += n;
            return n;
        }

        @Override
        public int available() {
            return end - position;
        }

        @Override
        public boolean markSupported() {
            return true;
        }

        @Override
        public void mark(int limit) {
            mark = position;
        }

        @Override
        public void reset() {
            position = mark;
        }
    }
}
