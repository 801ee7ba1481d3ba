package io.pgsidecar.archive.repository.filesystem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Folders that survive the loss of power: a new name is durable only when the folder that holds it was synced. A folder
 * that is there may have been made by a process that was killed before it came to its sync, so each one is synced into
 * its parent once by this process, whoever has made it.
 */
final class Folders {

    /** WAL holds all that the database holds: owner and group may look, nobody else. The umask takes more. */
    private static final FileAttribute<Set<PosixFilePermission>> MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---"));

    /** Enough for the folders in use; forgetting costs a sync. */
    private static final int REMEMBERED = 4096;

    private final Path root;
    /** By path the identity (device and inode): another folder may have taken the name since. */
    private final ConcurrentMap<Path, Object> durable = new ConcurrentHashMap<>();

    Folders(Path root) {
        this.root = root;
    }

    /**
     * Makes a folder below the root, and those above it, durably. The root itself is never made.
     *
     * @throws FileAlreadyExistsException if a file has the name of a folder
     */
    void create(Path folder) throws IOException {
        if (folder.equals(root)) {
            return;
        }
        Optional<Object> identity = identity(folder);
        if (identity.isPresent() && identity.get().equals(durable.get(folder))) {
            return;
        }
        create(parent(folder));
        if (identity.isEmpty()) {
            try {
                Files.createDirectory(folder, MODE);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(folder)) {
                    throw e;
                }
            }
            identity = identity(folder);
        }
        sync(parent(folder));
        if (durable.size() >= REMEMBERED) {
            durable.clear();
        }
        identity.ifPresent(i -> durable.put(folder, i));
    }

    /** The folder that a path below the root lies in. */
    static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent(), "a path below the root has a parent");
    }

    /** Makes a file's content durable, or the names in a folder. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Makes a file durable that somebody else may have written, and its name. */
    void makeDurable(Path file) throws IOException {
        sync(file);
        create(parent(file));
        sync(parent(file));
    }

    private static Optional<Object> identity(Path folder) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(folder, BasicFileAttributes.class);
            return attributes.isDirectory() ? Optional.ofNullable(attributes.fileKey()) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
