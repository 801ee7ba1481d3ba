package io.pgsidecar.archive.codec;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Passes everything on but the end: a compressor that is closed would close what it writes to. */
final class KeptOpenOutput extends FilterOutputStream {

    KeptOpenOutput(OutputStream out) {
        super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length); // The inherited one writes byte by byte.
    }

    @Override
    public void close() throws IOException {
        flush();
    }
}
