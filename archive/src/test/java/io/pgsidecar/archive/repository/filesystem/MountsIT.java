package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.assertEachFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.assertFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.list;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MountsIT {

    private static final ObjectKey KEY = new ObjectKey("main/object");

    @TempDir
    private Path root;

    @Test
    void aReadOnlyVolumeIsReadAndRefusesTheRest() throws Exception {
        ObjectStore store = FilesystemStore.open(root);
        try (MountedFilesystem filesystem = MountedFilesystem.mount(root, "size=1m")) {
            store.put(KEY, Content.of("x"), PutMode.CREATE);
            filesystem.remount("ro");
            assertThat(list(FilesystemStore.open(root), ObjectKey.ROOT)).containsExactly("main/object");
            store.open(KEY, 0).close();
            assertThat(store.stat(new ObjectKey("main/absent"))).isEmpty();
            ObjectKey other = new ObjectKey("main/other");
            Map<String, ThrowingCallable> writes = new LinkedHashMap<>();
            writes.put("create", () -> store.put(other, Content.of("x"), PutMode.CREATE));
            writes.put("replace", () -> store.put(KEY, Content.of("x"), PutMode.REPLACE));
            writes.put(
                    "create in another process",
                    () -> FilesystemStore.open(root).put(other, Content.of("x"), PutMode.CREATE));
            writes.put("delete", () -> store.delete(List.of(KEY)));
            assertEachFails(Reason.DENIED, writes, root.resolve("main").toString(), "Read-only file system");
            filesystem.remount("rw");
            assertThat(list(store, ObjectKey.ROOT)).containsExactly("main/object");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFolderThatIsAnotherVolumeIsReadAndNotWritten(PutMode mode) throws Exception {
        ObjectStore store = FilesystemStore.open(root);
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        Path volume = root.resolve("main/wals");
        try (MountedFilesystem _ = MountedFilesystem.mount(volume, "size=1m")) {
            assertFails(Reason.OTHER, () -> store.put(new ObjectKey("main/wals/segment"), Content.of("x"), mode))
                    .hasMessageContainingAll(volume.toString(), "another file system");
            assertThat(list(store, ObjectKey.ROOT)).containsExactly("main/object");
        }
    }
}
