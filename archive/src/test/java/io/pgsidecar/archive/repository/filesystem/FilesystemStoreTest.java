package io.pgsidecar.archive.repository.filesystem;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a folder can do to a store that no other back end knows. */
class FilesystemStoreTest {

    private static final ObjectKey KEY = new ObjectKey("main/wals/object");

    @TempDir
    private Path root;

    @Test
    void whatAKilledWriterLeftIsInvisibleAndSweptWhenItIsOld() throws IOException {
        Path temporary = Files.createDirectory(root.resolve(TemporaryFiles.FOLDER));
        Instant now = Instant.now();
        Path old = left(temporary, "old.tmp", now.minus(TemporaryFiles.STALE).minusSeconds(60));
        Path young =
                left(temporary, "young.tmp", now.minus(TemporaryFiles.STALE).plusSeconds(60));
        Path live = left(temporary, "live.tmp", now);
        Path other = left(temporary, "create.lock", now.minus(Duration.ofDays(9)));

        try (ObjectStore store = FilesystemStore.open(root)) {
            assertThat(keys(store, ObjectKey.ROOT)).isEmpty();
        }
        assertThat(temporary.toFile().list())
                .containsExactlyInAnyOrder(
                        young.getFileName().toString(),
                        live.getFileName().toString(),
                        other.getFileName().toString());
        assertThat(old).doesNotExist();
    }

    @Test
    void noKeyReachesTheTemporaryFiles() throws IOException {
        try (ObjectStore store = FilesystemStore.open(root)) {
            store.put(KEY, Content.of("x"), PutMode.CREATE);
            assertThat(root.resolve(TemporaryFiles.FOLDER)).isEmptyDirectory();
            for (String value : List.of(TemporaryFiles.FOLDER, TemporaryFiles.FOLDER + "/a.tmp")) {
                ObjectKey key = new ObjectKey(value);
                for (ThrowingCallable call : operations(store, key).values()) {
                    assertThatThrownBy(call)
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("temporary");
                }
            }
            // Only at the root is the name special.
            store.put(ObjectKey.of("a", TemporaryFiles.FOLDER), Content.of("x"), PutMode.CREATE);
            assertThat(keys(store, ObjectKey.ROOT)).containsExactly("a/" + TemporaryFiles.FOLDER, KEY.value());
        }
    }

