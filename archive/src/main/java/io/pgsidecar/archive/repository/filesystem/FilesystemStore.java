package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStore;
import java.nio.file.Path;

/** Opens a folder as an {@link ObjectStore}. */
public final class FilesystemStore {

    private FilesystemStore() {}

    /**
     * The store in a folder. The folder is not made: an agent that starts before a volume is mounted must not archive
     * into the mount point. It may be missing now; each operation then says so.
     *
     * @param root absolute
     */
    public static ObjectStore open(Path root) {
        FilesystemObjectStore store = new FilesystemObjectStore(root, HardLinks.SYSTEM);
        store.sweep();
        return store;
    }
}
