package io.pgsidecar.archive.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** What each part of {@link ObjectStoreContract} works on: an empty store, and a second way to the same objects. */
interface StoreUnderTest {

    /** The same store at each call of one test, without objects at its beginning. */
    ObjectStore store();

    /** Another one for the same place, as another process would open it. */
    ObjectStore another();

    /**
     * Whether names sort by code points behind U+FFFF too. S3 does, servers for tests that are written in Java sort by
     * UTF-16.
     */
    default boolean sortsByCodePoints() {
        return true;
    }

    default void put(String key, String content) throws IOException {
        store().put(new ObjectKey(key), Content.of(content), PutMode.CREATE);
    }

    default String read(String key) throws IOException {
        return new String(readBytes(key), StandardCharsets.UTF_8);
    }

    /** Through the other store: what only one of them knows is not stored. */
    default byte[] readBytes(String key) throws IOException {
        try (InputStream in = another().open(new ObjectKey(key), 0)) {
            return in.readAllBytes();
        }
    }

    default List<String> keys(String prefix) throws IOException {
        try (Stream<ObjectInfo> objects = another().list(new ObjectKey(prefix))) {
            return objects.map(o -> o.key().value()).toList();
        }
    }

    default void assertNothingStored() throws IOException {
        assertThat(keys("")).isEmpty();
    }
}
