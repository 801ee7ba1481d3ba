package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Copies a cluster's files into tars while PostgreSQL writes to them. A file has the length that it had when it was
 * opened: what it grows by meanwhile, and pages that are torn, the replay of WAL mends. For one thread.
 */
final class FileCopy {

    /** Is told of bytes read. */
    @FunctionalInterface
    interface Progress {
        /**
         * So many more.
         *
         * @throws IOException to break off, within a file too
         */
        void read(long bytes) throws IOException;
    }

    private static final int BUFFER = 32 * PageChecksum.PAGE;
    private static final int TRIES = 5;

    /** What the pages' checksums are checked against; not at all where the cluster has none. */
    private final boolean verify;

    private final long startLsn;
    private final long blocksPerFile;
    private final Pace pace;
    private final Progress progress;
    private final Consumer<DamagedPage> damaged;
    private final PageChecksum checksum = new PageChecksum();
    private final byte[] buffer = new byte[BUFFER];

    /**
     * Copies files of one cluster.
     *
     * @param startLsn where the backup's WAL begins: a page that is newer is mended by the replay
     */
    FileCopy(BackupSession.Server server, long startLsn, Pace pace, Progress progress, Consumer<DamagedPage> damaged) {
        this.verify = server.dataChecksums() && server.blockSize() == PageChecksum.PAGE;
        this.startLsn = startLsn;
        this.blocksPerFile = server.blocksPerFile();
        this.pace = pace;
        this.progress = progress;
        this.damaged = damaged;
    }

    /** Copies a file; empty if it is gone. */
    Optional<BackedUpFile> copy(ClusterFiles.Source source, TarPart tar) throws IOException, InterruptedException {
        try (FileChannel file = FileChannel.open(source.file(), StandardOpenOption.READ)) {
            long size = file.size();
            Instant modified = modified(source);
            MessageDigest digest = StoredStreams.sha256();
            boolean pages = verify && ClusterFiles.hasPages(source.path());
            try (OutputStream out = tar.addFile(source.nameInTar(), size, modified)) {
                long done = 0;
                while (done < size) {
                    int wanted = (int) Math.min(BUFFER, size - done);
                    pace.take(wanted);
                    int n = read(file, done, wanted);
                    if (pages) {
                        check(file, source.path(), done, n);
                    }
                    // It was cut short by VACUUM or TRUNCATE: the tar's header has promised the rest.
                    Arrays.fill(buffer, n, wanted, (byte) 0);
                    out.write(buffer, 0, wanted);
                    digest.update(buffer, 0, wanted);
                    done += wanted;
                    progress.read(wanted);
                }
            }
            return Optional.of(new BackedUpFile(
                    source.path(), size, modified, HexFormat.of().formatHex(digest.digest()), tar.name()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Copies bytes that are in memory. */
    static BackedUpFile copy(String path, byte[] content, TarPart tar, Instant modified) throws IOException {
        try (OutputStream out = tar.addFile(path, content.length, modified)) {
            out.write(content);
        }
        return new BackedUpFile(
                path,
                content.length,
                modified,
                HexFormat.of().formatHex(StoredStreams.sha256().digest(content)),
                tar.name());
    }

    private static Instant modified(ClusterFiles.Source source) {
        try {
            return Files.getLastModifiedTime(source.file()).toInstant();
        } catch (IOException e) {
            return Instant.EPOCH; // It was removed since it was opened; what is open can be read still.
        }
    }

    /** As many of the wanted bytes as there are. */
    private int read(FileChannel file, long position, int wanted) throws IOException {
        ByteBuffer into = ByteBuffer.wrap(buffer, 0, wanted);
        while (into.hasRemaining()) {
            if (file.read(into, position + into.position()) < 0) {
                break;
            }
        }
        return into.position();
    }

    private void check(FileChannel file, String path, long position, int length)
            throws IOException, InterruptedException {
        long first = position / PageChecksum.PAGE;
        long relationBlock = ClusterFiles.segmentOf(path) * blocksPerFile + first;
        for (int page = 0; (page + 1) * PageChecksum.PAGE <= length; page++) {
            int offset = page * PageChecksum.PAGE;
            // Read while PostgreSQL writes it, a page is half old and half new: then it is sound at the next reading.
            for (int tries = 1; !isSound(offset, relationBlock + page); tries++) {
                if (tries == TRIES) {
                    damaged.accept(new DamagedPage(path, first + page));
                    break;
                }
                Thread.sleep(tries);
                ByteBuffer again = ByteBuffer.wrap(buffer, offset, PageChecksum.PAGE);
                file.read(again, position + offset);
            }
        }
    }

    private boolean isSound(int offset, long block) {
        return PageChecksum.isNew(buffer, offset)
                || Long.compareUnsigned(PageChecksum.lsn(buffer, offset), startLsn) >= 0
                || PageChecksum.stored(buffer, offset) == checksum.compute(buffer, offset, block);
    }
}
