package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.assertEachFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.assertFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a folder can hold and an object store cannot: links, pipes, names that are no keys, folders in the way. */
class FolderContentTest {

    @TempDir
    private Path root;

    @TempDir
    private Path elsewhere;

    private ObjectStore store;

    @BeforeEach
    void open() {
        store = FilesystemStore.open(root);
    }

    @ParameterizedTest
    @EnumSource
    void anObjectIsNoFolderForOthers(PutMode mode) throws Exception {
        put("a");
        assertFails(Reason.OTHER, () -> store.put(new ObjectKey("a/b"), Content.of("x"), mode))
                .hasMessageContainingAll(root.resolve("a").toString(), "folder", "a/b");
        assertFails(Reason.OTHER, () -> store.put(new ObjectKey("a/b/c"), Content.of("x"), mode));
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("a");
        assertThat(Failures.temporaryFiles(root)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aFolderIsNotReplacedByAnObject(PutMode mode) throws Exception {
        put("a/b");
        assertFails(Reason.OTHER, () -> store.put(new ObjectKey("a"), Content.of("x"), mode))
                .hasMessageContainingAll(root.resolve("a").toString(), "folder");
        Files.createDirectory(root.resolve("empty"));
        assertFails(Reason.OTHER, () -> store.put(new ObjectKey("empty"), Content.of("x"), mode));
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("a/b");
        assertThat(Failures.temporaryFiles(root)).isEmpty();
    }

    @Test
    void deleteRemovesNoFolderNotEvenAnEmptyOne() throws Exception {
        put("a/b/c");
        store.delete(List.of(new ObjectKey("a/b/c")));
        store.delete(List.of(new ObjectKey("a/b"), new ObjectKey("a")));
        assertThat(root.resolve("a/b")).isDirectory();
        assertThat(list(store, ObjectKey.ROOT)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {TemporaryFiles.FOLDER, TemporaryFiles.FOLDER + "/x.tmp", "lost+found", "lost+found/x"})
    void theStoresOwnFolderAndTheFileSystemsAreNoObjects(String reserved) throws Exception {
        put("a");
        ObjectKey key = new ObjectKey(reserved);
        Failures.operations(store, key).entrySet().stream()
                .filter(o -> !o.getKey().equals("list"))
                .forEach(o -> assertThatIllegalArgumentException()
                        .as(o.getKey())
                        .isThrownBy(o.getValue())
                        .withMessageContaining(reserved));
        Files.createDirectories(root.resolve("lost+found"));
        Files.writeString(root.resolve("lost+found/inode"), "x");
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("a");
        put("a.d/" + reserved); // Only below the root are they special.
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("a", "a.d/" + reserved);
    }

    @Test
    void linkedFoldersAndFilesAreFollowed() throws Exception {
        Files.createDirectory(elsewhere.resolve("wals"));
        Files.createDirectory(root.resolve("main"));
        Files.createSymbolicLink(root.resolve("main/wals"), elsewhere.resolve("wals"));
        put("main/wals/segment");
        assertThat(elsewhere.resolve("wals/segment")).hasContent("main/wals/segment");
        Files.createSymbolicLink(root.resolve("main/file"), elsewhere.resolve("wals/segment"));
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("main/file", "main/wals/segment");
        assertThat(store.stat(new ObjectKey("main/file")).orElseThrow().size()).isEqualTo(17);
        store.ensureDurable(new ObjectKey("main/file"));
        store.delete(List.of(new ObjectKey("main/file")));
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("main/wals/segment");
    }

    @Test
    void loopsOfLinksEnd() throws Exception {
        put("a/b/object");
        put("a/object");
        for (String name : List.of("loop-1", "loop-2", "loop-3")) {
            Files.createSymbolicLink(root.resolve("a").resolve(name), root.resolve("a"));
            Files.createSymbolicLink(root.resolve("a/b").resolve(name), root);
        }
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("a/b/object", "a/object");
    }

    @Test
    void aLinkThatLeadsNowhereIsNoProofOfAbsence() throws Exception {
        Files.createDirectory(root.resolve("main"));
        Path unmounted = elsewhere.resolve("unmounted");
        Files.createSymbolicLink(root.resolve("main/wals"), unmounted);
        ObjectKey key = new ObjectKey("main/wals/0000/segment");
        Map<String, ThrowingCallable> operations = Failures.operations(store, key);
        operations.remove("newWriter"); // It looks where it writes to at its commit.
        assertEachFails(
                Reason.UNAVAILABLE, operations, root.resolve("main/wals").toString(), "leads nowhere");
        assertFails(Reason.UNAVAILABLE, () -> store.stat(new ObjectKey("main/wals")));
        assertFails(Reason.UNAVAILABLE, () -> store.put(new ObjectKey("main/wals"), Content.of("x"), PutMode.CREATE));
        Files.createDirectory(unmounted);
        assertThat(store.stat(key)).isEmpty();
        store.put(key, Content.of("x"), PutMode.CREATE);
        assertThat(unmounted.resolve("0000/segment")).exists();
    }

    @Test
    void aLinkToItselfIsAnErrorAndNotAbsent() throws Exception {
        Files.createSymbolicLink(root.resolve("self"), Path.of("self"));
        for (String key : List.of("self", "self/object")) {
            assertFails(Reason.UNAVAILABLE, () -> store.stat(new ObjectKey(key)));
            assertFails(Reason.UNAVAILABLE, () -> list(store, new ObjectKey(key)));
        }
        assertFails(Reason.UNAVAILABLE, () -> list(store, ObjectKey.ROOT)).hasMessageContaining("self");
    }

    @Test
    void whatIsNeitherFileNorFolderIsNoObjectAndIsNotReplaced() throws Exception {
        put("object");
        ObjectKey key = new ObjectKey("socket");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(root.resolve("socket")));
            assertThat(list(store, ObjectKey.ROOT)).containsExactly("object");
            assertThat(store.stat(key)).isEmpty();
            assertThatThrownBy(() -> store.open(key, 0)).isInstanceOf(ObjectNotFoundException.class);
            store.delete(List.of(key));
            assertFails(Reason.OTHER, () -> store.put(key, Content.of("x"), PutMode.CREATE))
                    .hasMessageContaining("not a regular file");
            assertThat(root.resolve("socket")).exists();
        }
    }

    @Test
    void namesThatNoKeyHasAreNotListed() throws Exception {
        put("a/object");
        Files.writeString(root.resolve("a/back\\slash"), "x");
        Files.writeString(root.resolve("a/line\nfeed"), "x");
        Files.createDirectory(root.resolve("a/\u0001"));
        Files.writeString(root.resolve("a/\u0001/inside"), "x");
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("a/object");
    }

    @Test
    void namesThatAreNoUtf8AreNotListed() throws Exception {
        put("a/object");
        Process touch = new ProcessBuilder("sh", "-c", "touch \"$(printf 'a\\377b')\" && mkdir \"$(printf '\\377')\"")
                .directory(root.resolve("a").toFile())
                .redirectErrorStream(true)
                .start();
        assumeTrue(touch.waitFor() == 0, "the file system takes only names in UTF-8");
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("a/object");
    }

    private void put(String key) throws Exception {
        store.put(new ObjectKey(key), Content.of(key), PutMode.CREATE);
    }
}
