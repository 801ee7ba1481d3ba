package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.file.Path;

/** Creates objects that another process creates too, and prints the key of each that it won. */
final class CreatingProcess {

    private CreatingProcess() {}

    /** Arguments: the root, how many objects, its own name, whether the file system is to have hard links. */
    static void main(String[] args) throws IOException {
        ObjectStore store = Boolean.parseBoolean(args[3])
                ? FilesystemStore.open(Path.of(args[0]))
                : new FilesystemObjectStore(Path.of(args[0]), (name, file) -> {
                    throw new UnsupportedOperationException();
                });
        System.out.println("ready");
        int start = System.in.read();
        for (int i = 0; start >= 0 && i < Integer.parseInt(args[1]); i++) {
            ObjectKey key = key(i);
            try {
                store.put(key, Content.of(args[2]), PutMode.CREATE);
                System.out.println(key);
            } catch (ObjectExistsException e) {
                // The other's.
            }
        }
    }

    static ObjectKey key(int i) {
        return ObjectKey.of("raced", "folder-" + i / 10, "object-" + i);
    }
}
