package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.assertFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.list;
import static io.pgsidecar.archive.repository.filesystem.Failures.temporaryFiles;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The moment in which a written file becomes an object, on file systems that answer in unusual ways. */
class PublicationTest {

    private static final ObjectKey KEY = new ObjectKey("main/object");

    @TempDir
    private Path root;

    @Test
    void aLinkWhoseAnswerWasLostIsOurs() throws Exception {
        // NFS sends a request again when its answer is lost, and then hears that the name is taken: by itself.
        ObjectStore store = new FilesystemObjectStore(root, (name, file) -> {
            HardLinks.SYSTEM.link(name, file);
            throw new FileAlreadyExistsException(name.toString());
        });
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        assertThat(root.resolve("main/object")).hasContent("x");
        assertThat(temporaryFiles(root)).isEmpty();
    }

    @Test
    void anotherThatCameFirstIsLeftAlone() throws Exception {
        ObjectStore store = new FilesystemObjectStore(root, (name, file) -> {
            Files.writeString(name, "another's");
            HardLinks.SYSTEM.link(name, file);
        });
        assertThatThrownBy(() -> store.put(KEY, Content.of("ours"), PutMode.CREATE))
                .isInstanceOf(ObjectExistsException.class);
        assertThat(root.resolve("main/object")).hasContent("another's");
        assertThat(temporaryFiles(root)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Input/output error", "No space left on device", "Too many links", "Stale file handle", "Unknown"
            })
    void aLinkThatFailsForOnceIsNotMadeUpForByARename(String words) throws Exception {
        // The rename would replace what a process for which the link works has made meanwhile.
        ObjectStore store = new FilesystemObjectStore(root, (name, file) -> {
            Files.writeString(name, "another's");
            throw new FileSystemException(name.toString(), file.toString(), words);
        });
        assertFails(Reason.UNAVAILABLE, () -> store.put(KEY, Content.of("ours"), PutMode.CREATE))
                .hasMessageContaining(words);
        assertThat(root.resolve("main/object")).hasContent("another's");
        assertThat(temporaryFiles(root)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Operation not permitted", "Operation not supported", "Function not implemented"})
    void withoutHardLinksALockKeepsFromOverwriting(String words) throws Exception {
        ObjectStore store = new FilesystemObjectStore(root, (name, file) -> {
            throw new FileSystemException(name.toString(), file.toString(), words);
        });
        store.put(KEY, Content.of("first"), PutMode.CREATE);
        assertThatThrownBy(() -> store.put(KEY, Content.of("second"), PutMode.CREATE))
                .isInstanceOf(ObjectExistsException.class);
        assertThat(root.resolve("main/object")).hasContent("first");
        assertThat(temporaryFiles(root))
                .containsExactly(root.resolve(TemporaryFiles.FOLDER).resolve("create.lock"));
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("main/object");
    }

    @Test
    void theWaitForTheLockIsBounded() throws Exception {
        Path file = root.resolve("create.lock");
        try (CreateLock _ = CreateLock.acquire(file);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<IOException> other = threads.submit(() -> {
                try (CreateLock _ = CreateLock.acquire(file, Duration.ofMillis(50))) {
                    return new IOException("acquired");
                } catch (IOException e) {
                    return e;
                }
            });
            assertFails(Reason.UNAVAILABLE, () -> {
                        throw other.get();
                    })
                    .hasMessageContaining(file.toString());
        }
        CreateLock.acquire(file, Duration.ZERO).close();
    }

    @Test
    void aFolderOnAnotherFileSystemIsNamedAsTheReason() {
        ObjectStore store = new FilesystemObjectStore(root, (name, file) -> {
            throw new FileSystemException(name.toString(), file.toString(), "Invalid cross-device link");
        });
        assertFails(Reason.OTHER, () -> store.put(KEY, Content.of("x"), PutMode.CREATE))
                .hasMessageContainingAll(root.resolve("main/object").toString(), "another file system");
    }
}
