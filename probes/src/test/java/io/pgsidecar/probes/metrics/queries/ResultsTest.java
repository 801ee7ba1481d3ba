package io.pgsidecar.probes.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Histogram;
import io.pgsidecar.probes.metrics.Sample;
import io.pgsidecar.probes.metrics.queries.Cell.Nothing;
import io.pgsidecar.probes.metrics.queries.Cell.Numbers;
import io.pgsidecar.probes.metrics.queries.Cell.Text;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ResultsTest {

    @Test
    void labelsBelongToTheirColumnsWhateverTheirOrder() {
        Results results = results(column("b", Usage.LABEL), column("n", Usage.GAUGE), column("a", Usage.LABEL));
        results.add(row("a", "1", "n", "7", "b", "2"));
        results.add(row("n", "8", "b", "4", "a", "3"));
        assertThat(results.families())
                .containsExactly(new Family(
                        "q_n",
                        Family.Type.GAUGE,
                        "The n.",
                        List.of(new Sample(Map.of("a", "1", "b", "2"), 7), new Sample(Map.of("a", "3", "b", "4"), 8))));
        assertThat(results.problems()).isEmpty();
    }

    @Test
    void aBadValueIsLeftOutAndNothingElse() {
        Results results = results(column("l", Usage.LABEL), column("n", Usage.GAUGE), column("m", Usage.COUNTER));
        results.add(row("l", "1", "n", "x", "m", "1"));
        results.add(row("l", "2", "n", "y", "m", "2"));
        results.add(row("l", "3", "n", "3", "m", "3"));
        assertThat(samples(results, "q_n")).containsExactly(new Sample(Map.of("l", "3"), 3));
        assertThat(samples(results, "q_m")).hasSize(3);
        assertThat(results.dropped()).isEqualTo(2);
        assertThat(results.problems()).containsExactly("column n: a text is not a number");
        assertThat(results.rows()).isEqualTo(3);
    }

    @Test
    void aSeriesThatIsThereTwiceIsTakenOnce() {
        Results results = results(column("l", Usage.LABEL), column("n", Usage.GAUGE));
        results.add(row("l", "1", "n", "1"));
        results.add(row("l", "1", "n", "2"));
        assertThat(samples(results, "q_n")).containsExactly(new Sample(Map.of("l", "1"), 1));
        assertThat(results.dropped()).isEqualTo(1);
        assertThat(results.problems()).singleElement().asString().contains("q_n is there twice with the same labels");
    }

    @Test
    void aColumnThatIsNotThereIsTold() {
        Results results = results(column("l", Usage.LABEL), column("n", Usage.GAUGE), column("d", Usage.DISCARD));
        results.add(row("m", "1"));
        assertThat(results.problems())
                .containsExactly(
                        "the query does not return the LABEL l", "column n: the query does not return n; it returns m");
    }

    @Test
    void aColumnThatNobodyNamedBecomesASeriesIfItIsANumber() {
        Results results = results(column("l", Usage.LABEL), column("skip", Usage.DISCARD));
        results.add(row("l", "1", "n", "1", "text", "abc", "?column?", "2", "skip", "3"));
        assertThat(results.families()).extracting(Family::name).containsExactly("q_n");
        assertThat(results.families().getFirst().type()).isEqualTo(Family.Type.UNKNOWN);
        assertThat(results.problems()).isEmpty();
    }

    @Test
    void aColumnOfAnotherVersionIsDiscarded() {
        Results results = results(
                new ColumnSpec("n", "n", Usage.GAUGE, "", Map.of(), VersionRange.of(">=18")),
                new ColumnSpec("m", "m", Usage.GAUGE, "", Map.of(), VersionRange.of("<18")));
        results.add(row("n", "1", "m", "2"));
        assertThat(results.families()).extracting(Family::name).containsExactly("q_m");
        assertThat(results.families().getFirst().help()).isEqualTo("A column of the custom query q.");
    }

    @Test
    void namesCanBeOthersThanTheColumns() {
        Results results = results(
                new ColumnSpec("d", "datname", Usage.LABEL, "", Map.of(), VersionRange.ALL),
                new ColumnSpec("n", "connections", Usage.GAUGE, "", Map.of(), VersionRange.ALL),
                new ColumnSpec("t", "timeout", Usage.DURATION, "", Map.of(), VersionRange.ALL));
        results.add(row("d", "app", "n", "2", "t", "5s"));
        assertThat(samples(results, "q_connections")).containsExactly(new Sample(Map.of("datname", "app"), 2));
        assertThat(samples(results, "q_timeout_milliseconds"))
                .containsExactly(new Sample(Map.of("datname", "app"), 5000));
    }

    @Test
    void aHistogramIsMadeOfFourColumns() {
        Results results = results(column("l", Usage.LABEL), column("h", Usage.HISTOGRAM));
        results.add(histogram("a", List.of(0.1, 1.0, Double.POSITIVE_INFINITY), List.of(1.0, 3.0, 4.0), "4.5", "4"));
        assertThat(samples(results, "q_h"))
                .containsExactly(new Sample(
                        Map.of("l", "a"),
                        4.5,
                        new Histogram(List.of(new Histogram.Bucket(0.1, 1), new Histogram.Bucket(1, 3)), 4.5, 4)));
        assertThat(results.families()).hasSize(1);
        assertThat(results.problems()).isEmpty();
    }

    @Test
    void aHistogramThatPrometheusWouldNotTakeIsLeftOut() {
        Results results = results(column("l", Usage.LABEL), column("h", Usage.HISTOGRAM));
        results.add(histogram("counts", List.of(0.1, 1.0), List.of(3.0, 1.0), "1", "4"));
        results.add(histogram("bounds", List.of(1.0, 0.1), List.of(1.0, 3.0), "1", "4"));
        results.add(histogram("nan", List.of(Double.NaN), List.of(1.0), "1", "4"));
        results.add(histogram("all", List.of(0.1, 1.0), List.of(1.0, 3.0), "1", "2"));
        results.add(histogram("lengths", List.of(0.1, 1.0), List.of(1.0), "1", "4"));
        Map<String, Cell> nothing = histogram("nothing", List.of(), List.of(), "1", "4");
        nothing.put("h", new Nothing());
        results.add(nothing);
        Map<String, Cell> lacking = histogram("lacking", List.of(1.0), List.of(1.0), "1", "4");
        lacking.remove("h_bucket");
        results.add(lacking);
        assertThat(results.families()).isEmpty();
        assertThat(results.dropped()).isEqualTo(6);
        assertThat(results.problems())
                .containsExactly(
                        "column h: the counts must be cumulative: none less than 0 or than the one before",
                        "column h: the bounds must be numbers, each higher than the one before",
                        "column h: the count of all must not be less than that of the last bucket",
                        "column h: 2 bounds, but 1 counts in h_bucket",
                        "column h: the query does not return h_bucket; it returns l, h, h_sum, h_count");
    }

    private static Map<String, Cell> histogram(
            String label, List<Double> bounds, List<Double> counts, String sum, String count) {
        Map<String, Cell> row = row("l", label);
        row.put("h", new Numbers(bounds));
        row.put("h_bucket", new Numbers(counts));
        row.put("h_sum", new Text(sum));
        row.put("h_count", new Text(count));
        return row;
    }

    private static Map<String, Cell> row(String... namesAndTexts) {
        Map<String, Cell> row = new LinkedHashMap<>();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            row.put(namesAndTexts[i], new Text(namesAndTexts[i + 1]));
        }
        return row;
    }

    private static ColumnSpec column(String name, Usage usage) {
        return new ColumnSpec(name, name, usage, "The %s.".formatted(name), Map.of(), VersionRange.ALL);
    }

    private static List<Sample> samples(Results results, String family) {
        return results.families().stream()
                .filter(f -> f.name().equals(family))
                .flatMap(f -> f.samples().stream())
                .toList();
    }

    @Test
    void whatIsAboveTheBudgetIsLeftOutAndTold() {
        Results few = results(new SeriesBudget.Size(3, 1000), column("l", Usage.LABEL), column("n", Usage.GAUGE));
        Results narrow = results(new SeriesBudget.Size(100, 5), column("l", Usage.LABEL), column("n", Usage.GAUGE));
        for (int i = 0; i < 5; i++) {
            few.add(row("l", Integer.toString(i), "n", "1"));
            narrow.add(row("l", Integer.toString(i), "n", "1"));
        }
        assertThat(samples(few, "q_n")).hasSize(3);
        assertThat(few.size()).isEqualTo(new SeriesBudget.Size(3, 6));
        assertThat(few.dropped()).isEqualTo(2);
        assertThat(few.problems()).singleElement().asString().startsWith("more than 3 series or 1,000 characters");
        // Of two characters each: the label's name, and its value.
        assertThat(samples(narrow, "q_n")).hasSize(2);
    }

    private static Results results(ColumnSpec... columns) {
        return results(SeriesBudget.OF_ONE, columns);
    }

    private static Results results(SeriesBudget.Size most, ColumnSpec... columns) {
        return new Results(
                new QuerySpec(
                        "q",
                        "q",
                        "SELECT",
                        Optional.empty(),
                        Stream.of(columns).toList(),
                        false,
                        VersionRange.ALL,
                        Duration.ZERO,
                        List.of()),
                140000,
                most);
    }
}
