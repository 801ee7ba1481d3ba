package io.pgsidecar.archive.repository.filesystem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Folders that survive the loss of power: a new name is durable only when the folder that holds it was synced. A folder
 * that is there may have been made by a process that was killed before it came to its sync, so each one is synced into
 * its parent once by this process, whoever has made it.
 */
final class Folders {

    /** Enough for the folders in use; forgetting costs a sync. */
    private static final int REMEMBERED = 4096;

    private final Path root;
    private final Set<Path> durable = ConcurrentHashMap.newKeySet();

    Folders(Path root) {
        this.root = root;
    }

    /** Makes a folder below the root, and those above it, durably. */
    void create(Path folder) throws IOException {
        if (folder.equals(root)) {
            return;
        }
        boolean exists = Files.isDirectory(folder);
        if (exists && durable.contains(folder)) {
            return;
        }
        create(parent(folder));
        if (!exists) {
            try {
                Files.createDirectory(folder);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(folder)) {
                    throw e;
                }
            }
        }
        sync(parent(folder));
        if (durable.size() >= REMEMBERED) {
            durable.clear();
        }
        durable.add(folder);
    }

    /** The folder that a path below the root lies in. */
    static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent(), "a path below the root has a parent");
    }

    /** Makes the names in a folder durable. */
    static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Makes a file durable that somebody else may have written, and its name. */
    void makeDurable(Path file) throws IOException {
        sync(file);
        create(parent(file));
        sync(parent(file));
    }
}
