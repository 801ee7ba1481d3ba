package io.pgsidecar.archive.repository.filesystem;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Tells an error of the disk from an error in what is on it: the former is the store's, and may pass. */
final class FilesystemInput extends FilterInputStream {

    private final Path file;

    FilesystemInput(Path file, InputStream in) {
        super(in);
        this.file = file;
    }

    @Override
    public int read() throws IOException {
        try {
            return super.read();
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot read", file, e);
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return super.read(bytes, offset, length);
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot read", file, e);
        }
    }
}
