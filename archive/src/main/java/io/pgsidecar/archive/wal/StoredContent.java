package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.codec.SaltedDigest;
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
import java.util.Optional;

/**
 * Reads back what is stored. It tells three things apart: a store that cannot be reached, an object for which there is no
 * key, and an object that is damaged.
 */
final class StoredContent {

    private static final int BUFFER = 256 * 1024;

    private final String repository;
    private final ObjectStore store;
    private final Encryption encryption;

    /** @param repository its name, for messages */
    StoredContent(String repository, ObjectStore store, Encryption encryption) {
        this.repository = repository;
        this.store = store;
        this.encryption = encryption;
    }

    /**
     * The object, decrypted and decompressed as its name says.
     *
     * @throws ObjectStoreException {@code DENIED}, with a {@link NoKeyException} as its cause, if no key opens it
     */
    InputStream open(ObjectKey key) throws IOException {
        InputStream raw = store.open(key, 0);
        try {
            return decode(key, raw);
        } catch (IOException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    /**
     * The same of an object's bytes. To close it closes them; if this method throws, they stay open.
     *
     * @throws ObjectStoreException as {@link #open}
     */
    InputStream decode(ObjectKey key, InputStream raw) throws IOException {
        Encoding encoding = Encoding.ofName(key.name());
        try {
            return encoding.compression().decompress(encoding.encrypted() ? encryption.decrypt(raw) : raw);
        } catch (NoKeyException e) {
            throw new ObjectStoreException(
                    ObjectStoreException.Reason.DENIED, "%s cannot be read: %s".formatted(key, e.getMessage()), e);
        }
    }

    /**
     * Compares the stored object with the file.
     *
     * <p>An encrypted one that no key opens is compared by the digest in its header. Where there is a key the object is
     * read back all the same: that finds damage behind the header too.
     *
     * @throws WalException {@code CONFLICT} if they differ, {@code CORRUPT} if the object cannot be read back
     * @throws ObjectStoreException {@code DENIED} if neither key nor digest tells: never "the same"
     */
    void requireSame(ObjectKey key, Path file) throws IOException, WalException {
        String stored;
        try (InputStream in = open(key)) {
            stored = sha256(in);
        } catch (ObjectStoreException e) {
            if (e.getCause() instanceof NoKeyException noKey) {
                requireSameDigest(key, file, noKey);
                return;
            }
            throw e;
        } catch (IOException e) {
            throw corrupt(repository, key, e);
        }
        String local = sha256(file);
        if (!stored.equals(local)) {
            throw conflict(
                    key, "SHA-256 of the stored content %s, of %s %s".formatted(stored, file.getFileName(), local));
        }
    }

    private void requireSameDigest(ObjectKey key, Path file, NoKeyException noKey) throws IOException, WalException {
        Optional<SaltedDigest> stored;
        try (InputStream raw = store.open(key, 0)) {
            stored = Encryption.digest(raw);
        } catch (ObjectStoreException e) {
            throw e;
        } catch (IOException e) {
            throw corrupt(repository, key, e);
        }
        if (stored.isEmpty()) {
            throw new ObjectStoreException(
                    ObjectStoreException.Reason.DENIED,
                    "%s is there already, and whether it is the same file cannot be told: %s, nor was it this program that encrypted it"
                            .formatted(key, noKey.getMessage()),
                    new NoKeyException(
                            "no digest in its header",
                            "Compare it by hand where the key is; then move it away if it is another one, or set"
                                    + " encryption.identityFile here until the file is archived.",
                            noKey));
        }
        SaltedDigest local = stored.get().sameSalt(file);
        if (!local.equals(stored.get())) {
            throw conflict(
                    key,
                    "Salted SHA-256 of the stored content %s, of %s %s"
                            .formatted(stored.get(), file.getFileName(), local));
        }
    }

    private WalException conflict(ObjectKey key, String detail) {
        return new WalException(
                WalException.Reason.CONFLICT,
                "repository \"%s\" has other content as %s; it stays as it is".formatted(repository, key),
                detail,
                "Two clusters or two primaries have archived into one folder, or a standby was promoted without"
                        + " seeing the archive: give this cluster a \"server\" name of its own, or promote it again"
                        + " so that it takes a later timeline; then take a new base backup. Or the file was archived"
                        + " by hand before PostgreSQL had finished it: then move the stored one away.");
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
