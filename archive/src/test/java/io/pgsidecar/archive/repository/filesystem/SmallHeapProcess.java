package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.InputStreams;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Stores, reads and lists more than fits into its memory. */
final class SmallHeapProcess {

    static final int OBJECT = 64 << 20;
    static final int FILES = 300;
    static final int FOLDERS = 100;

    private SmallHeapProcess() {}

    /** Argument: the root. Prints how many bytes it has read and how many objects it has listed. */
    static void main(String[] args) throws IOException {
        Path root = Path.of(args[0]);
        ObjectStore store = FilesystemStore.open(root);
        store.put(new ObjectKey("put"), new Zeros(), PutMode.CREATE);
        byte[] large = new byte[4 << 20];
        try (ObjectWriter writer = store.newWriter(new ObjectKey("written"), PutMode.CREATE)) {
            for (int i = 0; i < OBJECT / large.length; i++) {
                writer.stream().write(large);
            }
            writer.commit();
        }
        long read = 0;
        for (String key : new String[] {"put", "written"}) {
            try (InputStream in = store.open(new ObjectKey(key), 0)) {
                for (int n = in.read(large); n >= 0; n = in.read(large)) {
                    read += n;
                }
            }
        }
        System.out.println(read);
        System.out.println(list(store, root.resolve("many")));
    }

    private static long list(ObjectStore store, Path many) throws IOException {
        String padding = "x".repeat(200);
        for (int folder = 0; folder < FOLDERS; folder++) {
            Path path = Files.createDirectories(many.resolve("folder-" + folder));
            for (int file = 0; file < FILES; file++) {
                Files.createFile(path.resolve("object-" + file + padding));
            }
        }
        try (Stream<ObjectInfo> objects = store.list(new ObjectKey("many"))) {
            long count = 0;
            for (var i = objects.iterator(); i.hasNext(); i.next()) {
                count++;
            }
            return count;
        }
    }

    private record Zeros() implements Content {
        @Override
        public long length() {
            return OBJECT;
        }

        @Override
        public InputStream openStream() {
            return InputStreams.ofLength(OBJECT);
        }
    }
}
