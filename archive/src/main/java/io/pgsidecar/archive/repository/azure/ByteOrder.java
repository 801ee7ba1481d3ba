package io.pgsidecar.archive.repository.azure;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Puts a listing into the order of UTF-8 bytes. The service documents an alphabetical order and not of what; Azurite's
 * is that of UTF-16, which sorts a character beyond U+FFFF before those from U+E000 on. So an object whose name has such
 * a character waits for all that share the name's part before it. No other object waits, nor takes memory here.
 */
final class ByteOrder {

    private final TreeMap<ObjectKey, ObjectInfo> waiting = new TreeMap<>();
    private final Consumer<ObjectInfo> sorted;

    /** @param sorted gets the objects in order */
    ByteOrder(Consumer<ObjectInfo> sorted) {
        this.sorted = sorted;
    }

    /** Takes the next object of the listing. */
    void add(ObjectInfo object) {
        waiting.put(object.key(), object);
        String latest = object.key().value();
        while (!waiting.isEmpty() && !mayBePreceded(waiting.firstKey().value(), latest)) {
            sorted.accept(waiting.pollFirstEntry().getValue());
        }
    }

    /** The listing is at its end. */
    void end() {
        waiting.values().forEach(sorted);
        waiting.clear();
    }

    /** Whether a key may still come, after the latest one, that belongs before this one. */
    private static boolean mayBePreceded(String key, String latest) {
        for (int i = 0; i < key.length(); i++) {
            if (Character.isSurrogate(key.charAt(i))) {
                return latest.startsWith(key.substring(0, i));
            }
        }
        return false;
    }
}
