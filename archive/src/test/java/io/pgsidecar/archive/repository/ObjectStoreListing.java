package io.pgsidecar.archive.repository;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The part of the {@link ObjectStoreContract} about keys: which there can be, and how they are listed. */
public abstract class ObjectStoreListing {

    private ObjectStore store;

    /** A store that holds nothing. */
    protected abstract ObjectStore newStore() throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = newStore();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "with space",
                " leading and trailing ",
                "ümläut",
                "日本語",
                "😀",
                "a+b",
                "%41",
                "%2e%2e",
                "what?",
                "#1",
                "&amp;<x>'\"",
                ".hidden",
                "...",
                "..a",
                "a..",
                "-rf",
                "~",
                "$HOME",
                "a:b",
                "*",
                "[a]",
                "{b}",
                ".pgsidecar"
            })
    void anyLegalNameIsTakenLiterally(String name) throws IOException {
        for (ObjectKey key : List.of(new ObjectKey(name), ObjectKey.of("f", name, "o"), ObjectKey.of("g", name))) {
            store.put(key, Content.of(key.value()), PutMode.CREATE);
            assertThat(new String(store.open(key, 0).readAllBytes(), UTF_8)).isEqualTo(key.value());
            assertThat(store.stat(key).orElseThrow().key()).isEqualTo(key);
            store.ensureDurable(key);
        }
        assertThat(keysBelow(new ObjectKey("f/" + name))).containsExactly("f/" + name + "/o");
        assertThat(keysBelow(new ObjectKey("g"))).containsExactly("g/" + name);
        assertThat(keysBelow(ObjectKey.ROOT)).containsExactlyInAnyOrder(name, "f/" + name + "/o", "g/" + name);
        store.delete(List.of(new ObjectKey(name)));
        assertThat(store.stat(new ObjectKey(name))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 512})
    void keysCanBeDeep(int parts) throws IOException {
        ObjectKey key = new ObjectKey("d/".repeat(parts - 1) + "d");
        store.put(key, Content.of("deep"), PutMode.CREATE);
        assertThat(new String(store.open(key, 0).readAllBytes(), UTF_8)).isEqualTo("deep");
        assertThat(keysBelow(ObjectKey.ROOT)).containsExactly(key.value());
        assertThat(keysBelow(new ObjectKey("d/d"))).containsExactly(key.value());
    }

    @Test
    void listsInTheOrderOfKeys() throws IOException {
        List<String> ordered = List.of(
                "A",
                "a b",
                "a!/x",
                "a-b",
                "a.b",
                "a/b",
                "a/b-c",
                "a/b.c",
                "a/c/d",
                "a0",
                "a0/x".replace("a0/", "a1/"),
                "b",
                "ü",
                "\ufffd",
                "😀");
        for (String key : ordered.reversed()) {
            store.put(new ObjectKey(key), Content.of(key), PutMode.CREATE);
        }
        assertThat(keysBelow(ObjectKey.ROOT)).containsExactlyElementsOf(ordered);
        assertThat(ordered.stream().map(ObjectKey::new)).isSorted();
    }

    @Test
    void aPrefixIsMadeOfWholeParts() throws IOException {
        for (String key : List.of("a/b/c", "a/b/c.d", "a/b/d/e", "a/bc", "a/b.c", "a/bc2/d", "ab/c")) {
            store.put(new ObjectKey(key), Content.of(key), PutMode.CREATE);
        }
        assertThat(keysBelow(new ObjectKey("a/b"))).containsExactly("a/b/c", "a/b/c.d", "a/b/d/e");
        assertThat(keysBelow(new ObjectKey("a/b/c"))).isEmpty();
        assertThat(keysBelow(new ObjectKey("a/b/d"))).containsExactly("a/b/d/e");
        assertThat(keysBelow(new ObjectKey("a"))).hasSize(6);
        assertThat(keysBelow(new ObjectKey("absent"))).isEmpty();
        assertThat(keysBelow(new ObjectKey("absent/too"))).isEmpty();
    }

    @Test
    void anEmptyStoreListsNothing() throws IOException {
        assertThat(keysBelow(ObjectKey.ROOT)).isEmpty();
        assertThat(keysBelow(new ObjectKey("a"))).isEmpty();
    }

    @Test
    void listsMoreThanAPage() throws IOException {
        List<String> keys =
                IntStream.range(0, 1050).mapToObj("many/%04d"::formatted).toList();
        for (String key : keys) {
            store.put(new ObjectKey(key), Content.of(key), PutMode.REPLACE);
        }
        assertThat(keysBelow(new ObjectKey("many"))).containsExactlyElementsOf(keys);
        store.delete(keys.stream().skip(1).map(ObjectKey::new).toList());
        assertThat(keysBelow(new ObjectKey("many"))).containsExactly("many/0000");
    }

    @Test
    void describesEachObject() throws IOException {
        store.put(new ObjectKey("a/one"), Content.of("1"), PutMode.CREATE);
        store.put(new ObjectKey("a/three"), Content.of("333"), PutMode.CREATE);
        try (Stream<ObjectInfo> objects = store.list(new ObjectKey("a"))) {
            Iterator<ObjectInfo> each = objects.iterator();
            for (String key : List.of("a/one", "a/three")) {
                assertThat(each.next()).isEqualTo(store.stat(new ObjectKey(key)).orElseThrow());
            }
            assertThat(each.hasNext()).isFalse();
        }
    }

    @Test
    void aListingThatIsLeftEarlyCanBeClosed() throws IOException {
        for (String key : List.of("a/1", "a/2", "b/3")) {
            store.put(new ObjectKey(key), Content.of(key), PutMode.CREATE);
        }
        try (Stream<ObjectInfo> objects = store.list(ObjectKey.ROOT)) {
            assertThat(objects.findFirst().orElseThrow().key().value()).isEqualTo("a/1");
        }
    }

    private List<String> keysBelow(ObjectKey prefix) throws IOException {
        try (Stream<ObjectInfo> objects = store.list(prefix)) {
            return objects.map(o -> o.key().value()).toList();
        }
    }
}
