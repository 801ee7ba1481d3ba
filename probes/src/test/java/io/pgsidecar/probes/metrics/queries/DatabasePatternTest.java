package io.pgsidecar.probes.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The patterns' meaning is that of Go's {@code path.Match}. */
class DatabasePatternTest {

    @ParameterizedTest
    @CsvSource({
        "*, app, true",
        "*, a/b, false",
        "app_*, app_, true",
        "app_*, app, false",
        "*_app, the_app, true",
        "a?c, abc, true",
        "a?c, a/c, false",
        "a?c, ac, false",
        "a.?, abc, false",
        "[ab]pp, app, true",
        "[a-c]pp, bpp, true",
        "[a-c]pp, dpp, false",
        "[^a-c]pp, dpp, true",
        "[^a-c]pp, app, false",
        "[a\\-c]pp, -pp, true",
        "[a\\-c]pp, bpp, false",
        "[&&x]*, &y, true",
        "a\\*[b], a*b, true",
        "a\\*[b], axb, false",
        "($^)*, ($^)x, true",
        "ä*, äb, true",
    })
    void matches(String pattern, String database, boolean expected) {
        assertThat(DatabasePattern.of(pattern).matches(database)).isEqualTo(expected);
    }

    @Test
    void aNameWithoutSignsIsOneDatabase() {
        assertThat(DatabasePattern.of("app.1").name()).contains("app.1");
        assertThat(DatabasePattern.of("app.1").matches("appx1")).isFalse();
        assertThat(DatabasePattern.of("app*").name()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[", "[]", "[a", "[^", "a*\\", "[a\\", "[z-a]"})
    void refusesWhatIsNotClosed(String text) {
        assertThatThrownBy(() -> DatabasePattern.of(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
