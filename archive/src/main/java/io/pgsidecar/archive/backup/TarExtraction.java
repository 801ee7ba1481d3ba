package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the files of a backup's tars, each one verified while it is written and on the disk before the next one
 * begins. {@code global/pg_control} gets a name under which no server finds it. Safe for several threads, of which each
 * has tars of its own.
 */
final class TarExtraction {

    static final String CONTROL = "global/pg_control";

    private static final int BUFFER = 256 * 1024;

    private final BackupTars backup;
    private final RestorePaths paths;
    private final Optional<Manifest> manifest;
    private final Set<String> reused;
    private final RestoredBytes progress;
    /** Size of each file that is in place, by path. */
    private final Map<String, Long> written = new ConcurrentHashMap<>();

    private final Map<Integer, Path> controls = new ConcurrentHashMap<>();

    TarExtraction(
            BackupTars backup,
            RestorePaths paths,
            Optional<Manifest> manifest,
            Set<String> reused,
            RestoredBytes progress) {
        this.backup = backup;
        this.paths = paths;
        this.manifest = manifest;
        this.reused = reused;
        this.progress = progress;
    }

    /** Reads a tar to its end. */
    void extract(BackupTars.Tar tar) throws BackupException {
        try (InputStream in = backup.open(tar.key());
                TarArchiveInputStream entries = new TarArchiveInputStream(in, "UTF-8")) {
            for (TarArchiveEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw failed("the restore was broken off", null);
                }
                extract(tar.name(), entry, entries);
            }
            // Behind the last entry are the checksums of what it was compressed and encrypted with.
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw BackupTars.failure("cannot read " + tar.key(), e);
        } catch (IllegalArgumentException e) {
            throw corrupt("%s is damaged: %s".formatted(tar.key(), e.getMessage()));
        }
    }

    /** Size of each file that was written, by path. */
    Map<String, Long> written() {
        return written;
    }

    /** Where {@code global/pg_control} waits. Another program may have stored several: the last is right, others go. */
    Path control() throws IOException {
        int last = Collections.max(controls.keySet());
        for (Map.Entry<Integer, Path> each : controls.entrySet()) {
            if (each.getKey() != last) {
                Files.delete(each.getValue());
            }
        }
        return Objects.requireNonNull(controls.get(last));
    }

    private void extract(TarName tar, TarArchiveEntry entry, InputStream content) throws IOException, BackupException {
        String path = RestorePaths.pathOf(tar, entry.getName());
        if (entry.isDirectory()) {
            makeFolder(path);
            return;
        }
        if (path.isEmpty() || !entry.isFile() || entry.isLink() || entry.isSymbolicLink()) {
            throw corrupt("%s has \"%s\", which is neither a file nor a folder".formatted(tar, entry.getName()));
        }
        if (reused.contains(path)) {
            return;
        }
        Optional<BackedUpFile> expected = expected(tar, path, entry.getSize());
        Path file = paths.of(path);
        if (path.equals(CONTROL)) {
            file = file.resolveSibling("pg_control.pgsidecar-" + tar.part());
            controls.put(tar.part(), file);
        }
        MessageDigest digest = Sha256.digest();
        long size = write(tar, file, content, digest);
        if (size != entry.getSize()) {
            throw corrupt("%s ends in the middle of \"%s\"".formatted(tar, path));
        }
        if (expected.isPresent()) {
            String sha256 = Sha256.hex(digest);
            if (!sha256.equals(expected.get().sha256())) {
                throw corrupt("\"%s\" in %s has the SHA-256 %s, and the manifest says %s"
                        .formatted(path, tar, sha256, expected.get().sha256()));
            }
        }
        written.put(path, size);
    }

    private Optional<BackedUpFile> expected(TarName tar, String path, long size) throws BackupException {
        if (manifest.isEmpty()) {
            return Optional.empty();
        }
        BackedUpFile file = manifest.get().files().get(path);
        if (file == null || !file.tar().equals(tar.name())) {
            throw corrupt("%s has \"%s\", and the manifest does not have it there".formatted(tar, path));
        }
        if (file.size() != size) {
            throw corrupt(
                    "\"%s\" in %s has %d bytes, and the manifest says %d".formatted(path, tar, size, file.size()));
        }
        return Optional.of(file);
    }

    private void makeFolder(String path) throws BackupException {
        if (path.isEmpty()) {
            return;
        }
        Path folder = paths.of(path);
        try {
            DurableFiles.folder(folder);
            DurableFiles.restrict(folder);
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    private long write(TarName tar, Path file, InputStream content, MessageDigest digest)
            throws IOException, BackupException {
        byte[] buffer = new byte[BUFFER];
        long size = 0;
        try (FileChannel channel = create(tar, file)) {
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                digest.update(buffer, 0, n);
                writeAll(channel, file, ByteBuffer.wrap(buffer, 0, n));
                size += n;
                progress.add(n);
            }
            sync(channel, file);
        }
        return size;
    }

    private static FileChannel create(TarName tar, Path file) throws BackupException {
        try {
            Path parent = file.getParent();
            if (parent != null && !Files.isDirectory(parent)) {
                DurableFiles.folder(parent);
            }
            return DurableFiles.create(file);
        } catch (FileAlreadyExistsException e) {
            throw corrupt("%s has %s, and the backup has it twice".formatted(tar, file));
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    private static void writeAll(FileChannel channel, Path file, ByteBuffer bytes) throws BackupException {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    private static void sync(FileChannel channel, Path file) throws BackupException {
        try {
            channel.force(true);
        } catch (IOException e) {
            throw cannotWrite(file, e);
        }
    }

    private static BackupException cannotWrite(Path file, IOException e) {
        return failed("cannot write %s: %s".formatted(file, e), e);
    }

    private static BackupException failed(String message, @Nullable IOException cause) {
        return new BackupException(
                BackupException.Reason.FAILED,
                message,
                "Run the same command again: it goes on where it stopped.",
                cause);
    }

    private static BackupException corrupt(String message) {
        return new BackupException(
                BackupException.Reason.CORRUPT,
                message,
                "Restore another backup, or this one from another repository (--repository).");
    }
}
