package io.pgsidecar.archive.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

interface ReadingContract extends StoreUnderTest {

    ObjectKey KEY = new ObjectKey("folder/object");

    @Test
    default void anAbsentObjectIsProvenAbsent() throws Exception {
        assertThat(store().stat(KEY)).isEmpty();
        assertThatThrownBy(() -> store().open(KEY, 0))
                .isInstanceOfSatisfying(
                        ObjectNotFoundException.class,
                        e -> assertThat(e.reason()).isEqualTo(ObjectStoreException.Reason.NOT_FOUND))
                .hasMessageContaining(KEY.value());
        assertThatThrownBy(() -> store().open(KEY, 17)).isInstanceOf(ObjectNotFoundException.class);
        assertThatThrownBy(() -> store().ensureDurable(KEY)).isInstanceOf(ObjectNotFoundException.class);
    }

    @Test
    default void ofTheVariantsOfANameThoseThatExistAreFound() throws Exception {
        ObjectKey stem = new ObjectKey("folder/object");
        List<String> endings = List.of("", ".zst", ".gz", ".zst.age", ".a b+c");
        assertThat(store().variants(stem, endings)).isEmpty();
        put("folder/object", "plain");
        put("folder/object.zst", "zst");
        put("folder/object.zst.age", "age");
        put("folder/object.a b+c", "odd");
        put("folder/object.zst.other", "not asked for");
        put("folder/objects", "not asked for");
        put("folder/object2.gz", "another stem");
        put("folder/nested.gz/object", "below a name that is asked for");
        assertThat(another().variants(stem, endings))
                .extracting(info -> info.key().value())
                .containsExactly("folder/object", "folder/object.a b+c", "folder/object.zst", "folder/object.zst.age");
        assertThat(store().variants(stem, List.of(".zst", ".zst")))
                .containsExactly(
                        store().stat(new ObjectKey("folder/object.zst")).orElseThrow());
        assertThat(store().variants(new ObjectKey("folder/nested"), List.of(".gz")))
                .isEmpty();
        assertThat(store().variants(stem, List.of())).isEmpty();
        assertThatThrownBy(() -> store().variants(ObjectKey.ROOT, List.of(".gz")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void whatWasPutIsRead() throws Exception {
        put("folder/object", "0123456789");
        assertThat(read("folder/object")).isEqualTo("0123456789");
        ObjectInfo info = another().stat(KEY).orElseThrow();
        assertThat(info.key()).isEqualTo(KEY);
        assertThat(info.size()).isEqualTo(10);
        assertThat(info.lastModified()).isAfter(Instant.EPOCH);
    }

    @Test
    default void readsFromAnOffset() throws Exception {
        put("folder/object", "0123456789");
        for (int offset = 0; offset <= 10; offset++) {
            try (InputStream in = store().open(KEY, offset)) {
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo("0123456789".substring(offset));
                assertThat(in.read()).isNegative();
            }
        }
    }

    @Test
    default void anOffsetOutsideTheObjectIsTheCallersError() throws Exception {
        put("folder/object", "0123456789");
        for (long offset : List.of(11L, -1L, Long.MAX_VALUE)) {
            assertThatThrownBy(() -> store().open(KEY, offset))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Long.toString(offset));
        }
    }

    @Test
    default void anEmptyObjectIsAnObject() throws Exception {
        put("folder/object", "");
        assertThat(read("folder/object")).isEmpty();
        assertThat(store().stat(KEY).orElseThrow().size()).isZero();
        assertThat(keys("folder")).containsExactly("folder/object");
    }

    @Test
    default void aStreamIsReadInPiecesAndByBytes() throws Exception {
        put("folder/object", "0123456789");
        try (InputStream in = store().open(KEY, 0)) {
            byte[] bytes = new byte[8];
            assertThat(in.read()).isEqualTo('0');
            assertThat(in.read(bytes, 0, 0)).isZero();
            assertThat(in.readNBytes(bytes, 2, 3)).isEqualTo(3);
            assertThat(bytes).startsWith(0, 0, '1', '2', '3');
            in.skipNBytes(2);
            assertThat(in.read()).isEqualTo('6');
        }
    }

    @Test
    default void aFolderIsNoObject() throws Exception {
        put("folder/object", "x");
        ObjectKey folder = new ObjectKey("folder");
        assertThat(store().stat(folder)).isEmpty();
        assertThatThrownBy(() -> store().open(folder, 0)).isInstanceOf(ObjectNotFoundException.class);
        assertThatThrownBy(() -> store().ensureDurable(folder)).isInstanceOf(ObjectNotFoundException.class);
    }

    @Test
    default void nothingIsBelowAnObject() throws Exception {
        put("folder/object", "x");
        ObjectKey below = KEY.child("below").child("deeper");
        assertThat(store().stat(below)).isEmpty();
        assertThatThrownBy(() -> store().open(below, 0)).isInstanceOf(ObjectNotFoundException.class);
        assertThat(keys(below.value())).isEmpty();
        store().delete(List.of(below));
        assertThat(read("folder/object")).isEqualTo("x");
    }

    @Test
    default void theRootIsNoObject() {
        assertThatThrownBy(() -> store().stat(ObjectKey.ROOT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store().open(ObjectKey.ROOT, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store().ensureDurable(ObjectKey.ROOT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store().delete(List.of(ObjectKey.ROOT))).isInstanceOf(IllegalArgumentException.class);
        for (PutMode mode : PutMode.values()) {
            assertThatThrownBy(() -> store().put(ObjectKey.ROOT, Content.of("x"), mode))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store().newWriter(ObjectKey.ROOT, mode))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    default void anOpenedStreamStaysWithItsObject() throws Exception {
        byte[] old = new byte[300_000];
        store().put(KEY, Content.of(old), PutMode.CREATE);
        try (InputStream in = store().open(KEY, 0)) {
            assertThat(in.readNBytes(10)).containsOnly(0);
            another().put(KEY, Content.of("new"), PutMode.REPLACE);
            assertThat(in.readNBytes(100_000)).hasSize(100_000).containsOnly(0);
            assertThat(in.readAllBytes()).hasSize(199_990).containsOnly(0);
        }
        assertThat(read("folder/object")).isEqualTo("new");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "with space",
                " leading and trailing ",
                "ünïcödé-日本語-🐘",
                "a+b",
                "%41",
                "%2F..%2F",
                "?query=1&b=2",
                "#fragment",
                ".hidden",
                "...",
                "..a",
                "a..",
                "-rf",
                "~",
                "*",
                "[a]",
                "{b}",
                "a:b",
                "a;b|c",
                "\"quoted\"",
                "'single'",
                "<xml>&amp;",
                "$HOME",
                "`id`",
                "!",
                "@",
                "=",
                ","
            })
    default void oddButLegalNamesAreKeptAsTheyAre(String name) throws Exception {
        ObjectKey key = ObjectKey.of("odd", name, name);
        store().put(key, Content.of(name), PutMode.CREATE);
        assertThat(read(key.value())).isEqualTo(name);
        assertThat(keys("odd")).containsExactly(key.value());
        assertThat(keys("odd/" + name)).containsExactly(key.value());
        store().delete(List.of(key));
        assertThat(store().stat(key)).isEmpty();
    }

    @Test
    default void aKeyMayBeDeepAndItsPartsLong() throws Exception {
        ObjectKey deep = new ObjectKey("d/".repeat(64) + "ob");
        ObjectKey broad = ObjectKey.of("l".repeat(255), "ü".repeat(127), "n".repeat(255), "o".repeat(254));
        for (ObjectKey key : List.of(deep, broad)) {
            store().put(key, Content.of("content"), PutMode.CREATE);
            assertThat(read(key.value())).isEqualTo("content");
        }
        assertThat(keys("")).containsExactly(deep.value(), broad.value());
    }

    @Test
    default void ensuringDurabilityChangesNothing() throws Exception {
        put("folder/object", "content");
        ObjectInfo before = store().stat(KEY).orElseThrow();
        store().ensureDurable(KEY);
        another().ensureDurable(KEY);
        assertThat(store().stat(KEY)).contains(before);
        assertThat(read("folder/object")).isEqualTo("content");
    }
}
