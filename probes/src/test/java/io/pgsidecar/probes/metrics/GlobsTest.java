package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GlobsTest {

    @Test
    void whatIsIncludedIsMeantUnlessItIsExcluded() {
        Globs globs = new Globs(List.of("app*", "a?c"), List.of("app_test", "*.old"));
        assertThat(List.of("app", "app1", "abc")).allMatch(globs::allow);
        assertThat(List.of("myapp", "abbc", "app_test", "app.old")).noneMatch(globs::allow);
    }

    @Test
    void nothingIncludedMeansAll() {
        assertThat(Globs.ALL.allow("any")).isTrue();
        assertThat(new Globs(List.of(), List.of("x")).allow("x")).isFalse();
    }

    @Test
    void aNameIsTakenToTheLetterInBothLanguages() {
        Globs globs = new Globs(List.of("a.b", "(x)|y", "ü-*"), List.of());
        assertThat(List.of("a.b", "(x)|y", "ü-1")).allMatch(globs::allow);
        assertThat(List.of("aXb", "x", "y")).noneMatch(globs::allow);
        assertThat(globs.included()).isEqualTo("^(a\\.b|\\(x\\)\\|y|ü\\-.*)$");
        assertThat(globs.excluded()).isEqualTo("^$");
    }
}
