package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.codec.SaltedDigest;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The WAL of one cluster in one repository. It never overwrites, and it reads whatever compression and
 * encryption a file was stored with, today's setting or not. Safe for several threads.
 */
public final class WalRepository {

    private static final int BUFFER = 256 * 1024;

    private final String name;
    private final ObjectStore store;
    private final Repository layout;
    private final RepositoryOwner owner;
    private final StoredContent content;
    private final Encoding encoding;
    private final Encryption encryption;
    private final int level;
    /** What the last segment that was read from here ended with. */
    private volatile String usualEnding;

    /**
     * The WAL under a layout in a store, not encrypted.
     *
     * @param name as in the configuration, for messages
     * @param compression of what is written; one that can be written
     */
    public WalRepository(String name, ObjectStore store, Repository layout, Compression compression, int level) {
        this(name, store, layout, compression, level, Encryption.NONE);
    }

    /**
     * The WAL under a layout in a store.
     *
     * @param name as in the configuration, for messages
     * @param compression of what is written; one that can be written
     * @param encryption of what is written, and the keys for what is read. Without a key for what is encrypted it still
     *     archives, and restores what is not
     */
    public WalRepository(
            String name,
            ObjectStore store,
            Repository layout,
            Compression compression,
            int level,
            Encryption encryption) {
        this.name = name;
        this.store = store;
        this.layout = layout;
        this.content = new StoredContent(name, store, encryption);
        this.owner = new RepositoryOwner(name, store, layout, content);
        this.encoding = new Encoding(compression, encryption.encrypts());
        this.encryption = encryption;
        this.level = level;
        this.usualEnding = encoding.ending();
    }

    public String name() {
        return name;
    }

    RepositoryOwner owner() {
        return owner;
    }

    Repository layout() {
        return layout;
    }

    /** Whether the file is stored, in whatever encoding. */
    public boolean has(WalFileName file) throws IOException {
        return !locate(file).isEmpty();
    }

    /**
     * Stores a file, or makes sure that it is stored already.
     *
     * @param cores to compress on
     * @param urgent whether somebody waits for it
     * @return false if the same content was there
     * @throws WalException {@code CONFLICT} if other content is there; it stays as it is. A partial segment then gets a
     *     name of its own
     */
    boolean add(WalFileName file, Path source, Cores cores, BooleanSupplier urgent)
            throws IOException, WalException, InterruptedException {
        // Another compression or encryption was perhaps in use when the same name was stored first: a conditional
        // create under today's ending alone would not see it.
        List<ObjectKey> stored = locate(file);
        if (stored.isEmpty()) {
            try {
                write(key(file, encoding.ending()), source, cores, urgent);
                return true;
            } catch (ObjectExistsException e) {
                stored = locate(file);
                if (stored.isEmpty()) {
                    throw e;
                }
            }
        }
        ObjectKey key = stored.getFirst();
        try {
            content.requireSame(key, source);
        } catch (WalException e) {
            if (file.kind() == WalFileName.Kind.PARTIAL && e.reason() == WalException.Reason.CONFLICT) {
                return addBeside(file, source, cores, urgent);
            }
            throw e;
        }
        store.ensureDurable(key);
        return false;
    }

    /**
     * Stores a partial segment beside another one of the same name. Two standbys that are promoted one after the other
     * in the same segment both leave theirs, and behind the last record each holds what it had recycled. No recovery
     * asks for either; to refuse the second would keep the new primary from archiving anything at all.
     */
    private boolean addBeside(WalFileName file, Path source, Cores cores, BooleanSupplier urgent)
            throws IOException, WalException, InterruptedException {
        String object = file + "." + StoredContent.sha256(source).substring(0, 16) + encoding.ending();
        ObjectKey key = layout.partial(folder(file), object);
        try {
            write(key, source, cores, urgent);
            return true;
        } catch (ObjectExistsException e) {
            content.requireSame(key, source);
            store.ensureDurable(key);
            return false;
        }
    }

    /** Where the file is stored: a key for each encoding in which the name exists, today's setting first. */
    List<ObjectKey> locate(WalFileName file) throws IOException {
        return locate(stem(file));
    }

    /** The same by the key without its ending. */
    List<ObjectKey> locate(ObjectKey stem) throws IOException {
        List<String> endings = endings();
        return store.variants(stem, endings).stream()
                .map(ObjectInfo::key)
                .sorted(Comparator.comparingInt(key -> endings.indexOf(ending(stem, key))))
                .toList();
    }

