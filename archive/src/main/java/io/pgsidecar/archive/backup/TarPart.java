package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * One tar of a backup on its way into the repositories: tar, then compressed, then encrypted, without a copy on a disk.
 * It is in PAX format, as barman-cloud's are. For one thread.
 */
final class TarPart implements AutoCloseable {

    private static final int FILE_MODE = 0100600;
    private static final int FOLDER_MODE = 040700;

    private final String name;
    private final StoredStreams stored;
    /** The outermost last. */
    private final List<OutputStream> layers = new ArrayList<>();

    private final TarArchiveOutputStream tar;
    private long bytes;

    /**
     * Begins a tar.
     *
     * @param name the last part of its key
     */
    TarPart(String name, StoredStreams stored, BackupEncoding encoding) throws IOException {
        this.name = name;
        this.stored = stored;
        try {
            layers.add(stored);
            encoding.encode(stored, layers);
            this.tar = new TarArchiveOutputStream(layers.getLast(), StandardCharsets.UTF_8.name());
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            tar.setAddPaxHeadersForNonAsciiNames(true);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    String name() {
        return name;
    }

    /** Bytes of the files in it so far. */
    long bytes() {
        return bytes;
    }

    void addFolder(String path) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(path + "/", TarConstants.LF_DIR);
        entry.setMode(FOLDER_MODE);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    /** Begins a file; the caller writes exactly {@code size} bytes to what it gets, and closes it. */
    OutputStream addFile(String path, long size, Instant modified) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_NORMAL);
        entry.setSize(size);
        entry.setMode(FILE_MODE);
        entry.setLastModifiedTime(FileTime.from(modified.truncatedTo(ChronoUnit.SECONDS)));
        tar.putArchiveEntry(entry);
        bytes += size;
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                tar.write(b);
            }

            @Override
            public void write(byte[] buffer, int offset, int length) throws IOException {
                tar.write(buffer, offset, length);
            }

            @Override
            public void close() throws IOException {
                tar.closeArchiveEntry();
            }
        };
    }

    /** Writes the end, and publishes the tar in every repository. */
    StoredTar finish() throws IOException {
        tar.finish();
        tar.flush();
        for (OutputStream layer : layers.reversed()) {
            if (layer != stored) {
                layer.close();
            }
        }
        layers.clear();
        return stored.commit(name);
    }

    /** Gives up a tar that is not finished; nothing of it stays. */
    @Override
    public void close() throws IOException {
        try (stored) {
            stored.abandon();
            // Frees what the compressor holds; what that still writes goes nowhere.
            for (OutputStream layer : layers.reversed()) {
                if (layer != stored) {
                    layer.close();
                }
            }
        }
    }
}
