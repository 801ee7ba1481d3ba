package io.pgsidecar.archive.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
                "../a",
                "a/..",
                "a/../b",
                "a/./b",
                "/",
                "/a",
                "a/",
                "a//b",
                "//",
                "a\\b",
                "..\\a",
                "a\0b",
                "a\nb",
                "a\tb",
                "\u007f",
                "\uD83D",
                "a\uDC18b",
                "\uDC18\uD83D"
            })
    void whatCouldLeaveTheStoreOrBeMistakenIsNoKey(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ObjectKey(value))
                .withMessageContaining(value);
        assertThatIllegalArgumentException().isThrownBy(() -> new ObjectKey("main").child(value));
        assertThatIllegalArgumentException().isThrownBy(() -> ObjectKey.of("main", value, "x"));
    }

    @Test
    void lengthsAreInBytes() {
        assertThat(new ObjectKey("ü".repeat(127) + "a").name()).hasSize(128);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ObjectKey("ü".repeat(128)))
                .withMessageContaining("255 bytes");
        assertThat(new ObjectKey("a/".repeat(511) + "bc").parts()).hasSize(512);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ObjectKey("a/".repeat(511) + "bcd"))
                .withMessageContaining("1024 bytes");
    }

    @Test
    void keysAreMadeOfParts() {
        ObjectKey key = ObjectKey.of("a/b", "c", "d/e");
        assertThat(key.parts()).containsExactly("a", "b", "c", "d", "e");
        assertThat(key.name()).isEqualTo("e");
        assertThat(key.child("f/g")).hasToString("a/b/c/d/e/f/g");
        assertThat(ObjectKey.ROOT.child("a")).hasToString("a");
        assertThat(ObjectKey.ROOT.isRoot()).isTrue();
        assertThat(ObjectKey.ROOT.parts()).isEmpty();
    }

    @Test
    void theOrderIsThatOfUtf8() {
        List<String> sorted = List.of("", "a", "a-b", "a.b", "a/b", "a0", "aa", "b", "é", "\uFF5E", "🐘");
        assertThat(Stream.of("🐘", "aa", "a/b", "\uFF5E", "b", "", "a0", "é", "a.b", "a", "a-b")
                        .map(ObjectKey::new)
                        .sorted()
                        .map(ObjectKey::value))
                .isEqualTo(sorted);
    }
}
