package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a repository holds of one backup, for whoever reads it. */
final class BackupTars {

    /**
     * A tar that is there.
     *
     * @param size as stored, in bytes
     */
    record Tar(TarName name, ObjectKey key, long size) {}

    private final ObjectStore store;
    private final Repository layout;
    private final BackupId id;
    private final Encryption encryption;

    BackupTars(ObjectStore store, Repository layout, BackupId id, Encryption encryption) {
        this.store = store;
        this.layout = layout;
        this.id = id;
        this.encryption = encryption;
    }

    /** Its tars, the data directory's first, each one's parts in their order. */
    List<Tar> tars() throws BackupException {
        List<Tar> tars = new ArrayList<>();
        ObjectKey folder = layout.backup(id.value());
        try (Stream<ObjectInfo> objects = store.list(folder)) {
            for (Iterator<ObjectInfo> each = objects.iterator(); each.hasNext(); ) {
                ObjectInfo object = each.next();
                if (object.key().equals(folder.child(object.key().name()))) {
                    TarName.of(object.key().name())
                            .ifPresent(name -> tars.add(new Tar(name, object.key(), object.size())));
                }
            }
        } catch (UncheckedIOException e) {
            throw failure("cannot list " + folder, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw failure("cannot list " + folder, e);
        }
        tars.sort((a, b) -> a.name().compareTo(b.name()));
        return tars;
    }

    /** The manifest; empty if another program has taken the backup. */
    Optional<Manifest> manifest() throws BackupException {
        ObjectKey stem = layout.backupNotes(id.value()).child("manifest.json");
        try {
            List<String> endings = new Encoding(Compression.ZSTD, encryption.encrypts())
                    .first().stream().map(Encoding::ending).toList();
            List<ObjectInfo> found = store.variants(stem, endings);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            ObjectKey key = found.getFirst().key();
            try (InputStream in = open(key)) {
                Manifest manifest = Manifest.read(in);
                if (!manifest.id().equals(id)) {
                    throw new IOException("it is the manifest of backup " + manifest.id());
                }
                return Optional.of(manifest);
            }
        } catch (IOException e) {
            throw failure("cannot read the manifest of backup " + id, e);
        }
    }

    /** An object as it is stored; the caller closes it. */
    InputStream openRaw(ObjectKey key) throws IOException {
        return store.open(key, 0);
    }

    /** What an object of this key holds, decrypted and decompressed; to close it closes the other. */
    InputStream decode(ObjectKey key, InputStream raw) throws IOException {
        Encoding encoding = Encoding.ofName(key.name());
        InputStream decrypted = encoding.encrypted() ? encryption.decrypt(raw) : raw;
        return encoding.compression().decompress(decrypted);
    }

    /** An object, decrypted and decompressed; the caller closes it. */
    InputStream open(ObjectKey key) throws IOException {
        InputStream in = openRaw(key);
        try {
            return decode(key, in);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** What an error of reading means: the store's own, a missing key, or else damage. */
    static BackupException failure(String what, IOException e) {
        String message = what + ": " + e.getMessage();
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoKeyException noKey) {
                return new BackupException(BackupException.Reason.REPOSITORY_DENIED, message, noKey.hint(), e);
            }
            if (cause instanceof ObjectStoreException store) {
                return new BackupException(
                        switch (store.reason()) {
                            case UNAVAILABLE -> BackupException.Reason.REPOSITORY_UNAVAILABLE;
                            case DENIED -> BackupException.Reason.REPOSITORY_DENIED;
                            case NOT_FOUND -> BackupException.Reason.CORRUPT;
                            case EXISTS, OTHER -> BackupException.Reason.FAILED;
                        },
                        message,
                        null,
                        e);
            }
        }
        return new BackupException(
                BackupException.Reason.CORRUPT,
                message,
                "Restore another backup, or this one from another repository (--repository).",
                e);
    }
}
