package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Writes and reads with one large array, and prints by how many kB its memory has grown meanwhile. */
final class LargeBufferProcess {

    static final int BUFFER = 64 << 20;

    private LargeBufferProcess() {}

    /** Argument: the root. */
    static void main(String[] args) throws IOException {
        ObjectStore store = FilesystemStore.open(Path.of(args[0]));
        byte[] buffer = new byte[BUFFER];
        Arrays.fill(buffer, (byte) 1);
        long before = peakKilobytes();
        try (ObjectWriter writer = store.newWriter(new ObjectKey("large"), PutMode.CREATE)) {
            writer.stream().write(buffer);
            writer.commit();
        }
        try (InputStream in = store.open(new ObjectKey("large"), 0)) {
            in.readNBytes(buffer, 0, BUFFER);
        }
        System.out.println(peakKilobytes() - before);
    }

    private static long peakKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
