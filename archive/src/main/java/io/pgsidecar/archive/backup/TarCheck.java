package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.backup.BackupFinding.Kind;
import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads tars to their end and holds each file against the manifest, as {@link TarExtraction} does, but writes nothing
 * and goes on behind what is wrong. Safe for several threads, of which each has tars of its own.
 */
final class TarCheck {

    private static final int BUFFER = 256 * 1024;

    /** Of a tar. */
    private static final int BLOCK = 512;

    /** Which another program may store several times: the last one is right. */
    private static final String CONTROL = TarExtraction.CONTROL;

    private final BackupTars backup;
    private final Optional<Manifest> manifest;
    private final RestoredBytes progress;
    private final Findings findings;

    private final Set<String> whole = ConcurrentHashMap.newKeySet();
    /** The paths of all files that were seen, sound or not. */
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    private final AtomicLong files = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    TarCheck(BackupTars backup, Optional<Manifest> manifest, RestoredBytes progress, Findings findings) {
        this.backup = backup;
        this.manifest = manifest;
        this.progress = progress;
        this.findings = findings;
    }

    /** Names of the tars that were read to their end. */
    Set<String> whole() {
        return whole;
    }

    Set<String> seen() {
        return seen;
    }

    long files() {
        return files.get();
    }

    long bytes() {
        return bytes.get();
    }

    /**
     * Reads a tar.
     *
     * @throws BackupException if it is the repository that fails, or the thread was interrupted
     */
    void check(BackupTars.Tar tar) throws BackupException {
        String name = tar.name().name();
        try (InputStream object = backup.openRaw(tar.key())) {
            CountedInput raw = new CountedInput(object, progress::add);
            if (content(tar, raw)) {
                whole.add(name);
            }
            raw.transferTo(OutputStream.nullOutputStream());
            compare(name, raw);
        } catch (ObjectNotFoundException e) {
            findings.add(Kind.MISSING, name, "it was deleted while the backup was verified");
        } catch (IOException e) {
            throw BackupTars.failure("cannot read " + tar.key(), e);
        }
    }

    /** As it is stored. */
    private void compare(String name, CountedInput raw) {
        StoredTar expected = manifest.map(each -> each.tars().get(name)).orElse(null);
        if (expected == null) {
            return;
        }
        if (raw.count() != expected.size()) {
            findings.add(
                    Kind.DAMAGED,
                    name,
                    "it has %d bytes, and the manifest says %d".formatted(raw.count(), expected.size()));
            return;
        }
        String sha256 = raw.sha256();
        if (!sha256.equals(expected.sha256())) {
            findings.add(
                    Kind.DAMAGED,
                    name,
                    "it has the SHA-256 %s, and the manifest says %s".formatted(sha256, expected.sha256()));
        }
    }

    /** Whether it could be read to its end. */
    private boolean content(BackupTars.Tar tar, InputStream raw) throws BackupException, IOException {
        String name = tar.name().name();
        try (InputStream decoded = backup.decode(tar.key(), raw);
                CountedInput in = new CountedInput(decoded, n -> {});
                TarArchiveInputStream entries = new TarArchiveInputStream(in, "UTF-8")) {
            long end = 0;
            for (TarArchiveEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new BackupException(BackupException.Reason.FAILED, "the verification was broken off", null);
                }
                entry(tar.name(), entry, entries);
                end = Math.ceilDiv(entries.getBytesRead(), BLOCK) * BLOCK;
            }
            // Behind the last entry are the checksums of what it was compressed and encrypted with.
            in.transferTo(OutputStream.nullOutputStream());
            // Where it is cut off between two entries the end looks like any other.
            if (in.count() < end + BLOCK) {
                findings.add(Kind.DAMAGED, name, "it is cut off: the mark of its end is missing");
                return false;
            }
            return true;
        } catch (IOException | RuntimeException e) {
            unreadable(name, e);
            return false;
        }
    }

    /** What it means that something could not be read to its end; an error of the store is thrown again. */
    private void unreadable(String name, Exception e) throws IOException {
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoKeyException noKey) {
                findings.add(Kind.LOCKED, name, noKey.getMessage() + " (" + noKey.hint() + ")");
                return;
            }
            if (cause instanceof ObjectStoreException failure) {
                throw failure;
            }
        }
        findings.add(Kind.DAMAGED, name, "it cannot be read: " + (e.getMessage() == null ? e : e.getMessage()));
    }

    private void entry(TarName tar, TarArchiveEntry entry, InputStream content) throws IOException {
        String path;
        try {
            path = RestorePaths.pathOf(tar, entry.getName());
        } catch (BackupException e) {
            findings.add(Kind.UNEXPECTED, tar.name(), e.getMessage());
            return;
        }
        if (entry.isDirectory()) {
            return;
        }
        if (path.isEmpty() || !entry.isFile() || entry.isLink() || entry.isSymbolicLink()) {
            findings.add(
                    Kind.UNEXPECTED,
                    tar.name(),
                    "it has \"%s\", which is neither a file nor a folder".formatted(entry.getName()));
            return;
        }
        MessageDigest digest = Sha256.digest();
        long size = read(content, digest);
        if (size != entry.getSize()) {
            throw new IOException("it ends in the middle of \"%s\"".formatted(path));
        }
        if (!seen.add(path) && (manifest.isPresent() || !path.equals(CONTROL))) {
            findings.add(Kind.UNEXPECTED, path, "the backup has it twice, the second time in " + tar);
        } else if (isRight(tar, path, size, Sha256.hex(digest))) {
            files.incrementAndGet();
            bytes.addAndGet(size);
        }
    }

    private boolean isRight(TarName tar, String path, long size, String sha256) {
        if (manifest.isEmpty()) {
            return true;
        }
        Map<String, BackedUpFile> expected = manifest.get().files();
        BackedUpFile file = expected.get(path);
        if (file == null || !file.tar().equals(tar.name())) {
            findings.add(Kind.UNEXPECTED, path, "it is in %s, and the manifest does not have it there".formatted(tar));
            return false;
        }
        if (file.size() != size) {
            findings.add(
                    Kind.DAMAGED,
                    path,
                    "it has %d bytes in %s, and the manifest says %d".formatted(size, tar, file.size()));
            return false;
        }
        if (!file.sha256().equals(sha256)) {
            findings.add(
                    Kind.DAMAGED,
                    path,
                    "it has the SHA-256 %s in %s, and the manifest says %s".formatted(sha256, tar, file.sha256()));
            return false;
        }
        return true;
    }

    private static long read(InputStream content, MessageDigest digest) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long size = 0;
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            digest.update(buffer, 0, n);
            size += n;
        }
        return size;
    }
}
