package io.pgsidecar.archive.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Takes a body on its way, told apart from what frames it. This one passes everything on; others do harm to it. */
class BodySink {

    /** The place is reached at which the body is to be broken off. */
    static final class BrokenOff extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private final OutputStream out;

    BodySink(OutputStream out) {
        this.out = out;
    }

    /** The line before a chunk, or the end of the line after it. */
    void framing(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    /** Bytes of the body itself; the array may be changed. */
    void payload(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
    }

    /** The body is complete; what a chunked one ends with, otherwise nothing. */
    void end(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    static BodySink discarding() {
        return new BodySink(OutputStream.nullOutputStream());
    }

    /** Passes on so many bytes, and is broken off then; at the end at the latest. */
    static BodySink breakingOff(OutputStream out, long at) {
        return new BodySink(out) {
            private long passed;

            @Override
            void payload(byte[] bytes, int length) throws IOException {
                int rest = (int) Math.min(length, at - passed);
                super.payload(bytes, rest);
                passed += rest;
                if (passed >= at) {
                    throw new BrokenOff();
                }
            }

            @Override
            void end(byte[] bytes) throws IOException {
                throw new BrokenOff();
            }
        };
    }

    /** Passes on so many bytes in chunks of its own, ends them well, and is broken off then. */
    static BodySink shorteningChunks(OutputStream out, long at) {
        return new BodySink(out) {
            private long passed;

            @Override
            void framing(byte[] bytes) {}

            @Override
            void payload(byte[] bytes, int length) throws IOException {
                int rest = (int) Math.min(length, at - passed);
                if (rest > 0) {
                    super.framing((Integer.toHexString(rest) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                    super.payload(bytes, rest);
                    super.framing("\r\n".getBytes(StandardCharsets.ISO_8859_1));
                    passed += rest;
                }
                if (passed >= at) {
                    end("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
                    throw new BrokenOff();
                }
            }
        };
    }

    /** Flips the lowest bit of one byte. */
    static BodySink corrupting(OutputStream out, long at) {
        return new BodySink(out) {
            private long passed;

            @Override
            void payload(byte[] bytes, int length) throws IOException {
                if (at >= passed && at < passed + length) {
                    bytes[(int) (at - passed)] ^= 1;
                }
                passed += length;
                super.payload(bytes, length);
            }
        };
    }
}
