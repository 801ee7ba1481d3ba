package io.pgsidecar.archive.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The base backups in one repository, whoever took them. To list them takes two listings, and a read of each
 * {@code backup.info}. Safe for several threads.
 */
public final class BackupCatalog {

    static final String CLAIM = "claim.json";
    static final String HEARTBEAT = "heartbeat.json";
    static final String FAILED = "failed.json";

    private static final String MANIFEST = "manifest.json";
    private static final String LATEST = "latest";
    /** As barman writes it: all the WAL from the backup on is to be kept too. */
    private static final String KEEP = "full";

    private static final int MAX_TEXT_BYTES = 1 << 20;
    private static final int READS_AT_ONCE = 16;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final ObjectStore store;
    private final Repository layout;
    private final Encryption encryption;

    /**
     * The backups of a cluster in a store.
     *
     * @param name as in the configuration, for messages
     * @param encryption the keys that manifests are read with
     */
    public BackupCatalog(String name, ObjectStore store, Repository layout, Encryption encryption) {
        this.name = name;
        this.store = store;
        this.layout = layout;
        this.encryption = encryption;
    }

    /**
     * All of them, oldest first.
     *
     * @throws BackupException if the repository cannot be read; one backup that cannot is in the list
     */
    public List<CatalogEntry> list(Instant now) throws BackupException, InterruptedException {
        try {
            List<Callable<CatalogEntry>> reads = new ArrayList<>();
            for (StoredBackup backup :
                    listed(layout.backups(), layout.backupNotes()).values()) {
                reads.add(() -> entry(backup, now));
            }
            return all(reads);
        } catch (IOException e) {
            throw failed("cannot be listed", e);
        }
    }

    /**
     * Of all that there is a trace of, by no more than two listings.
     *
     * @throws IOException if the repository cannot be read
     */
    Set<BackupId> ids() throws IOException {
        return listed(layout.backups(), layout.backupNotes()).keySet();
    }

    /**
     * Those that somebody is taking, by no more than two listings.
     *
     * @throws IOException if the repository cannot be read
     */
    List<BackupId> running(Instant now) throws IOException {
        List<BackupId> running = new ArrayList<>();
        for (StoredBackup backup :
                listed(layout.backups(), layout.backupNotes()).values()) {
            if (!backup.hasInfo()
                    && !backup.isGivenUp()
                    && backup.unfinished(now).state() == CatalogEntry.State.RUNNING) {
                running.add(backup.id());
            }
        }
        return running;
    }

    /**
     * Those that an agent has given up, or died over, and that have objects still: what it could not clean up itself. Not
     * those of other programs, nor one that a removal has left half.
     *
     * @throws IOException if the repository cannot be read
     */
    List<BackupId> leftBehind(Instant now) throws IOException {
        return listed(layout.backups(), layout.backupNotes()).values().stream()
                .filter(backup -> backup.isLeftBehind(now))
                .map(StoredBackup::id)
                .toList();
    }

    /** Removes what is under {@code base/} of one; what makes it a backup goes first, its notes stay. */
    void removeObjects(BackupId id) throws IOException {
        store.delete(List.of(layout.backupInfo(id.value())));
        store.delete(keys(layout.backup(id.value())));
    }

