package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestoreTest {

    @TempDir
    Path folder;

    private ObjectStore store;
    private Path data;
    private Path fast;

    @BeforeEach
    void emptyStore() throws IOException {
        folder = folder.toRealPath();
        data = folder.resolve("pgdata");
        fast = folder.resolve("fast");
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("store")));
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4", "ZSTD"})
    void backupIsRestoredWholeAndPrivate(Compression compression) throws Exception {
        HandMadeBackup backup = usual(compression).store().storeManifest();
        AtomicLong done = new AtomicLong();
        AtomicLong total = new AtomicLong();
        RestoreReport report = restore().run(request(backup, false), BeforeControl.NOTHING, (d, t) -> {
            done.set(d);
            total.set(t);
        });
        assertWhole();
        assertThat(done).hasValue(total.get());
        assertThat(report.files()).isEqualTo(7);
        assertThat(report.verified()).isTrue();
        assertThat(Files.getPosixFilePermissions(data)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(data.resolve("base/1")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(data.resolve("base/1/1259")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP"})
    void backupOfAnotherProgramHasNoManifestAndIsRestored(Compression compression) throws Exception {
        RestoreReport report = run(usual(compression).store(), false);
        assertWhole();
        assertThat(report.verified()).isFalse();
    }

    @Test
    void controlFileOfTheLastPartWins() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE)
                .with("data_0001", "./global/pg_control", "an older one")
                .store();
        run(backup, false);
        assertWhole();
    }

    @Test
    void tablespaceGoesWhereItIsMappedTo() throws Exception {
        HandMadeBackup backup = usual(Compression.ZSTD).store().storeManifest();
        for (String key : List.of("16387", fast.toString())) {
            Path other = folder.resolve("other-" + key.length());
            Path to = folder.resolve("to-" + key.length());
            RestoreRequest request = new RestoreRequest(backup.info(), to, Map.of(key, other), false, 2);
            restore().run(request, BeforeControl.NOTHING, RestoreProgress.NONE);
            assertThat(to.resolve("pg_tblspc/16387")).isSymbolicLink();
            assertThat(Files.readSymbolicLink(to.resolve("pg_tblspc/16387"))).isEqualTo(other);
            assertThat(other.resolve("PG_17_202406281/5/16400")).hasContent(HandMadeBackup.table(3));
        }
        assertThat(fast).doesNotExist();
    }

    @Test
    void mappingThatFitsNoTablespaceIsRefused() throws Exception {
        HandMadeBackup backup = usual(Compression.ZSTD).store().storeManifest();
        RestoreRequest request = new RestoreRequest(backup.info(), data, Map.of("/nowhere", fast), false, 2);
        assertRefused(request, BackupException.Reason.BAD_REQUEST, "/nowhere");
        request = new RestoreRequest(backup.info(), data, Map.of("16387", data.resolve("fast")), false, 2);
        assertRefused(request, BackupException.Reason.BAD_REQUEST, "lies in");
    }

    @Test
    void directoryThatIsNotEmptyIsLeftAlone() throws Exception {
        HandMadeBackup backup = usual(Compression.ZSTD).store().storeManifest();
        Files.createDirectory(data);
        Files.writeString(data.resolve("mine"), "mine");
        assertRefused(request(backup, false), BackupException.Reason.BAD_REQUEST, "not empty");
        assertRefused(request(backup, true), BackupException.Reason.BAD_REQUEST, "no data directory");
        assertThat(data.resolve("mine")).hasContent("mine");
        Files.delete(data.resolve("mine"));
        Files.createDirectory(fast);
        Files.writeString(fast.resolve("mine"), "mine");
        assertRefused(request(backup, false), BackupException.Reason.BAD_REQUEST, "not empty");
        assertRefused(request(backup, true), BackupException.Reason.BAD_REQUEST, "pg_tblspc/16387");
        assertThat(fast.resolve("mine")).hasContent("mine");
        assertThat(data).isEmptyDirectory();
    }

    @Test
    void deltaReusesWhatIsGoodAndRemovesTheRest() throws Exception {
        HandMadeBackup backup = usual(Compression.ZSTD).store().storeManifest();
        run(backup, false);
        Files.writeString(data.resolve("base/1/1260"), HandMadeBackup.table(9));
        Files.writeString(data.resolve("base/1/9999"), "later");
        Files.createDirectories(data.resolve("base/7"));
        Files.writeString(data.resolve("base/7/1"), "another database");
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("mine"), "mine");
        Files.createSymbolicLink(data.resolve("base/link"), outside);
        RestoreReport report = run(backup, true);
        assertWhole();
        assertThat(data.resolve("base/7")).doesNotExist();
        assertThat(data.resolve("base/link")).doesNotExist();
        assertThat(outside.resolve("mine")).hasContent("mine");
        assertThat(report.reusedFiles()).isEqualTo(5);
    }

    @Test
    void deltaLeavesARunningServerAlone() throws Exception {
        HandMadeBackup backup = usual(Compression.ZSTD).store().storeManifest();
        run(backup, false);
        Files.writeString(data.resolve("postmaster.pid"), "1");
        assertRefused(request(backup, true), BackupException.Reason.BAD_REQUEST, "postmaster.pid");
        Files.delete(data.resolve("postmaster.pid"));
        assertWhole();
    }

    @Test
    void invalidPlanTouchesNothingOfADelta() throws Exception {
        HandMadeBackup backup = usual(Compression.ZSTD).store().storeManifest();
        run(backup, false);
        Files.writeString(data.resolve("base/1/9999"), "later");
        store.delete(List.of(key("data_0001.tar.zst")));
        assertFails(request(backup, true), BackupException.Reason.CORRUPT, "data_0001.tar.zst");
        assertThat(data.resolve("base/1/9999")).exists();
        assertThat(data.resolve("global/pg_control")).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"data.tar", "data_0001.tar", "16387.tar"})
    void missingTarIsFoundBeforeAnythingIsWritten(String tar) throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store();
        store.delete(List.of(key(tar)));
        assertFails(request(backup, false), BackupException.Reason.CORRUPT, "");
        assertThat(data).doesNotExist();
        backup.storeManifest();
        assertFails(request(backup, false), BackupException.Reason.CORRUPT, tar);
        assertThat(data).doesNotExist();
    }

    @Test
    void missingFileIsFound() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        usual(Compression.NONE)
                .without("data_0002", "./base/1/empty")
                .with("data_0002", "./base/1/x/", new byte[0])
                .store();
        assertFails(request(backup, false), BackupException.Reason.CORRUPT, "base/1/empty");
        assertNotStartable();
    }

    @Test
    void changedFileIsFound() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        usual(Compression.NONE)
                .with("data_0002", "./base/1/1260", HandMadeBackup.table(7))
                .store();
        assertFails(request(backup, false), BackupException.Reason.CORRUPT, "SHA-256");
        assertNotStartable();
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void truncatedTarIsFound(Compression compression) throws Exception {
        HandMadeBackup backup = usual(compression).store();
        ObjectKey key = key("data_0001.tar" + compression.extension());
        byte[] whole;
        try (var in = store.open(key, 0)) {
            whole = in.readAllBytes();
        }
        store.put(key, Content.of(Arrays.copyOf(whole, whole.length - 5)), PutMode.REPLACE);
        assertFails(request(backup, false), BackupException.Reason.CORRUPT, key.name());
        assertNotStartable();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../out", "/out", "./base/../../out", "base//x", "link:base/link"})
    void nameThatLeadsOutIsRefused(String name) throws Exception {
        HandMadeBackup backup =
                usual(Compression.NONE).with("data_0002", name, new byte[0]).store();
        assertFails(request(backup, false), BackupException.Reason.CORRUPT, "");
        assertThat(folder.resolve("out")).doesNotExist();
        assertNotStartable();
        backup.storeManifest();
    }

    @Test
    void backupWithoutLabelIsRefused() throws Exception {
        HandMadeBackup backup =
                usual(Compression.NONE).without("data_0003", "./backup_label").store();
        assertFails(request(backup, false), BackupException.Reason.CORRUPT, "backup_label");
        assertNotStartable();
    }

    @Test
    void whatFailsBeforeTheControlFileLeavesNoStartableDirectory() throws Exception {
        HandMadeBackup backup = usual(Compression.ZSTD).store().storeManifest();
        assertThatThrownBy(() -> restore()
                        .run(
                                request(backup, false),
                                (directory, control) -> {
                                    assertThat(new String(control, StandardCharsets.UTF_8))
                                            .isEqualTo("the control file");
                                    throw new IOException("no");
                                },
                                RestoreProgress.NONE))
                .isInstanceOf(BackupException.class);
        assertNotStartable();
        run(backup, false);
        assertWhole();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void restoreBrokenOffAtAnyReadIsResumed(boolean manifest) throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store();
        if (manifest) {
            backup.storeManifest();
        }
        int broken = 0;
        while (true) {
            Restore restore =
                    new Restore(new BreakingStore(store, 3 + broken * 2), HandMadeBackup.LAYOUT, Encryption.NONE);
            try {
                restore.run(request(backup, false), BeforeControl.NOTHING, RestoreProgress.NONE);
                break;
            } catch (BackupException e) {
                assertThat(e.reason()).isEqualTo(BackupException.Reason.REPOSITORY_UNAVAILABLE);
                assertThat(data.resolve("global/pg_control")).doesNotExist();
                broken++;
            }
        }
        assertThat(broken).isPositive();
        assertWhole();
    }

    @Test
    void restoreOfAnotherBackupIsNotResumed() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        Files.createDirectory(data);
        new RestoreMarker("20261125T101503", Map.of(16_387L, fast)).write(data);
        assertRefused(request(backup, false), BackupException.Reason.BAD_REQUEST, "20261125T101503");
        run(backup, true);
        assertWhole();
    }

    /** Of another cluster, or of a restore that was finished but for its last step: a server may have run in it since. */
    @Test
    void dataThatIsNotThisBackupsIsLeftAlone() throws Exception {
        HandMadeBackup backup = usual(Compression.NONE).store().storeManifest();
        Files.createDirectories(data.resolve("global"));
        Files.writeString(data.resolve("PG_VERSION"), "17\n");
        Files.writeString(data.resolve("mine"), "mine");
        Files.write(data.resolve("global/pg_control"), ControlFileTest.file(41));
        assertRefused(request(backup, true), BackupException.Reason.OTHER_CLUSTER, "another cluster");
        Files.write(data.resolve("global/pg_control"), ControlFileTest.file(42));
        new RestoreMarker(HandMadeBackup.ID.value(), Map.of(16_387L, fast)).write(data);
        assertRefused(request(backup, false), BackupException.Reason.BAD_REQUEST, "not empty");
        assertThat(data.resolve("mine")).hasContent("mine");
        run(backup, true);
        assertWhole();
    }

    @Test
    void noRoomIsFoundBeforeAnythingIsWritten() {
        assertThatThrownBy(() -> RestoreRoom.require("/dev/sda1", 11, 10))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("/dev/sda1");
    }

    private HandMadeBackup usual(Compression compression) {
        return HandMadeBackup.usual(store, compression, fast.toString());
    }

    private Restore restore() {
        return new Restore(store, HandMadeBackup.LAYOUT, Encryption.NONE);
    }

    private RestoreRequest request(HandMadeBackup backup, boolean delta) {
        return new RestoreRequest(backup.info(), data, Map.of(), delta, 3);
    }

    private RestoreReport run(HandMadeBackup backup, boolean delta) throws Exception {
        return restore().run(request(backup, delta), BeforeControl.NOTHING, RestoreProgress.NONE);
    }

    /** Before anything is read or written: a look alone finds it too. */
    private void assertRefused(RestoreRequest request, BackupException.Reason reason, String message) {
        assertThatThrownBy(() -> restore().check(request)).hasMessageContaining(message);
        assertFails(request, reason, message);
    }

    private void assertFails(RestoreRequest request, BackupException.Reason reason, String message) {
        assertThatThrownBy(() -> restore().run(request, BeforeControl.NOTHING, RestoreProgress.NONE))
                .asInstanceOf(type(BackupException.class))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
                .satisfies(e -> assertThat(e.getMessage()).contains(message));
    }

    private void assertNotStartable() {
        assertThat(data.resolve("global/pg_control")).doesNotExist();
        assertThat(data.resolve(RestoreMarker.FILE)).exists();
    }

    private void assertWhole() throws IOException {
        try (Stream<Path> all = Files.walk(data)) {
            assertThat(all.filter(Files::isRegularFile)
                            .map(file -> data.relativize(file).toString()))
                    .containsExactlyInAnyOrder(
                            "PG_VERSION",
                            "base/1/1259",
                            "base/1/1260",
                            "base/1/empty",
                            "global/pg_control",
                            "backup_label");
        }
        assertThat(data.resolve("base/1/1259")).hasContent(HandMadeBackup.table(1));
        assertThat(data.resolve("base/1/1260")).hasContent(HandMadeBackup.table(2));
        assertThat(data.resolve("global/pg_control")).hasContent("the control file");
        assertThat(data.resolve("pg_tblspc/16387/PG_17_202406281/5/16400")).hasContent(HandMadeBackup.table(3));
        assertThat(data.resolve("pg_wal/archive_status")).isEmptyDirectory();
        assertThat(data.resolve("pg_notify")).isEmptyDirectory();
    }

    private static ObjectKey key(String tar) {
        return HandMadeBackup.LAYOUT.backup(HandMadeBackup.ID.value()).child(tar);
    }
}
