package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CollectorChoiceTest {

    private static final Set<String> KNOWN = Set.of("a", "b", "rare");
    private static final Set<String> USUAL = Set.of("a", "b");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                        | a b
            -a          | b
            +rare       | a b rare
            -a,+rare    | b rare
            a           | a
            a,rare      | a rare
            a,b,-b      | a
            """)
    void aSignChangesTheUsualOnesAndANameAloneIsAll(String words, String on) {
        List<String> given = words == null ? List.of() : List.of(words.split(","));
        assertThat(CollectorChoice.of(given, KNOWN, USUAL)).containsExactlyInAnyOrder(on.split(" "));
    }

    @ParameterizedTest
    @CsvSource({"c", "-c", "+c"})
    void aNameThatIsNotKnownIsNamed(String word) {
        assertThatThrownBy(() -> CollectorChoice.of(List.of(word), KNOWN, USUAL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be names of collectors: \"c\" is none; there are a, b, rare");
    }
}
