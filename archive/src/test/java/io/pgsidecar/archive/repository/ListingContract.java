package io.pgsidecar.archive.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

interface ListingContract extends StoreUnderTest {

    @Test
    default void anEmptyStoreAndAnAbsentPrefixHaveNothing() throws Exception {
        assertThat(keys("")).isEmpty();
        assertThat(keys("absent")).isEmpty();
        put("a/b", "x");
        assertThat(keys("a/absent")).isEmpty();
        assertThat(keys("absent/b")).isEmpty();
    }

    @Test
    default void aPrefixIsOfWholeParts() throws Exception {
        store(List.of("a/b/c", "a/b/c2/d", "a/bc", "a/b.c", "a/b-c/d", "ab/b/c", "b"));
        assertThat(keys("a/b")).containsExactly("a/b/c", "a/b/c2/d");
        assertThat(keys("a")).containsExactly("a/b-c/d", "a/b.c", "a/b/c", "a/b/c2/d", "a/bc");
        assertThat(keys("a/b/c")).as("an object has nothing below it").isEmpty();
        assertThat(keys("")).containsExactly("a/b-c/d", "a/b.c", "a/b/c", "a/b/c2/d", "a/bc", "ab/b/c", "b");
    }

    @Test
    default void keysComeInTheOrderOfTheirBytes() throws Exception {
        // '-' and '.' sort before '/', digits and letters behind; the elephant behind U+FF5E, though not in UTF-16.
        List<String> sorted = List.of(
                "a b",
                "a!",
                "a-b/c",
                "a-c",
                "a.b",
                "a/b",
                "a/b!",
                "a/b-",
                "a/b0",
                "a0",
                "aB",
                "aa/a",
                "a\uFF5E/x",
                "a🐘/x",
                "b");
        if (!sortsByCodePoints()) {
            sorted = sorted.stream().filter(key -> !key.contains("🐘")).toList();
        }
        List<String> shuffled = new ArrayList<>(sorted);
        Collections.shuffle(shuffled, new Random(1));
        store(shuffled);
        assertThat(keys("")).isEqualTo(sorted);
    }

    @Test
    default void anyKeysComeSorted() throws Exception {
        long seed = System.nanoTime();
        System.out.println("anyKeysComeSorted: seed " + seed);
        Random random = new Random(seed);
        TreeSet<ObjectKey> keys = new TreeSet<>();
        String[] parts = {
            "a", "b", "a-", "a.", "a0", "a ", "é", "\uFF5E", sortsByCodePoints() ? "🐘" : "ë", "B", "%", "+"
        };
        for (int i = 0; i < 60; i++) {
            List<String> key = new ArrayList<>();
            for (int depth = random.nextInt(4); depth >= 0; depth--) {
                key.add(parts[random.nextInt(parts.length)]);
            }
            // Every object has a name that no folder has, so that none is in another's way.
            keys.add(new ObjectKey(String.join("/", key) + "=" + random.nextInt(3)));
        }
        store(keys.stream().map(ObjectKey::value).toList());
        try (Stream<ObjectInfo> objects = store().list(ObjectKey.ROOT)) {
            assertThat(objects.map(ObjectInfo::key)).containsExactlyElementsOf(keys);
        }
    }

    @Test
    default void anEntryIsWhatStatSays() throws Exception {
        put("a/b", "12345");
        put("a/c/d", "");
        try (Stream<ObjectInfo> objects = store().list(ObjectKey.ROOT)) {
            assertThat(objects)
                    .containsExactly(
                            store().stat(new ObjectKey("a/b")).orElseThrow(),
                            store().stat(new ObjectKey("a/c/d")).orElseThrow());
        }
    }

    @Test
    default void listsMoreThanAPage() throws Exception {
        List<String> keys =
                IntStream.range(0, 1050).mapToObj("main/wals/%06d"::formatted).toList();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> puts = new ArrayList<>();
            for (String key : keys) {
                puts.add(threads.submit(() -> {
                    put(key, key);
                    return null;
                }));
            }
            for (Future<?> put : puts) {
                put.get();
            }
        }
        assertThat(keys("main/wals")).isEqualTo(keys);
        assertThat(keys("main")).isEqualTo(keys);
    }

    @Test
    default void aListingMayBeLeftBeforeItsEnd() throws Exception {
        store(List.of("a/1", "a/2", "b/1", "b/2", "c"));
        try (Stream<ObjectInfo> objects = store().list(ObjectKey.ROOT)) {
            assertThat(objects.findFirst().orElseThrow().key()).isEqualTo(new ObjectKey("a/1"));
        }
        try (Stream<ObjectInfo> objects = store().list(ObjectKey.ROOT)) {
            Iterator<ObjectInfo> iterator = objects.iterator();
            assertThat(iterator.next().key()).isEqualTo(new ObjectKey("a/1"));
            assertThat(iterator.next().key()).isEqualTo(new ObjectKey("a/2"));
        }
    }

    @Test
    default void whatIsDeletedWhileItIsListedDoesNoHarm() throws Exception {
        store(List.of("a/1", "b/1", "c/1", "d"));
        try (Stream<ObjectInfo> objects = store().list(ObjectKey.ROOT)) {
            Iterator<ObjectInfo> iterator = objects.iterator();
            assertThat(iterator.next().key()).isEqualTo(new ObjectKey("a/1"));
            another().delete(List.of(new ObjectKey("b/1"), new ObjectKey("c/1")));
            List<String> rest = new ArrayList<>();
            iterator.forEachRemaining(o -> rest.add(o.key().value()));
            assertThat(rest).contains("d").isSubsetOf("b/1", "c/1", "d");
        }
    }

    private void store(List<String> keys) throws Exception {
        for (String key : keys) {
            put(key, key);
        }
    }
}
