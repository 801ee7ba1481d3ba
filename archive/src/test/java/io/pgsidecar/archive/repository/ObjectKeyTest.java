package io.pgsidecar.archive.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectKeyTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "../etc/passwd",
                "a/../b",
                "a/..",
                "a/./b",
                "/etc/passwd",
                "/",
                "a//b",
                "a/",
                "a\\b",
                "..\\windows",
                "a\0b",
                "a\nb",
                "a\u007fb",
                "a\ud800b",
                "a\udc00"
            })
    void refusesWhatCouldLeaveTheStoreOrBeReadAsAnotherName(String value) {
        assertThatThrownBy(() -> new ObjectKey(value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("object key")
                .hasMessageContaining(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"...", "..a", ".hidden", "a b", "a+b", "%2e%2e", "?", "#", "ü", "日本", "😀", "-rf", "~", ":"})
    void takesOddNamesThatAreSafe(String part) {
        assertThat(ObjectKey.of("a", part, "b").parts()).containsExactly("a", part, "b");
    }

    @Test
    void childrenAreHeldToTheSameRules() {
        assertThatThrownBy(() -> ObjectKey.of("a").child("..")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ObjectKey.of("a", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ObjectKey.ROOT.child("")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void hasTheLimitsOfFileSystemsAndStoresInBytes() {
        assertThat(new ObjectKey("a".repeat(255)).name()).hasSize(255);
        assertThatThrownBy(() -> new ObjectKey("a".repeat(256))).hasMessageContaining("255 bytes");
        assertThatThrownBy(() -> new ObjectKey("ü".repeat(128))).hasMessageContaining("255 bytes");
        assertThat(new ObjectKey("a/".repeat(511) + "aa").value()).hasSize(1024);
        assertThatThrownBy(() -> new ObjectKey("a/".repeat(512) + "a")).hasMessageContaining("1024 bytes");
    }

    @Test
    void theRootHasNoParts() {
        assertThat(ObjectKey.ROOT.parts()).isEmpty();
        assertThat(ObjectKey.ROOT.isRoot()).isTrue();
        assertThat(ObjectKey.ROOT.child("a")).isEqualTo(new ObjectKey("a"));
        assertThat(new ObjectKey("a/b").child("c")).isEqualTo(ObjectKey.of("a", "b", "c"));
        assertThat(new ObjectKey("a/b/c").name()).isEqualTo("c");
        assertThat(new ObjectKey("c").name()).isEqualTo("c");
    }

    @Test
    void sortsByBytesAsStoresListThem() {
        // U+FFFD sorts before U+1F600 by bytes, and after it by UTF-16.
        List<ObjectKey> ordered = Stream.of("A", "a", "a-b", "a.b", "a/b", "a0", "b", "ü", "\ufffd", "😀")
                .map(ObjectKey::new)
                .toList();
        assertThat(ordered.reversed().stream().sorted()).containsExactlyElementsOf(ordered);
    }
}
