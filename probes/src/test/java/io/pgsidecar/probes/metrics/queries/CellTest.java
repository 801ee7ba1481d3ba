package io.pgsidecar.probes.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.probes.metrics.queries.Cell.Flag;
import io.pgsidecar.probes.metrics.queries.Cell.Nothing;
import io.pgsidecar.probes.metrics.queries.Cell.Numbers;
import io.pgsidecar.probes.metrics.queries.Cell.Span;
import io.pgsidecar.probes.metrics.queries.Cell.Text;
import io.pgsidecar.probes.metrics.queries.Cell.Time;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CellTest {

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "-1.5, -1.5",
        "' 2 ', 2",
        "1e3, 1000",
        ".5, 0.5",
        "5., 5",
        "12345678901234567890, 12345678901234567890",
        "NaN, NaN",
        "Infinity, Infinity",
        "-inf, -Infinity",
    })
    void aTextThatIsANumberIsOne(String text, Double expected) throws UnfitException {
        assertThat(new Text(text).number()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "1d", "0x1p3", "1_000", "1 2", "16/B374D848"})
    void anotherTextIsNot(String text) {
        assertThatThrownBy(() -> new Text(text).number()).hasMessage("a text is not a number");
    }

    @Test
    void otherTypesAreNumbersAsInTheOriginals() throws UnfitException {
        assertThat(new Nothing().number()).isNaN();
        assertThat(new Flag(true).number()).isEqualTo(1);
        assertThat(new Flag(false).number()).isZero();
        assertThat(new Time(1.9).number()).isEqualTo(1);
        assertThat(new Time(Double.POSITIVE_INFINITY).number()).isInfinite();
        assertThatThrownBy(() -> new Span(1).number()).hasMessageContaining("EXTRACT(EPOCH");
        assertThatThrownBy(() -> new Numbers(List.of(1.0)).number()).hasMessageContaining("array");
    }

    @Test
    void labelsAreTexts() {
        assertThat(new Nothing().label()).isEmpty();
        assertThat(new Text("a\n\"b\"").label()).isEqualTo("a\n\"b\"");
        assertThat(new Flag(true).label()).isEqualTo("true");
        assertThat(new Time(1.9).label()).isEqualTo("1");
    }

    @Test
    void aLongLabelIsCutAndNoCharacterWithIt() {
        String label = new Text("😀".repeat(2000)).label();
        assertThat(label).endsWith("😀…");
        assertThat(label).hasSize(Cell.MAX_LABEL - 1);
        assertThat(new Text("x".repeat(Cell.MAX_LABEL)).label()).hasSize(Cell.MAX_LABEL);
    }

    @ParameterizedTest
    @CsvSource({
        "1h2m3.5s, 3723500",
        "300ms, 300",
        "1.5s, 1500",
        "2us, 0.002",
        "2µs, 0.002",
        "5ns, 0.000005",
        "-1m, -60000",
        "+1m, 60000",
        "0, 0",
        "-1, NaN",
    })
    void aTextIsADurationAsGoWritesIt(String text, double expected) throws UnfitException {
        double actual = new Text(text).milliseconds();
        if (Double.isNaN(expected)) {
            assertThat(actual).isNaN();
        } else {
            assertThat(actual).isCloseTo(expected, Offset.offset(1e-9));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "s", "1d", "1h 2m", "abc", "1hm", "00:01:00"})
    void anotherTextIsNoDuration(String text) {
        assertThatThrownBy(() -> new Text(text).milliseconds())
                .hasMessageContaining("must be a duration like 1h2m3.5s");
    }

    @Test
    void anIntervalIsADuration() throws UnfitException {
        assertThat(new Span(1.5).milliseconds()).isEqualTo(1500);
        assertThat(new Nothing().milliseconds()).isNaN();
    }

    @Test
    void aMappedTextStandsForItsNumber() throws UnfitException {
        Map<String, Double> mapping = Map.of("up", 1.0, "true", 2.0, "f", 3.0);
        assertThat(new Text("up").mapped(mapping)).isEqualTo(1);
        assertThat(new Flag(true).mapped(mapping)).isEqualTo(2);
        assertThat(new Flag(false).mapped(mapping)).isEqualTo(3);
        assertThat(new Nothing().mapped(mapping)).isNaN();
        assertThatThrownBy(() -> new Text("down").mapped(mapping)).hasMessage("\"down\" is not in metric_mapping");
    }
}
