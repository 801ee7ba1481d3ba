package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A backup that is put into a store by hand, so that each part of it can be wrong. */
final class HandMadeBackup {

    static final Repository LAYOUT = new Repository("main");
    static final BackupId ID = new BackupId("20261125T101502");
    private static final long BYTES = 100_000;

    private final ObjectStore store;
    private final Compression compression;
    private final Map<String, Map<String, byte[]>> tars = new LinkedHashMap<>();
    private final List<BackedUpFile> files = new ArrayList<>();
    private final List<StoredTar> stored = new ArrayList<>();
    private List<Tablespace> tablespaces = List.of();

    HandMadeBackup(ObjectStore store, Compression compression) {
        this.store = store;
        this.compression = compression;
    }

    /** With a table in each of three tars, and one in a tablespace. */
    static HandMadeBackup usual(ObjectStore store, Compression compression, String tablespace) {
        return new HandMadeBackup(store, compression)
                .with("data", "./", "./base/", "./base/1/", "./global/", "./pg_wal/")
                .with("data", "./PG_VERSION", "17\n")
                .with("data_0001", "./base/1/1259", table(1))
                .with("data_0002", "./base/1/1260", table(2))
                .with("data_0002", "./base/1/empty", "")
                .with("data_0003", "./global/pg_control", "the control file")
                .with("data_0003", "./backup_label", "START WAL LOCATION: 0/6000028\n")
                .with("16387", "./", "./PG_17_202406281/")
                .with("16387", "./PG_17_202406281/5/16400", table(3))
                .tablespace(tablespace);
    }

    static String table(int seed) {
        return Integer.toString(seed).repeat((int) BYTES);
    }

    HandMadeBackup tablespace(String location) {
        tablespaces = List.of(new Tablespace(16_387, "fast", location));
        return this;
    }

    /** Folders. */
    HandMadeBackup with(String tar, String first, String second, String... more) {
        if (!second.endsWith("/")) {
            return with(tar, first, second.getBytes(StandardCharsets.UTF_8));
        }
        with(tar, first, new byte[0]).with(tar, second, new byte[0]);
        for (String folder : more) {
            with(tar, folder, new byte[0]);
        }
        return this;
    }

    HandMadeBackup with(String tar, String name, byte[] content) {
        tars.computeIfAbsent(tar, t -> new LinkedHashMap<>()).put(name, content);
        return this;
    }

    HandMadeBackup without(String tar, String name) {
        Objects.requireNonNull(tars.get(tar)).remove(name);
        return this;
    }

    /** Stores the tars. */
    HandMadeBackup store() throws IOException {
        files.clear();
        stored.clear();
        for (var tar : tars.entrySet()) {
            String object = tar.getKey() + ".tar" + compression.extension();
            byte[] bytes = tar(object, tar.getValue());
            stored.add(new StoredTar(object, bytes.length, sha256(bytes)));
            store.put(LAYOUT.backup(ID.value()).child(object), Content.of(bytes), PutMode.REPLACE);
        }
        return this;
    }

    /** Stores the manifest of what {@link #store} has stored last. */
    HandMadeBackup storeManifest() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ManifestWriter manifest = new ManifestWriter(out, ID);
        for (BackedUpFile file : files) {
            manifest.add(file);
        }
        for (StoredTar tar : stored) {
            manifest.add(tar);
        }
        manifest.finish();
        store.put(
                LAYOUT.backupNotes(ID.value()).child("manifest.json"), Content.of(out.toByteArray()), PutMode.REPLACE);
        return this;
    }

    BackupInfo info() {
        Instant time = Instant.parse("2026-11-25T10:15:02Z");
        return new BackupInfo(
                ID,
                BackupInfo.Status.DONE,
                170_002,
                42,
                1,
                16 << 20,
                "/data",
                new BackupInfo.Point("000000010000000000000006", 0x600_0028, time),
                Optional.of(new BackupInfo.Point("000000010000000000000006", 0x600_0138, time)),
                Optional.empty(),
                tablespaces,
                Optional.of(compression),
                true,
                Optional.of(4 * BYTES),
                Optional.empty());
    }

    private byte[] tar(String object, Map<String, byte[]> content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = compression.compress(bytes, compression.defaultLevel());
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (var each : content.entrySet()) {
                boolean link = each.getKey().startsWith("link:");
                TarArchiveEntry entry = link
                        ? new TarArchiveEntry(each.getKey().substring(5), TarArchiveEntry.LF_SYMLINK)
                        : new TarArchiveEntry(each.getKey(), true);
                entry.setSize(link ? 0 : each.getValue().length);
                if (link) {
                    entry.setLinkName("/etc");
                }
                tar.putArchiveEntry(entry);
                tar.write(each.getValue());
                tar.closeArchiveEntry();
                if (!each.getKey().endsWith("/") && !link) {
                    note(object, each.getKey(), each.getValue());
                }
            }
        }
        return bytes.toByteArray();
    }

    private void note(String object, String name, byte[] content) {
        String prefix = object.startsWith("data") ? "" : "pg_tblspc/16387/";
        files.add(new BackedUpFile(
                prefix + (name.startsWith("./") ? name.substring(2) : name),
                content.length,
                Instant.parse("2026-11-25T10:15:00Z"),
                sha256(content),
                object));
    }

    private static String sha256(byte[] content) {
        MessageDigest digest = Sha256.digest();
        digest.update(content);
        return Sha256.hex(digest);
    }
}