    /**
     * Where the file most likely is, if it is stored at all: a repository's files end alike until a setting is changed.
     * Not to be found there proves nothing; {@link #locate} does.
     */
    ObjectKey usual(WalFileName file) {
        return key(file, usualEnding);
    }

    /**
     * Whether several files can be read at a time. Of XZ they cannot: a decoder takes 8 MB of the heap for what is
     * stored by default, and up to half of it.
     */
    boolean readsInParallel() {
        return !usualEnding.startsWith(Compression.XZ.extension());
    }

    /** Notes that the file was read from a key and was sound. Segments tell what to expect; other files are few. */
    void remember(WalFileName file, ObjectKey key) {
        if (file.kind() == WalFileName.Kind.SEGMENT) {
            usualEnding = ending(key(file, ""), key);
        }
    }

    /** The stored file, decrypted and decompressed; the caller closes it. */
    InputStream open(ObjectKey key) throws IOException {
        return content.open(key);
    }

    /** The key of a file without what tells its encoding. */
    ObjectKey stem(WalFileName file) {
        return key(file, "");
    }

    /** Where all WAL files are, the most important ones first. */
    List<ObjectKey> walPrefixes() {
        return List.of(layout.wals(), layout.partials(), layout.backupHistories());
    }

    /** See {@link ObjectStore#list}. */
    Stream<ObjectInfo> list(ObjectKey prefix) throws IOException {
        return store.list(prefix);
    }

    /** The stored object as it is; the caller closes it. */
    InputStream openRaw(ObjectKey key) throws IOException {
        return store.open(key, 0);
    }

    /** See {@link StoredContent#decode}. */
    InputStream decode(ObjectKey key, InputStream raw) throws IOException {
        return content.decode(key, raw);
    }

    /** Begins an object that is not to be there yet. */
    ObjectWriter newWriter(ObjectKey key) throws IOException {
        return store.newWriter(key, PutMode.CREATE);
    }

    boolean encrypts() {
        return encryption.encrypts();
    }

    /** See {@link Encryption#encrypt}. */
    OutputStream encrypt(OutputStream out, SaltedDigest digest) throws IOException {
        return encryption.encrypt(out, digest);
    }

    /** See {@link Compression#compress}. */
    OutputStream compress(OutputStream out) throws IOException {
        return encoding.compression().compress(out, level);
    }

    /** What today's setting puts behind a name. */
    String ending() {
        return encoding.ending();
    }

    /** Of all that can be read, today's setting first. */
    private List<String> endings() {
        return encoding.first().stream().map(Encoding::ending).toList();
    }

    private static String ending(ObjectKey stem, ObjectKey key) {
        return key.value().substring(stem.value().length());
    }

    private ObjectKey key(WalFileName file, String ending) {
        String object = file + ending;
        return switch (file.kind()) {
            case SEGMENT -> layout.segment(folder(file), object);
            case PARTIAL -> layout.partial(folder(file), object);
            case BACKUP -> layout.backupHistory(folder(file), object);
            case HISTORY -> layout.history(object);
        };
    }

    private static String folder(WalFileName file) {
        return file.segment().orElseThrow().folder();
    }

    private void write(ObjectKey key, Path source, Cores cores, BooleanSupplier urgent)
            throws IOException, InterruptedException {
        long expected = Files.size(source);
        // Taken before the digest of what is encrypted, which is an earlier reading.
        FileStamp stamp = FileStamp.of(source);
        try (InputStream in = Files.newInputStream(source);
                ObjectWriter writer = store.newWriter(key, PutMode.CREATE)) {
            long copied = 0;
            try (Cores.Turn turn = cores.take(urgent);
                    OutputStream encrypted = encryptor(turn.without(writer.stream()), source);
                    OutputStream out = compress(encrypted)) {
                byte[] buffer = new byte[BUFFER];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    out.write(buffer, 0, n);
                    copied += n;
                }
            }
            // PostgreSQL recycles a segment once it is archived, and pg_rewind writes over it: what was read half from
            // one file and half from another must never take the name.
            if (copied != expected || !stamp.equals(FileStamp.of(source))) {
                throw new IOException("%s had %d bytes and gave %d: it changed while it was read"
                        .formatted(source, expected, copied));
            }
            writer.commit();
        }
    }

    /** Where the compressed content goes; its stream stays open. */
    private OutputStream encryptor(OutputStream out, Path source) throws IOException {
        return encryption.encrypts() ? encryption.encrypt(out, SaltedDigest.of(source)) : out;
    }
}
