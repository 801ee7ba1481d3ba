package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Full and read-only file systems: real ones, which only root can mount. */
class FilesystemLimitsIT {

    private static final ObjectKey KEY = new ObjectKey("main/wals/object");

    @TempDir
    private Path folder;

    private boolean mounted;

    @AfterEach
    void unmount() throws Exception {
        folder.toFile().setWritable(true);
        if (mounted) {
            run("umount", folder.toString());
        }
    }

    @Test
    void aFullFileSystemIsUnavailableLeavesNothingAndWorksAgainWhenThereIsRoom() throws Exception {
        mountTmpfs("size=2m");
        try (ObjectStore store = FilesystemStore.open(folder)) {
            store.put(new ObjectKey("ballast"), Content.of(new byte[1_200_000]), PutMode.CREATE);
            for (PutMode mode : PutMode.values()) {
                assertFull(() -> store.put(KEY, Content.of(new byte[1 << 20]), mode));
            }
            assertFull(() -> {
                try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
                    for (int i = 0; i < 1 << 10; i++) {
                        writer.stream().write(new byte[1 << 10]);
                    }
                    writer.commit();
                }
            });
            assertThat(store.stat(KEY)).isEmpty();
            assertThat(folder.resolve(TemporaryFiles.FOLDER)).isEmptyDirectory();

            store.delete(List.of(new ObjectKey("ballast")));
            store.put(KEY, Content.of(new byte[1 << 20]), PutMode.CREATE);
            assertThat(store.stat(KEY).orElseThrow().size()).isEqualTo(1 << 20);
        }
    }

    @Test
    void whatKilledWritersLeftMakesRoomWhenTheFileSystemIsFull() throws Exception {
        mountTmpfs("size=2m");
        try (ObjectStore store = FilesystemStore.open(folder)) {
            store.put(new ObjectKey("small"), Content.of("x"), PutMode.CREATE);
            Path left = Files.write(folder.resolve(TemporaryFiles.FOLDER).resolve("killed.tmp"), new byte[1_500_000]);
            Files.setLastModifiedTime(
                    left,
                    FileTime.from(Instant.now().minus(TemporaryFiles.STALE).minusSeconds(60)));

            assertFull(() -> store.put(KEY, Content.of(new byte[1 << 20]), PutMode.CREATE));
            assertThat(left).doesNotExist();
            store.put(KEY, Content.of(new byte[1 << 20]), PutMode.CREATE);
        }
    }

    @Test
    void withoutInodesItIsFullToo() throws Exception {
        mountTmpfs("size=2m,nr_inodes=4");
        try (ObjectStore store = FilesystemStore.open(folder)) {
            assertFull(() -> {
                for (int i = 0; i < 9; i++) {
                    store.put(new ObjectKey("object" + i), Content.of("x"), PutMode.CREATE);
                }
            });
            assertThat(folder.resolve(TemporaryFiles.FOLDER)).isEmptyDirectory();
            assertThat(FilesystemStoreTest.keys(store, ObjectKey.ROOT)).isNotEmpty();
        }
    }

    @Test
    void aReadOnlyFileSystemDeniesWritesAndCanBeRead() throws Exception {
        mountTmpfs("size=2m");
        try (ObjectStore store = FilesystemStore.open(folder)) {
            store.put(KEY, Content.of("x"), PutMode.CREATE);
            assertThat(run("mount", "-o", "remount,ro", folder.toString())).isZero();

            for (ObjectKey key : List.of(KEY, new ObjectKey("main/new"), new ObjectKey("new/folder/new"))) {
                for (PutMode mode : PutMode.values()) {
                    FilesystemStoreTest.assertReason(() -> store.put(key, Content.of("y"), mode), Reason.DENIED);
                }
            }
            FilesystemStoreTest.assertReason(() -> store.delete(List.of(KEY)), Reason.DENIED);
            assertThatThrownBy(() -> store.put(KEY, Content.of("y"), PutMode.REPLACE))
                    .hasMessageContaining("Read-only file system")
                    .hasMessageContaining(folder.toString());

            assertThat(FilesystemStoreTest.text(store, KEY)).isEqualTo("x");
            store.ensureDurable(KEY);
        }
        try (ObjectStore again = FilesystemStore.open(folder)) {
            assertThat(FilesystemStoreTest.keys(again, ObjectKey.ROOT)).containsExactly(KEY.value());
        }
    }

    @Test
    void aFolderWithoutRightsIsDeniedNotEmpty() throws IOException {
        try (ObjectStore store = FilesystemStore.open(folder)) {
            store.put(KEY, Content.of("x"), PutMode.CREATE);
            Path wals = folder.resolve("main/wals");
            Files.setPosixFilePermissions(wals, PosixFilePermissions.fromString("---------"));
            try {
                assumeFalse(Files.isReadable(wals), "root may read everything");
                FilesystemStoreTest.operations(store, KEY).forEach((name, call) -> {
                    if (!name.equals("newWriter") && !name.equals("list")) { // They do not touch the folder.
                        FilesystemStoreTest.assertReason(call, Reason.DENIED);
                    }
                });
                assertThatThrownBy(() -> FilesystemStoreTest.keys(store, ObjectKey.ROOT))
                        .hasMessageContaining("Permission denied")
                        .hasMessageContaining(wals.toString());
            } finally {
                Files.setPosixFilePermissions(wals, PosixFilePermissions.fromString("rwx------"));
            }
        }
    }

    private void mountTmpfs(String options) throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "tmpfs is Linux's");
        int code = run("mount", "-t", "tmpfs", "-o", options, "pgsidecar-test", folder.toString());
        assumeTrue(code == 0, "only root may mount");
        mounted = true;
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static void assertFull(ThrowingCallable call) {
        // Called once: the second time there may be room.
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                .hasMessageContaining("No space left on device");
    }
}