    @Test
    void theRootNamesNoObject() throws IOException {
        try (ObjectStore store = FilesystemStore.open(root)) {
            assertThatThrownBy(() -> store.stat(ObjectKey.ROOT)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.put(ObjectKey.ROOT, Content.of("x"), PutMode.REPLACE))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void withoutItsFolderTheStoreIsAwayNotEmpty() throws IOException {
        Path missing = root.resolve("not-mounted");
        try (ObjectStore store = FilesystemStore.open(missing)) {
            operations(store, KEY)
                    .forEach((name, call) -> assertThatThrownBy(call)
                            .as(name)
                            .isInstanceOfSatisfying(
                                    ObjectStoreException.class,
                                    e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                            .hasMessageContaining(missing.toString())
                            .hasMessageContaining("does not exist"));
            assertThat(missing).doesNotExist();
            // It is there later: no restart is needed.
            Files.createDirectory(missing);
            store.put(KEY, Content.of("x"), PutMode.CREATE);
            assertThat(store.stat(KEY)).isPresent();
        }
    }

    @Test
    void aFileInTheFoldersPlaceIsAnErrorToo() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "x");
        try (ObjectStore store = FilesystemStore.open(file)) {
            operations(store, KEY)
                    .forEach((name, call) -> assertThatThrownBy(call)
                            .as(name)
                            .isInstanceOfSatisfying(
                                    ObjectStoreException.class,
                                    e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                            .hasMessageContaining("is not a folder"));
        }
    }

    @Test
    void aFolderThatGoesAwayBeforeTheCommitIsNoSuccess() throws IOException {
        Path mounted = Files.createDirectory(root.resolve("mounted"));
        try (ObjectStore store = FilesystemStore.open(mounted);
                ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            writer.stream().write('x');
            Files.move(mounted, root.resolve("elsewhere"));
            assertReason(writer::commit, Reason.UNAVAILABLE);
            Files.createDirectory(mounted);
            assertThat(store.stat(KEY)).isEmpty();
        }
    }

    @Test
    void aFileWhereAFolderMustBeIsNamed() throws IOException {
        try (ObjectStore store = FilesystemStore.open(root)) {
            store.put(new ObjectKey("a/b"), Content.of("object"), PutMode.CREATE);
            for (PutMode mode : PutMode.values()) {
                ObjectKey below = new ObjectKey("a/b/c/d");
                assertThatThrownBy(() -> store.put(below, Content.of("x"), mode))
                        .isInstanceOfSatisfying(
                                ObjectStoreException.class,
                                e -> assertThat(e.reason()).isEqualTo(Reason.OTHER))
                        .hasMessageContaining(root.resolve("a/b").toString());
            }
            assertThat(Files.readString(root.resolve("a/b"))).isEqualTo("object");
            assertThat(root.resolve(TemporaryFiles.FOLDER)).isEmptyDirectory();
        }
    }

    @Test
    void aFolderWhereTheObjectMustBeIsNamed() throws IOException {
        try (ObjectStore store = FilesystemStore.open(root)) {
            store.put(new ObjectKey("a/b/c"), Content.of("object"), PutMode.CREATE);
            for (PutMode mode : PutMode.values()) {
                assertThatThrownBy(() -> store.put(new ObjectKey("a/b"), Content.of("x"), mode))
                        .isInstanceOfSatisfying(
                                ObjectStoreException.class,
                                e -> assertThat(e.reason()).isEqualTo(Reason.OTHER))
                        .hasMessageContaining(root.resolve("a/b").toString());
            }
            assertThat(keys(store, ObjectKey.ROOT)).containsExactly("a/b/c");
            assertThat(root.resolve(TemporaryFiles.FOLDER)).isEmptyDirectory();
        }
    }

    @Test
    void foldersMayBeLinks() throws IOException {
        Path volume = Files.createDirectory(root.resolve("volume"));
        Path repository = Files.createDirectory(root.resolve("repository"));
        Path elsewhere = Files.createDirectory(root.resolve("elsewhere"));
        Files.createSymbolicLink(volume.resolve("link"), repository);
        Files.createSymbolicLink(repository.resolve("main"), elsewhere);
        try (ObjectStore store = FilesystemStore.open(volume.resolve("link"))) {
            store.put(KEY, Content.of("x"), PutMode.CREATE);
            assertThat(elsewhere.resolve("wals/object")).hasContent("x");
            assertThat(keys(store, ObjectKey.ROOT)).containsExactly(KEY.value());
            assertThat(keys(store, new ObjectKey("main"))).containsExactly(KEY.value());
            store.ensureDurable(KEY);
        }
    }

    @Test
    void linksThatGoRoundDoNotHangTheListing() throws IOException {
        Path folder = Files.createDirectories(root.resolve("a/b"));
        Files.writeString(folder.resolve("object"), "x");
        // Two in each folder: to follow them to any depth would double the work with every part.
        for (Path in : List.of(root.resolve("a"), folder)) {
            Files.createSymbolicLink(in.resolve("up1"), root.resolve("a"));
            Files.createSymbolicLink(in.resolve("up2"), root);
        }
        Files.createSymbolicLink(folder.resolve("nowhere"), root.resolve("absent"));
        try (ObjectStore store = FilesystemStore.open(root)) {
            List<String> found = assertTimeoutPreemptively(Duration.ofSeconds(60), () -> keys(store, ObjectKey.ROOT));
            assertThat(found).containsExactly("a/b/object");
        }
    }

    @Test
    void aLinkToItselfIsAnErrorThatNamesIt() throws IOException {
        Files.createSymbolicLink(root.resolve("loop"), root.resolve("loop"));
        try (ObjectStore store = FilesystemStore.open(root)) {
            assertReason(() -> keys(store, ObjectKey.ROOT), Reason.UNAVAILABLE);
            assertThatThrownBy(() -> keys(store, ObjectKey.ROOT)).hasMessageContaining("loop");
            assertReason(() -> store.stat(new ObjectKey("loop")), Reason.UNAVAILABLE);
        }
    }

    @Test
    void filesThatAreNoObjectsAreNotListed() throws IOException {
        Files.writeString(root.resolve("back\\slash"), "x");
        Files.writeString(root.resolve("object"), "x");
        Files.createDirectory(root.resolve("empty"));
        try (ObjectStore store = FilesystemStore.open(root)) {
            assertThat(keys(store, ObjectKey.ROOT)).containsExactly("object");
        }
    }

    /** Were any error taken for "no links here", this process would rename over what another one links. */
    @Test
    void anErrorThatPassesIsNotTakenForAFileSystemWithoutLinks() throws IOException {
        AtomicInteger calls = new AtomicInteger();
        HardLinks failsOnce = (name, file) -> {
            if (calls.getAndIncrement() == 0) {
                throw new FileSystemException(name.toString(), file.toString(), "No space left on device");
            }
            HardLinks.SYSTEM.link(name, file);
        };
        try (ObjectStore store = new FilesystemObjectStore(root, failsOnce)) {
            assertReason(() -> store.put(KEY, Content.of("x"), PutMode.CREATE), Reason.UNAVAILABLE);
            assertThat(store.stat(KEY)).isEmpty();
            assertThat(root.resolve(TemporaryFiles.FOLDER)).isEmptyDirectory();
            store.put(KEY, Content.of("y"), PutMode.CREATE);
        }
        assertThat(root.resolve(KEY.value())).hasContent("y");
    }

    @Test
    void withoutHardLinksTheRenameIsConditional() throws IOException {
        HardLinks unsupported = (name, file) -> {
            throw new UnsupportedOperationException();
        };
        try (ObjectStore store = new FilesystemObjectStore(root, unsupported)) {
            store.put(KEY, Content.of("first"), PutMode.CREATE);
            assertThatThrownBy(() -> store.put(KEY, Content.of("second"), PutMode.CREATE))
                    .hasMessageContaining("exists");
        }
        assertThat(root.resolve(KEY.value())).hasContent("first");
    }

    /** Every operation of a store, by name. */
    static Map<String, ThrowingCallable> operations(ObjectStore store, ObjectKey key) {
        Map<String, ThrowingCallable> all = new LinkedHashMap<>();
        all.put("stat", () -> store.stat(key));
        all.put("open", () -> store.open(key, 0));
        all.put("create", () -> store.put(key, Content.of("x"), PutMode.CREATE));
        all.put("replace", () -> store.put(key, Content.of("x"), PutMode.REPLACE));
        all.put("newWriter", () -> store.newWriter(key, PutMode.CREATE));
        all.put("list", () -> keys(store, key));
        all.put("delete", () -> store.delete(List.of(key)));
        all.put("ensureDurable", () -> store.ensureDurable(key));
        return all;
    }

    static List<String> keys(ObjectStore store, ObjectKey prefix) throws IOException {
        try (Stream<ObjectInfo> objects = store.list(prefix)) {
            return objects.map(o -> o.key().value()).toList();
        }
    }

    static String text(ObjectStore store, ObjectKey key) throws IOException {
        try (InputStream in = store.open(key, 0)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    static void assertReason(ThrowingCallable call, Reason reason) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ObjectStoreException.class,
                        e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
    }

    private static Path left(Path folder, String name, Instant modified) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "part of an obj");
        return Files.setLastModifiedTime(file, FileTime.from(modified));
    }
}
