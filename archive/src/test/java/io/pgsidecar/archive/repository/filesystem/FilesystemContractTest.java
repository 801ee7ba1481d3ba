package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreContract;
import io.pgsidecar.archive.repository.ObjectStoreListing;
import io.pgsidecar.archive.repository.ObjectStoreRaces;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract, held by a folder on a file system with hard links and on one without. */
class FilesystemContractTest {

    /** What Linux answers on file systems that have none. */
    static final HardLinks NONE = (name, file) -> {
        throw new FileSystemException(name.toString(), file.toString(), "Operation not permitted");
    };

    @TempDir
    private Path folder;

    @Nested
    class Objects extends ObjectStoreContract {
        @Override
        protected ObjectStore newStore() {
            return FilesystemStore.open(folder);
        }
    }

    @Nested
    class Listing extends ObjectStoreListing {
        @Override
        protected ObjectStore newStore() {
            return FilesystemStore.open(folder);
        }
    }

    @Nested
    class Races extends ObjectStoreRaces {
        @Override
        protected ObjectStore newStore() {
            return FilesystemStore.open(folder);
        }
    }

    @Nested
    class ObjectsWithoutHardLinks extends ObjectStoreContract {
        @Override
        protected ObjectStore newStore() {
            return new FilesystemObjectStore(folder, NONE);
        }
    }

    @Nested
    class RacesWithoutHardLinks extends ObjectStoreRaces {
        @Override
        protected ObjectStore newStore() {
            return new FilesystemObjectStore(folder, NONE);
        }
    }
}
