package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Reads back what is stored, and tells a store that cannot be reached from an object that cannot be read. */
final class StoredContent {

    private static final int BUFFER = 256 * 1024;

    private StoredContent() {}

    /** The object, decompressed by its extension. */
    static InputStream open(ObjectStore store, ObjectKey key) throws IOException {
        InputStream raw = store.open(key, 0);
        try {
            return Compression.ofName(key.name()).decompress(raw);
        } catch (IOException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    /**
     * Compares the stored object with the file.
     *
     * @throws WalException {@code CONFLICT} if they differ, {@code CORRUPT} if the object cannot be read back
     */
    static void requireSame(String repository, ObjectStore store, ObjectKey key, Path file)
            throws IOException, WalException {
        String stored;
        try (InputStream in = open(store, key)) {
            stored = sha256(in);
        } catch (ObjectStoreException e) {
            throw e;
        } catch (IOException e) {
            throw corrupt(repository, key, e);
        }
        String local = sha256(file);
        if (!stored.equals(local)) {
            throw new WalException(
                    WalException.Reason.CONFLICT,
                    "repository \"%s\" has other content as %s; it stays as it is".formatted(repository, key),
                    "SHA-256 of the stored content %s, of %s %s".formatted(stored, file.getFileName(), local),
                    "Two clusters or two primaries have archived into one folder, or a standby was promoted without"
                            + " seeing the archive: give this cluster a \"server\" name of its own, or promote it again"
                            + " so that it takes a later timeline; then take a new base backup. Or the file was archived"
                            + " by hand before PostgreSQL had finished it: then move the stored one away.");
        }
    }

    static WalException corrupt(String repository, ObjectKey key, Exception cause) {
        return new WalException(
                WalException.Reason.CORRUPT,
                "repository \"%s\": %s cannot be read back: %s".formatted(repository, key, reason(cause)),
                null,
                "The object is damaged. Keep it for analysis, move it out of the way by hand, and let PostgreSQL archive"
                        + " the file again if it still has it.",
                cause);
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** In hexadecimal. */
    static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return sha256(in);
        }
    }

    private static String sha256(InputStream in) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        DigestInputStream through = new DigestInputStream(in, digest);
        byte[] buffer = new byte[BUFFER];
        while (through.read(buffer) >= 0) {
            // The digest takes it in.
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
