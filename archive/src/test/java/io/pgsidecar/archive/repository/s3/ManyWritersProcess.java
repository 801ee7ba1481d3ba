package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.S3Settings.Connection;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** As much as an agent does at once with a backlog: eight writers, each with more than a part. */
final class ManyWritersProcess {

    static final int WRITERS = 8;
    static final int OBJECT = 16 << 20;
    static final long TOTAL = (long) WRITERS * OBJECT;

    private ManyWritersProcess() {}

    /** Arguments: endpoint and bucket. Prints how much it has read back, and the most memory that it had. */
    static void main(String[] args) throws Exception {
        S3Settings settings = S3Settings.of(args[1])
                .with(new Connection(URI.create(args[0]), null, null, null, null))
                .with(ServerSettings.credentials("id", "secret"));
        long read = 0;
        try (ObjectStore store = S3Store.open(settings);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 2; round++) {
                List<Future<?>> writes = new ArrayList<>();
                for (int i = 0; i < WRITERS; i++) {
                    ObjectKey key = ObjectKey.of("round-" + round, "object-" + i);
                    writes.add(threads.submit(() -> {
                        write(store, key);
                        return null;
                    }));
                }
                for (Future<?> write : writes) {
                    write.get();
                }
            }
            byte[] buffer = new byte[64 * 1024];
            for (int i = 0; i < WRITERS; i++) {
                try (InputStream in = store.open(ObjectKey.of("round-1", "object-" + i), 0)) {
                    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                        read += n;
                    }
                }
            }
        }
        System.out.println("read back: " + read);
        Path status = Path.of("/proc/self/status");
        System.out.println(
                Files.exists(status)
                        ? Files.readAllLines(status).stream()
                                .filter(line -> line.startsWith("VmHWM"))
                                .findFirst()
                                .orElse("unknown")
                        : "unknown");
    }

    private static void write(ObjectStore store, ObjectKey key) throws IOException {
        byte[] block = new byte[64 * 1024];
        try (ObjectWriter writer = store.newWriter(key, PutMode.CREATE)) {
            for (int written = 0; written < OBJECT; written += block.length) {
                writer.stream().write(block);
            }
            writer.commit();
        }
    }
}
