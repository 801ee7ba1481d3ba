package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStore;
import java.nio.file.Path;

/** Opens a folder as an {@link ObjectStore}. */
public final class FilesystemStore {

    private FilesystemStore() {}

    /**
     * The store in a folder. The folder is never made: an agent that starts before a volume is mounted must not archive
     * into the mount point. It may be missing now; each operation then says so.
     *
     * <p>Nothing is read or written here, since a file server that is away can hold up whoever asks it. What killed
     * writers have left is swept before the first write, and again when the file system is full.
     *
     * @param root absolute; on one file system with all that is below it
     */
    public static ObjectStore open(Path root) {
        if (!root.isAbsolute()) {
            throw new IllegalArgumentException("the repository's folder is not an absolute path: " + root);
        }
        return new FilesystemObjectStore(root, HardLinks.SYSTEM);
    }
}