    /** The host that takes a backup, or took it; empty if nothing tells. */
    Optional<String> host(BackupId id) throws IOException {
        String claim = text(layout.backupNotes(id.value()).child(CLAIM));
        try {
            return claim == null
                    ? Optional.empty()
                    : Optional.ofNullable(JSON.readTree(claim).path("host").textValue());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * One of them.
     *
     * @param which its ID, or {@code latest}, which is the last that is good
     * @throws BackupException {@code BAD_REQUEST} if there is no such backup
     */
    public CatalogEntry find(String which) throws BackupException, InterruptedException {
        return find(which, Instant.now());
    }

    CatalogEntry find(String which, Instant now) throws BackupException, InterruptedException {
        if (which.equals(LATEST)) {
            return list(now).reversed().stream()
                    .filter(entry -> entry.state() == CatalogEntry.State.DONE)
                    .findFirst()
                    .orElseThrow(() -> new BackupException(
                            BackupException.Reason.BAD_REQUEST,
                            "repository \"%s\" has no backup that is finished and good".formatted(name),
                            "\"pgsidecar backup list\" shows what there is, \"pgsidecar backup now\" takes one."));
        }
        try {
            return find(new BackupId(which), now);
        } catch (IllegalArgumentException e) {
            throw new BackupException(
                    BackupException.Reason.BAD_REQUEST, String.valueOf(e.getMessage()), "Or give \"latest\".", e);
        }
    }

    private CatalogEntry find(BackupId id, Instant now) throws BackupException {
        try {
            StoredBackup backup = listed(layout.backup(id.value()), layout.backupNotes(id.value()))
                    .get(id);
            if (backup == null) {
                throw new BackupException(
                        BackupException.Reason.BAD_REQUEST,
                        "repository \"%s\" has no backup %s".formatted(name, id),
                        "\"pgsidecar backup list\" shows what there is.");
            }
            return entry(backup, now);
        } catch (IOException e) {
            throw failed("cannot tell what backup %s is".formatted(id), e);
        }
    }

    /**
     * Removes one. What makes it a backup goes first: a removal that is interrupted leaves none that looks good, and can
     * be done again.
     *
     * @throws BackupException {@code BUSY} if it is being taken, {@code BAD_REQUEST} if there is none, or it is to be kept
     */
    public void delete(BackupId id) throws BackupException {
        delete(id, Instant.now());
    }

    void delete(BackupId id, Instant now) throws BackupException {
        CatalogEntry entry = find(id, now);
        if (entry.state() == CatalogEntry.State.RUNNING) {
            throw new BackupException(
                    BackupException.Reason.BUSY,
                    "backup %s is being taken".formatted(id),
                    "Wait until it is finished, or until its heartbeat has been missing for two minutes.");
        }
        if (entry.keep()) {
            throw new BackupException(
                    BackupException.Reason.BAD_REQUEST,
                    "backup %s is marked to be kept".formatted(id),
                    "\"pgsidecar backup unkeep %s\" takes the mark away.".formatted(id));
        }
        try {
            removeObjects(id);
            store.delete(keys(layout.backupNotes(id.value())));
        } catch (IOException e) {
            throw failed("cannot remove backup %s completely".formatted(id), e);
        }
    }

    /**
     * Marks one, so that no retention policy removes it.
     *
     * @throws BackupException {@code BAD_REQUEST} if there is no such backup, or it is not good
     */
    public void keep(BackupId id) throws BackupException {
        CatalogEntry entry = find(id, Instant.now());
        if (entry.state() != CatalogEntry.State.DONE) {
            throw new BackupException(
                    BackupException.Reason.BAD_REQUEST,
                    "backup %s is %s, and only one that is DONE is worth keeping".formatted(id, entry.state()),
                    null);
        }
        try {
            store.put(layout.keepMark(id.value()), Content.of(KEEP), PutMode.REPLACE);
        } catch (IOException e) {
            throw failed("cannot mark backup %s".formatted(id), e);
        }
    }

    /**
     * Takes the mark away; there need not be one.
     *
     * @throws BackupException {@code BAD_REQUEST} if there is no such backup
     */
    public void unkeep(BackupId id) throws BackupException {
        find(id, Instant.now());
        try {
            store.delete(List.of(layout.keepMark(id.value())));
        } catch (IOException e) {
            throw failed("cannot unmark backup %s".formatted(id), e);
        }
    }

    /**
     * What is in each of its tars; empty if another program took it.
     *
     * @throws BackupException {@code CORRUPT} if it cannot be understood, {@code REPOSITORY_DENIED} if no key opens it
     */
    public Optional<Manifest> readManifest(BackupId id) throws BackupException {
        try {
            StoredBackup backup = listed(layout.backup(id.value()), layout.backupNotes(id.value()))
                    .get(id);
            Optional<ObjectKey> key = backup == null ? Optional.empty() : backup.note(MANIFEST);
            return key.isEmpty() ? Optional.empty() : Optional.of(manifest(id, key.get()));
        } catch (IOException e) {
            throw failed("cannot read the manifest of backup %s".formatted(id), e);
        }
    }

    private Manifest manifest(BackupId id, ObjectKey key) throws IOException, BackupException {
        Encoding encoding = Encoding.ofName(key.name());
        try (InputStream raw = store.open(key, 0);
                InputStream opened = encoding.encrypted() ? encryption.decrypt(raw) : raw;
                InputStream in = encoding.compression().decompress(opened)) {
            Manifest manifest = Manifest.read(in);
            if (!manifest.id().equals(id)) {
                throw new IOException("it is that of backup " + manifest.id());
            }
            return manifest;
        } catch (ObjectStoreException e) {
            throw e;
        } catch (NoKeyException e) {
            throw new BackupException(BackupException.Reason.REPOSITORY_DENIED, failure(key, e), e.hint(), e);
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Reason.CORRUPT,
                    failure(key, e),
                    "The object is damaged: its backup cannot be verified. Take a new one.",
                    e);
        }
    }

    private String failure(ObjectKey key, IOException e) {
        return "repository \"%s\": %s cannot be read: %s".formatted(name, key, e.getMessage());
    }

    private Map<BackupId, StoredBackup> listed(ObjectKey backups, ObjectKey notes) throws IOException {
        Map<BackupId, StoredBackup> found = new TreeMap<>();
        each(
                backups,
                layout.backups(),
                found,
                (backup, object) -> backup.add(
                        object,
                        layout.backupInfo(backup.id().value()),
                        layout.keepMark(backup.id().value())));
        each(notes, layout.backupNotes(), found, StoredBackup::addNote);
        return found;
    }

    private interface Taking {
        void in(StoredBackup backup, ObjectInfo object);
    }

    private void each(ObjectKey prefix, ObjectKey root, Map<BackupId, StoredBackup> found, Taking taking)
            throws IOException {
        int depth = root.parts().size();
        stream(prefix, object -> {
            List<String> parts = object.key().parts();
            id(parts, depth).ifPresent(id -> taking.in(found.computeIfAbsent(id, StoredBackup::new), object));
        });
    }

    /** What lies there and is of no backup is not ours to judge. */
    private static Optional<BackupId> id(List<String> parts, int at) {
        if (parts.size() <= at + 1) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BackupId(parts.get(at)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private List<ObjectKey> keys(ObjectKey prefix) throws IOException {
        List<ObjectKey> keys = new ArrayList<>();
        stream(prefix, object -> keys.add(object.key()));
        return keys;
    }

    private void stream(ObjectKey prefix, Consumer<ObjectInfo> each) throws IOException {
        try (Stream<ObjectInfo> objects = store.list(prefix)) {
            objects.forEach(each);
        } catch (UncheckedIOException e) {
            throw Objects.requireNonNull(e.getCause());
        }
    }

    private CatalogEntry entry(StoredBackup backup, Instant now) throws IOException {
        String id = backup.id().value();
        if (backup.hasInfo()) {
            String text = text(layout.backupInfo(id));
            if (text != null) {
                try {
                    return backup.described(BackupInfoFile.read(backup.id(), text), now);
                } catch (IllegalArgumentException e) {
                    return backup.unreadable(String.valueOf(e.getMessage()));
                }
            }
        }
        if (backup.isGivenUp()) {
            return backup.givenUp(reason(text(layout.backupNotes(id).child(FAILED))));
        }
        return backup.unfinished(now);
    }

    private static String reason(@Nullable String note) {
        try {
            JsonNode error = note == null ? null : JSON.readTree(note).path("error");
            return error != null && error.isTextual() ? error.textValue() : "nothing tells why";
        } catch (IOException e) {
            return "the note that tells why is no JSON";
        }
    }

    /** Null if it was removed meanwhile. */
    private @Nullable String text(ObjectKey key) throws IOException {
        try (InputStream in = store.open(key, 0)) {
            return new String(in.readNBytes(MAX_TEXT_BYTES), StandardCharsets.UTF_8);
        } catch (ObjectNotFoundException e) {
            return null;
        }
    }

    private static List<CatalogEntry> all(List<Callable<CatalogEntry>> reads) throws IOException, InterruptedException {
        List<CatalogEntry> entries = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(
                READS_AT_ONCE, Thread.ofVirtual().name("backup-catalog").factory())) {
            for (Future<CatalogEntry> read : threads.invokeAll(reads)) {
                entries.add(result(read));
            }
        }
        return entries;
    }

    private static CatalogEntry result(Future<CatalogEntry> read) throws IOException, InterruptedException {
        try {
            return read.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException defect -> throw defect;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    private BackupException failed(String what, IOException e) {
        BackupException.Reason reason = BackupException.Reason.FAILED;
        if (e instanceof ObjectStoreException failure) {
            reason = switch (failure.reason()) {
                case UNAVAILABLE -> BackupException.Reason.REPOSITORY_UNAVAILABLE;
                case DENIED -> BackupException.Reason.REPOSITORY_DENIED;
                case NOT_FOUND, EXISTS, OTHER -> BackupException.Reason.FAILED;
            };
        }
        return new BackupException(reason, "repository \"%s\" %s: %s".formatted(name, what, e.getMessage()), null, e);
    }
}
