package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;

/** Stores objects until it is killed, and prints the key of each when it is stored. */
final class StoringProcess {

    static final ObjectKey REPLACED = new ObjectKey("main/replaced");

    private StoringProcess() {}

    /** Arguments: the root, the number of the round, a seed. */
    static void main(String[] args) throws IOException {
        ObjectStore store = FilesystemStore.open(Path.of(args[0]));
        Random random = new Random(Long.parseLong(args[2]));
        for (int i = 0; ; i++) {
            store(store, ObjectKey.of("main", "round-" + args[1], "folder-" + i / 5, "object-" + i), random);
            store.put(REPLACED, Content.of(content(random)), PutMode.REPLACE);
        }
    }

    private static void store(ObjectStore store, ObjectKey key, Random random) throws IOException {
        byte[] content = content(random);
        if (random.nextBoolean()) {
            store.put(key, Content.of(content), PutMode.CREATE);
        } else {
            try (ObjectWriter writer = store.newWriter(key, PutMode.CREATE)) {
                for (int at = 0; at < content.length; at += 10_000) {
                    writer.stream().write(content, at, Math.min(10_000, content.length - at));
                }
                writer.commit();
            }
        }
        System.out.println(key);
    }

    /** Random bytes with their checksum at the end. */
    private static byte[] content(Random random) {
        byte[] content = new byte[Integer.BYTES + random.nextInt(500_000)];
        random.nextBytes(content);
        ByteBuffer.wrap(content).putInt(content.length - Integer.BYTES, checksum(content));
        return content;
    }

    static boolean isWhole(byte[] content) {
        return content.length >= Integer.BYTES
                && ByteBuffer.wrap(content).getInt(content.length - Integer.BYTES) == checksum(content);
    }

    private static int checksum(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(Arrays.copyOf(content, content.length - Integer.BYTES));
        return (int) crc.getValue();
    }
}
