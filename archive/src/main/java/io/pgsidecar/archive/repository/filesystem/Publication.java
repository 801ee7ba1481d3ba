package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Gives a written and synced file its name, at once and durably.
 *
 * <p>To create is a hard link, the one call that every file system decides at the server and that never replaces
 * anything. If the sync of the folder fails after it, the object is visible and perhaps not durable: the write fails,
 * and the object stays, since another process may already have found it, made it durable and said so.
 */
final class Publication {

    private final StoreRoot root;
    private final HardLinks hardLinks;
    private final Folders folders;
    private final TemporaryFiles temporary;

    Publication(StoreRoot root, HardLinks hardLinks, Folders folders, TemporaryFiles temporary) {
        this.root = root;
        this.hardLinks = hardLinks;
        this.folders = folders;
        this.temporary = temporary;
    }

    /** Publishes. The file's own name may be left, as a second one of the object. */
    void publish(Path written, ObjectKey key, PutMode mode) throws IOException {
        Path file = root.file(key);
        root.require();
        createFolder(Folders.parent(file), key);
        if (!Files.exists(written, LinkOption.NOFOLLOW_LINKS)) {
            throw new ObjectStoreException(
                    Reason.UNAVAILABLE,
                    "the temporary file %s of %s has vanished: not written to for %d minutes, it was taken for a killed writer's"
                            .formatted(written, key, TemporaryFiles.STALE.toMinutes()),
                    null);
        }
        if (Files.isDirectory(file)) {
            throw new ObjectStoreException(
                    Reason.OTHER, "%s is a folder, so no object can have that name".formatted(file), null);
        }
        switch (mode) {
            case CREATE -> create(written, file, key);
            case REPLACE -> Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        }
        Folders.sync(Folders.parent(file));
        PageCache.drop(file);
    }

    private void createFolder(Path folder, ObjectKey key) throws IOException {
        try {
            folders.create(folder);
        } catch (FileAlreadyExistsException e) {
            Path taken = Path.of(e.getFile());
            root.provesAbsent(taken); // Says so if it is a link that leads nowhere.
            throw new ObjectStoreException(
                    Reason.OTHER, "the file %s has the name of a folder that %s needs".formatted(taken, key), e);
        }
    }

    private void create(Path written, Path file, ObjectKey key) throws IOException {
        try {
            link(written, file);
        } catch (FileAlreadyExistsException e) {
            if (sameFile(written, file)) {
                return; // NFS: the link was made, its answer lost, and the request sent again.
            }
            if (!Files.isRegularFile(file)) {
                root.provesAbsent(file);
                throw new ObjectStoreException(
                        Reason.OTHER, "%s is there and is not a regular file".formatted(file), e);
            }
            folders.makeDurable(file);
            throw new ObjectExistsException(key, e);
        }
    }

    private void link(Path written, Path file) throws IOException {
        try {
            hardLinks.link(file, written);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException e) {
            renameUnderLock(written, file);
        } catch (IOException e) {
            // Only then: beside processes that link, and take no lock, the rename could replace what one of them made.
            if (!FilesystemErrors.noHardLinks(e)) {
                throw e;
            }
            renameUnderLock(written, file);
        }
    }

    private void renameUnderLock(Path written, Path file) throws IOException {
        try (CreateLock _ = CreateLock.acquire(temporary.createLock())) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static boolean sameFile(Path written, Path file) throws IOException {
        return Files.exists(written) && Files.exists(file) && Files.isSameFile(written, file);
    }
}
