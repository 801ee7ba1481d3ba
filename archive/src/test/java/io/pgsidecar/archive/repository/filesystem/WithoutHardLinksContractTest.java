package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreContract;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** One store meets the file system's error, the other Java's: they must keep each other from overwriting too. */
class WithoutHardLinksContractTest implements ObjectStoreContract {

    @TempDir
    private Path root;

    private ObjectStore store;
    private ObjectStore another;

    @BeforeEach
    void open() {
        store = new FilesystemObjectStore(root, (name, file) -> {
            throw new FileSystemException(name.toString(), file.toString(), "Operation not permitted");
        });
        another = new FilesystemObjectStore(root, (name, file) -> {
            throw new UnsupportedOperationException();
        });
    }

    @Override
    public ObjectStore store() {
        return store;
    }

    @Override
    public ObjectStore another() {
        return another;
    }
}
