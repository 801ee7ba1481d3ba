package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.CompressedSamples;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** A made-up data directory with segments of 1 MB: valid headers, the rest random. */
final class Cluster {

    static final int SEGMENT_SIZE = 1 << 20;
    static final long ID = 7_412_345_678_901_234_567L;
    static final long OTHER_ID = -7L; // Unsigned: far above what a signed number can hold.
    static final String SEGMENT = "000000010000000000000001";
    static final String NEXT_SEGMENT = "000000010000000000000002";
    static final String HISTORY = "00000002.history";
    static final String BACKUP = SEGMENT + ".00000028.backup";
    static final String PARTIAL = SEGMENT + ".partial";
    static final Repository LAYOUT = new Repository("main");

    private final Path root;
    private final long systemIdentifier;

    Cluster(Path root, long systemIdentifier) throws IOException {
        this.root = root;
        this.systemIdentifier = systemIdentifier;
        Files.createDirectories(root.resolve("global"));
        Files.createDirectories(root.resolve("pg_wal/archive_status"));
        Files.write(
                root.resolve("global/pg_control"),
                ByteBuffer.allocate(8192)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(systemIdentifier)
                        .array());
    }

    Path root() {
        return root;
    }

    Path wal(String name) {
        return root.resolve("pg_wal").resolve(name);
    }

    DataDirectory data() {
        return new DataDirectory(root);
    }

    /** Puts a file of the kind that the name says into {@code pg_wal}, ready to be archived. */
    byte[] write(String name) throws IOException {
        return write(name, content(name));
    }

    byte[] write(String name, byte[] content) throws IOException {
        Path file = wal(name);
        FileStamp before = Files.exists(file) ? FileStamp.of(file) : null;
        do {
            Files.write(file, content);
            // Within one tick of the kernel's clock nothing would tell that it has changed.
        } while (FileStamp.of(file).equals(before));
        Files.createDirectories(wal("archive_status"));
        Files.write(wal("archive_status/" + name + ".ready"), new byte[0]);
        return content;
    }

    /** What such a file of this cluster holds; the same at each call. */
    byte[] content(String name) {
        return switch (WalFileName.parse(name).kind()) {
            case SEGMENT, PARTIAL -> segment(name.substring(0, 24), systemIdentifier, 0);
            case HISTORY -> "1\t0/1000000\tno recovery target specified\n".getBytes(StandardCharsets.UTF_8);
            case BACKUP ->
                "START WAL LOCATION: 0/100028 (file %s)\n".formatted(SEGMENT).getBytes(StandardCharsets.UTF_8);
        };
    }

    /** @param variant another one has the same header and another rest */
    static byte[] segment(String name, long systemIdentifier, int variant) {
        WalSegmentName segment = WalSegmentName.parse(name);
        byte[] bytes = new byte[SEGMENT_SIZE];
        new Random(name.hashCode() + variant).nextBytes(bytes);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(0, (short) 0xD116)
                .putShort(2, (short) 0x0002)
                .putInt(4, (int) segment.timeline())
                .putLong(8, segment.startLsn(SEGMENT_SIZE))
                .putInt(16, 0)
                .putLong(24, systemIdentifier)
                .putInt(32, SEGMENT_SIZE)
                .putInt(36, 8192);
        return bytes;
    }

    /** A segment of this cluster as PostgreSQL would have archived it. */
    void store(ObjectStore store, String name, Compression compression) throws IOException {
        put(store, key(name, compression), CompressedSamples.compressed(compression, content(name)));
    }

    /** As PostgreSQL is told to recover from the archive. */
    void recover() throws IOException {
        Files.createFile(root.resolve("recovery.signal"));
    }

    static WalRepository repository(ObjectStore store) {
        return repository(store, Compression.ZSTD);
    }

    static WalRepository repository(ObjectStore store, Compression compression) {
        return repository("r1", store, compression);
    }

    static WalRepository repository(String name, ObjectStore store, Compression compression) {
        return new WalRepository(name, store, LAYOUT, compression, compression.defaultLevel());
    }

    WalArchiver archiver(ObjectStore store) {
        return archiver(store, 0);
    }

    WalArchiver archiver(ObjectStore store, int lookAhead) {
        return new WalArchiver(data(), List.of(repository(store)), List.of(), lookAhead);
    }

    WalRestorer restorer(ObjectStore... stores) {
        return new WalRestorer(
                data(), List.of(stores).stream().map(Cluster::repository).toList(), Duration.ZERO);
    }

    /** Restores as recovery does, and gives what is then in place. */
    WalRestorer.Outcome restore(String name, ObjectStore... stores) throws WalException, InterruptedException {
        return restorer(stores).restore(name, "pg_wal/RECOVERYXLOG", () -> false);
    }

    static ObjectKey key(String name, Compression compression) {
        String object = name + compression.extension();
        return switch (WalFileName.parse(name).kind()) {
            case SEGMENT -> LAYOUT.segment(name.substring(0, 16), object);
            case PARTIAL -> LAYOUT.partial(name.substring(0, 16), object);
            case BACKUP -> LAYOUT.backupHistory(name.substring(0, 16), object);
            case HISTORY -> LAYOUT.history(object);
        };
    }

    static byte[] stored(ObjectStore store, ObjectKey key) throws IOException {
        try (InputStream in = new StoredContent("r1", store, Encryption.NONE).open(key)) {
            return in.readAllBytes();
        }
    }

    static byte[] raw(ObjectStore store, ObjectKey key) throws IOException {
        try (InputStream in = store.open(key, 0)) {
            return in.readAllBytes();
        }
    }

    static void put(ObjectStore store, ObjectKey key, byte[] bytes) throws IOException {
        store.put(key, Content.of(bytes), PutMode.REPLACE);
    }
}
