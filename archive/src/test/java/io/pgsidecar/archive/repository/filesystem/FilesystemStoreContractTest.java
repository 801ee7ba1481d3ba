package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class FilesystemStoreContractTest implements ObjectStoreContract {

    @TempDir
    private Path root;

    private ObjectStore store;
    private ObjectStore another;

    @BeforeEach
    void open() {
        store = FilesystemStore.open(root);
        another = FilesystemStore.open(root);
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
