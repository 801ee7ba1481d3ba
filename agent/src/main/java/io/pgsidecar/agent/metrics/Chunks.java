package io.pgsidecar.agent.metrics;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is written, in pieces: it grows without being copied, and is sent a piece at a time. */
final class Chunks extends OutputStream {

    private static final int SIZE = 32 * 1024;

    private final List<byte[]> full = new ArrayList<>();
    private byte[] last = new byte[SIZE];
    private int used;

    @Override
    public void write(int b) {
        room();
        last[used++] = (byte) b;
    }

    @Override
    public void write(byte[] from, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            room();
            int count = Math.min(end - at, SIZE - used);
            System.arraycopy(from, at, last, used, count);
            used += count;
            at += count;
        }
    }

    private void room() {
        if (used == SIZE) {
            full.add(last);
            last = new byte[SIZE];
            used = 0;
        }
    }

    /** All that was written. */
    List<byte[]> pieces() {
        List<byte[]> pieces = new ArrayList<>(full);
        pieces.add(Arrays.copyOf(last, used));
        return pieces;
    }
}
