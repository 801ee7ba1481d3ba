package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.assertEachFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.assertFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.operations;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume that is not mounted must never look like an empty repository, nor be written beside. */
class MissingRootTest {

    private static final ObjectKey KEY = new ObjectKey("main/wals/segment");

    @TempDir
    private Path parent;

    @Test
    void nothingIsSaidAndNothingIsMadeWithoutTheRoot() throws Exception {
        Path root = parent.resolve("volume/repository");
        ObjectStore store = FilesystemStore.open(root);
        assertEachFails(Reason.UNAVAILABLE, operations(store, KEY), root.toString(), "does not exist", "mount");
        assertThat(parent).isEmptyDirectory();
        Files.createDirectories(root);
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        assertThat(store.stat(KEY)).isPresent();
    }

    @Test
    void aFileIsNoRoot() throws Exception {
        Path root = Files.writeString(parent.resolve("repository"), "a file");
        ObjectStore store = FilesystemStore.open(root);
        assertEachFails(Reason.UNAVAILABLE, operations(store, KEY), root.toString(), "not a folder");
        ObjectStore below = FilesystemStore.open(root.resolve("below"));
        assertEachFails(Reason.UNAVAILABLE, operations(below, KEY), root.toString());
        assertThat(root).hasContent("a file");
    }

    @Test
    void aRootThatIsALinkToNowhereIsMissing() throws Exception {
        Path root = Files.createSymbolicLink(parent.resolve("repository"), parent.resolve("unmounted"));
        assertEachFails(Reason.UNAVAILABLE, operations(FilesystemStore.open(root), KEY), root.toString());
        Files.createDirectory(parent.resolve("unmounted"));
        FilesystemStore.open(root).put(KEY, Content.of("x"), PutMode.CREATE);
    }

    @Test
    void aRootThatGoesAwayUnderAWriterIsNotMadeAgain() throws Exception {
        Path root = Files.createDirectory(parent.resolve("repository"));
        ObjectStore store = FilesystemStore.open(root);
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            writer.stream().write(1);
            Files.move(root, parent.resolve("elsewhere"));
            assertFails(Reason.UNAVAILABLE, writer::commit).hasMessageContaining("mount");
        }
        assertThat(root).doesNotExist();
        assertThat(Failures.list(FilesystemStore.open(parent.resolve("elsewhere")), ObjectKey.ROOT))
                .isEmpty();
    }

    @Test
    void aRootThatGoesAwayUnderAListingIsNoEndOfIt() throws Exception {
        Path root = Files.createDirectory(parent.resolve("repository"));
        ObjectStore store = FilesystemStore.open(root);
        for (String key : new String[] {"a/1", "b/1", "c/1"}) {
            store.put(new ObjectKey(key), Content.of("x"), PutMode.CREATE);
        }
        try (Stream<ObjectInfo> objects = store.list(ObjectKey.ROOT)) {
            Iterator<ObjectInfo> iterator = objects.iterator();
            assertThat(iterator.next().key()).isEqualTo(new ObjectKey("a/1"));
            Files.move(root, parent.resolve("elsewhere"));
            assertFails(Reason.UNAVAILABLE, () -> iterator.forEachRemaining(o -> {}))
                    .hasMessageContaining(root.toString());
        }
    }

    @Test
    void aRelativeRootIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FilesystemStore.open(Path.of("repository")))
                .withMessageContaining("absolute");
    }
}
