package io.pgsidecar.archive.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.pgsidecar.archive.backup.BackupFinding.Kind;
import io.pgsidecar.archive.codec.AgeKey;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.RepositoryMarker;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalInspector;
import io.pgsidecar.archive.wal.WalRepository;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackupVerifierTest {

    private static final ObjectKey NOTES = HandMadeBackup.LAYOUT.backupNotes(HandMadeBackup.ID.value());

    @TempDir
    Path folder;

    private ObjectStore store;

    @BeforeEach
    void storeWithWal() throws IOException {
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("store")));
        new RepositoryMarker(42, 16 << 20, Instant.EPOCH).create(store, HandMadeBackup.LAYOUT.marker());
        segments(6, 7, 8);
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4", "ZSTD"})
    void soundBackupHasNoFindings(Compression compression) throws Exception {
        HandMadeBackup backup = usual(compression).store().storeManifest();
        AtomicLong done = new AtomicLong();
        AtomicLong total = new AtomicLong();
        VerifyReport report = verifier(store, Encryption.NONE).verify(entry(backup), 2, (d, t) -> {
            done.set(d);
            total.set(t);
        });
        assertThat(report.findings()).isEmpty();
        assertThat(report.isGood()).isTrue();
        assertThat(report.manifest()).isTrue();
        assertThat(report.tars()).isEqualTo(5);
        assertThat(report.files()).isEqualTo(7);
        assertThat(report.window().orElseThrow().last()).hasToString("000000010000000000000008");
        assertThat(done).hasValue(total.get()).hasValue(report.storedBytes());
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP"})
    void backupOfAnotherProgramIsReadToItsEnd(Compression compression) throws Exception {
        VerifyReport report = verify(usual(compression).store());
        assertThat(report.findings()).isEmpty();
        assertThat(report.manifest()).isFalse();
        assertThat(report.files()).isEqualTo(7);
    }

    @Test
    void everyDamageIsTold() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        usual(Compression.NONE)
                .without("data_0002", "./base/1/empty")
                .with("data_0002", "./base/1/9999", "more".getBytes(UTF_8))
                .store();
        change(key("data_0001.tar"), bytes -> {
            bytes[50_000] ^= 1;
            return bytes;
        });
        store.delete(List.of(key("16387.tar")));
        store.put(key("data_0009.tar"), Content.of(new byte[10_240]), PutMode.CREATE);
        VerifyReport report = verify(backup);
        assertThat(report.findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactlyInAnyOrder(
                        tuple(Kind.MISSING, "16387.tar"),
                        tuple(Kind.UNEXPECTED, "data_0009.tar"),
                        tuple(Kind.DAMAGED, "data_0001.tar"),
                        tuple(Kind.DAMAGED, "base/1/1259"),
                        tuple(Kind.DAMAGED, "data_0002.tar"),
                        tuple(Kind.UNEXPECTED, "base/1/9999"),
                        tuple(Kind.MISSING, "base/1/empty"));
        assertThat(report.isGood()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4", "ZSTD"})
    void objectThatIsCutOffIsTold(Compression compression) throws Exception {
        HandMadeBackup backup = usual(compression).store();
        String tar = "data_0001.tar" + compression.extension();
        // In the middle of an entry: an uncompressed tar has up to 10 KB of zeros at its end.
        change(key(tar), bytes -> Arrays.copyOf(bytes, compression == Compression.NONE ? 50_000 : bytes.length - 5));
        assertThat(verify(backup).findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.DAMAGED, tar));
        backup.storeManifest();
        assertThat(verify(backup).findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.DAMAGED, tar), tuple(Kind.DAMAGED, tar));
    }

    @Test
    void tarThatEndsBetweenTwoEntriesIsToldWithoutAManifest() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store();
        // The first file of the tar with its header; 100,000 bytes end at block 196.
        change(key("data_0002.tar"), bytes -> Arrays.copyOf(bytes, 197 * 512));
        assertThat(verify(backup).findings())
                .containsExactly(new BackupFinding(
                        Kind.DAMAGED, "data_0002.tar", "it is cut off: the mark of its end is missing"));
    }

    @Test
    void everyBitOfACompressedTarCounts() throws Exception {
        HandMadeBackup backup = usual(Compression.ZSTD).store().storeManifest();
        ObjectKey key = key("data_0001.tar.zst");
        byte[] whole = read(key);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 0x10;
            store.put(key, Content.of(damaged), PutMode.REPLACE);
            assertThat(verify(backup).has(Kind.DAMAGED)).as("byte " + i).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"global/pg_control", "backup_label", "PG_VERSION"})
    void whatNoServerStartsWithoutIsMissed(String file) throws Exception {
        String tar = file.equals("PG_VERSION") ? "data" : "data_0003";
        HandMadeBackup backup =
                usual(Compression.NONE).without(tar, "./" + file).store();
        assertThat(verify(backup).findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.MISSING, file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"data.tar", "data_0001.tar", "16387.tar"})
    void missingTarIsTold(String tar) throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store();
        store.delete(List.of(key(tar)));
        assertThat(verify(backup).has(Kind.MISSING)).isTrue();
        backup.storeManifest();
        assertThat(verify(backup).findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.MISSING, tar));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../out", "/out", "base//x", "link:base/link"})
    void entryThatNoRestoreTakesIsTold(String name) throws Exception {
        HandMadeBackup backup =
                usual(Compression.NONE).with("data_0002", name, new byte[0]).store();
        assertThat(verify(backup).findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.UNEXPECTED, "data_0002.tar"));
    }

    @Test
    void manifestThatIsCutOffIsToldAndTheTarsAreReadAllTheSame() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        change(NOTES.child("manifest.json"), bytes -> Arrays.copyOf(bytes, bytes.length - 40));
        change(key("data_0001.tar"), bytes -> Arrays.copyOf(bytes, 50_000));
        assertThat(verify(backup).findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.DAMAGED, "manifest.json"), tuple(Kind.DAMAGED, "data_0001.tar"));
    }

    @Test
    void backupInfoThatCannotBeReadIsToldAndTheRestIsVerified() throws Exception {
        usual(Compression.NONE).store().storeManifest();
        CatalogEntry entry = new CatalogEntry(
                HandMadeBackup.ID,
                CatalogEntry.State.UNREADABLE,
                Optional.empty(),
                0,
                false,
                Optional.of("backup.info has no version"));
        VerifyReport report = verifier(store, Encryption.NONE).verify(entry, 2, RestoreProgress.NONE);
        assertThat(report.findings())
                .containsExactly(new BackupFinding(Kind.DAMAGED, "backup.info", "backup.info has no version"));
        assertThat(report.files()).isEqualTo(7);
    }

    @Test
    void withoutAKeyNothingIsKnownAndNothingIsCalledDamaged() throws Exception {
        HandMadeBackup backup = usual(Compression.GZIP).store().storeManifest();
        AgeKey key = AgeKey.generate();
        encrypt(key);
        VerifyReport locked = verify(backup);
        assertThat(locked.findings()).extracting(BackupFinding::kind).hasSize(6).containsOnly(Kind.LOCKED);
        assertThat(locked.isGood()).isFalse();
        store.delete(List.of(NOTES.child("manifest.json.age")));
        Encryption keys = AgeKey.with(AgeKey.write(folder.resolve("key"), key));
        VerifyReport open = verifier(store, keys).verify(entry(backup), 2, RestoreProgress.NONE);
        assertThat(open.findings()).isEmpty();
        assertThat(open.files()).isEqualTo(7);
    }

    @Test
    void pageThatWasDamagedBeforeIsAWarning() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        change(
                NOTES.child("manifest.json"),
                bytes -> new String(bytes, UTF_8)
                        .replace("\"damagedPages\":0", "\"damagedPages\":1")
                        .replaceFirst("(?m)^(\\{\"files\")", "{\"damagedPage\":\"base/1/1259\",\"block\":7}\n$1")
                        .getBytes(UTF_8));
        VerifyReport report = verify(backup);
        assertThat(report.findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.DAMAGED_BEFORE, "base/1/1259"));
        assertThat(report.isGood()).isTrue();
    }

    @Test
    void storeThatGoesAwayEndsItAndWhatWasFoundIsKept() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        change(key("data.tar"), bytes -> {
            bytes[bytes.length - 1] ^= 1;
            return bytes;
        });
        int ended = 0;
        int told = 0;
        while (true) {
            VerifyReport report = new BackupVerifier(
                            new BreakingStore(store, 3 + 5 * ended),
                            HandMadeBackup.LAYOUT,
                            Encryption.NONE,
                            inspector())
                    .verify(entry(backup), 1, RestoreProgress.NONE);
            if (report.failure().isEmpty()) {
                break;
            }
            assertThat(report.failure().get().reason()).isEqualTo(BackupException.Reason.REPOSITORY_UNAVAILABLE);
            assertThat(report.isGood()).isFalse();
            assertThat(report.findings()).extracting(BackupFinding::object).isSubsetOf("data.tar");
            told += report.findings().size();
            ended++;
        }
        assertThat(ended).isGreaterThan(told);
        assertThat(told).isPositive();
    }

    @Test
    void missingWalOfTheBackupIsAnErrorAndAGapBehindItAWarning() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        store.delete(List.of(segment(7)));
        VerifyReport gap = verify(backup);
        assertThat(gap.findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.WAL_BEHIND, "WAL"));
        assertThat(gap.isGood()).isTrue();
        assertThat(gap.window().orElseThrow().last()).hasToString("000000010000000000000006");
        assertThat(gap.window().orElseThrow().lastStored()).isPresent();
        store.delete(List.of(segment(6)));
        VerifyReport missing = verify(backup);
        assertThat(missing.findings())
                .extracting(BackupFinding::kind, BackupFinding::object)
                .containsExactly(tuple(Kind.WAL_MISSING, "WAL"));
        assertThat(missing.isGood()).isFalse();
        assertThat(missing.window()).isEmpty();
    }

    @Test
    void backupThatWasNeverFinishedIsRefused() {
        CatalogEntry entry = new CatalogEntry(
                HandMadeBackup.ID, CatalogEntry.State.DEAD, Optional.empty(), 0, false, Optional.empty());
        assertThatThrownBy(() -> verifier(store, Encryption.NONE).verify(entry, 2, RestoreProgress.NONE))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("DEAD");
    }

    private void encrypt(AgeKey key) throws IOException {
        Encryption encryption = AgeKey.onlyFor(key);
        for (ObjectKey prefix : List.of(HandMadeBackup.LAYOUT.backup(HandMadeBackup.ID.value()), NOTES)) {
            List<ObjectKey> keys;
            try (Stream<ObjectInfo> objects = store.list(prefix)) {
                keys = objects.map(ObjectInfo::key).toList();
            }
            for (ObjectKey each : keys) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                try (OutputStream out = encryption.encrypt(bytes)) {
                    out.write(read(each));
                }
                store.put(new ObjectKey(each.value() + ".age"), Content.of(bytes.toByteArray()), PutMode.CREATE);
                store.delete(List.of(each));
            }
        }
    }

    private HandMadeBackup usual(Compression compression) {
        return HandMadeBackup.usual(store, compression, "/space");
    }

    private VerifyReport verify(HandMadeBackup backup) throws Exception {
        return verifier(store, Encryption.NONE).verify(entry(backup), 2, RestoreProgress.NONE);
    }

    private BackupVerifier verifier(ObjectStore from, Encryption encryption) {
        return new BackupVerifier(from, HandMadeBackup.LAYOUT, encryption, inspector());
    }

    private WalInspector inspector() {
        return new WalInspector(new WalRepository("r1", store, HandMadeBackup.LAYOUT, Compression.ZSTD, 1));
    }

    private static CatalogEntry entry(HandMadeBackup backup) {
        return new CatalogEntry(
                HandMadeBackup.ID, CatalogEntry.State.DONE, Optional.of(backup.info()), 0, false, Optional.empty());
    }

    /** What is in them does not matter. */
    private void segments(int... numbers) throws IOException {
        for (int number : numbers) {
            store.put(segment(number), Content.of("x"), PutMode.CREATE);
        }
    }

    private static ObjectKey segment(int number) {
        return HandMadeBackup.LAYOUT.segment(
                "0000000100000000", "%024X.zst".formatted(number).replaceFirst("^0{8}", "00000001"));
    }

    private byte[] read(ObjectKey key) throws IOException {
        try (var in = store.open(key, 0)) {
            return in.readAllBytes();
        }
    }

    private void change(ObjectKey key, UnaryOperator<byte[]> how) throws IOException {
        store.put(key, Content.of(how.apply(read(key))), PutMode.REPLACE);
    }

    private static ObjectKey key(String tar) {
        return HandMadeBackup.LAYOUT.backup(HandMadeBackup.ID.value()).child(tar);
    }
}
