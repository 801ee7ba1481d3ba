package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One write of each kind, for whoever watches its system calls. */
final class DurabilityProcess {

    private DurabilityProcess() {}

    /** Argument: the root, in which {@code main/there} exists. */
    static void main(String[] args) throws IOException {
        ObjectStore store = FilesystemStore.open(Path.of(args[0]));
        store.put(new ObjectKey("main/new/created"), Content.of("x"), PutMode.CREATE);
        store.put(new ObjectKey("main/new/replaced"), Content.of("x"), PutMode.REPLACE);
        try {
            store.put(new ObjectKey("main/there"), Content.of("x"), PutMode.CREATE);
        } catch (ObjectExistsException e) {
            System.out.println("exists");
        }
        try (ObjectWriter writer = store.newWriter(new ObjectKey("main/found"), PutMode.CREATE)) {
            Files.writeString(Path.of(args[0], "main/found"), "another's");
            writer.commit();
        } catch (ObjectExistsException e) {
            System.out.println("found at the commit");
        }
        store.delete(List.of(new ObjectKey("main/new/replaced")));
    }
}
