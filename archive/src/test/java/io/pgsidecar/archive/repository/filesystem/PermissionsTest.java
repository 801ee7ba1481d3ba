package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.assertEachFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.assertFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A missing right is neither "absent" nor "nothing there". */
class PermissionsTest {

    private static final ObjectKey KEY = new ObjectKey("main/wals/object");

    @TempDir
    private Path parent;

    private Path root;
    private ObjectStore store;

    @BeforeEach
    void store() throws IOException {
        assumeFalse("root".equals(System.getProperty("user.name")), "root has every right");
        root = Files.createDirectory(parent.resolve("repository"));
        store = FilesystemStore.open(root);
        store.put(KEY, Content.of("x"), PutMode.CREATE);
    }

    @AfterEach
    void allow() throws IOException {
        if (root != null) {
            for (Path folder : List.of(parent, root, root.resolve("main"), root.resolve("main/wals"))) {
                permit(folder, "rwxr-xr-x");
            }
        }
    }

    @Test
    void aRootThatMayNotBeEnteredIsDenied() throws IOException {
        permit(root, "---------");
        assertEachFails(Reason.DENIED, Failures.operations(store, KEY), root.toString(), "Permission denied");
        permit(root, "rwxr-xr-x");
        permit(parent, "---------");
        assertEachFails(Reason.DENIED, Failures.operations(store, KEY), root.toString(), "Permission denied");
    }

    @Test
    void aFolderThatMayNotBeReadIsDeniedAndNotEmpty() throws IOException {
        permit(root.resolve("main/wals"), "---------");
        assertFails(Reason.DENIED, () -> store.stat(new ObjectKey("main/wals/absent")));
        assertFails(Reason.DENIED, () -> list(store, ObjectKey.ROOT))
                .hasMessageContaining(root.resolve("main/wals").toString());
        assertFails(Reason.DENIED, () -> list(store, new ObjectKey("main/wals/0000")));
    }

    @Test
    void anObjectThatMayNotBeReadIsDenied() throws IOException {
        permit(root.resolve("main/wals/object"), "---------");
        assertFails(Reason.DENIED, () -> store.open(KEY, 0))
                .hasMessageContaining(root.resolve("main/wals/object").toString());
        assertThat(store.stat(KEY)).isPresent();
    }

    @Test
    void aFolderThatMayNotBeWrittenIsDenied() throws IOException {
        permit(root.resolve("main/wals"), "r-xr-xr-x");
        ObjectKey other = new ObjectKey("main/wals/other");
        assertFails(Reason.DENIED, () -> store.put(other, Content.of("x"), PutMode.CREATE));
        assertFails(Reason.DENIED, () -> store.put(KEY, Content.of("y"), PutMode.REPLACE));
        assertFails(Reason.DENIED, () -> store.delete(List.of(KEY)));
        assertFails(
                Reason.DENIED, () -> store.put(new ObjectKey("main/wals/new/folder"), Content.of("x"), PutMode.CREATE));
        assertThat(list(store, ObjectKey.ROOT)).containsExactly(KEY.value());
        assertThat(Failures.temporaryFiles(root)).isEmpty();
    }

    private static void permit(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
}
