package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectKey;
import java.util.ArrayList;
import java.util.List;

/**
 * Objects of some kind: how many, how large, and the first few by name. That takes little memory, however many they are.
 *
 * @param bytes as stored
 * @param examples the first ones
 */
public record StoredObjects(long count, long bytes, List<ObjectKey> examples) {

    public static final StoredObjects NONE = new StoredObjects(0, 0, List.of());

    private static final int EXAMPLES = 10;

    public StoredObjects {
        examples = List.copyOf(examples);
    }

    StoredObjects and(ObjectKey key, long size) {
        List<ObjectKey> named = examples;
        if (examples.size() < EXAMPLES) {
            named = new ArrayList<>(examples);
            named.add(key);
        }
        return new StoredObjects(count + 1, bytes + size, named);
    }
}
