package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the comparison with postgres_exporter takes for a difference. */
class ExporterComparisonTest {

    /** The agent's page before, the exporter's, the agent's after, and what is told. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    a 1                            | a 1                            | a 1         |
                    a 1                            | a 1.0000000000000002           | a 1         |
                    a 1                            | a 2                            | a 1         | a{} is 2.0 there, and here 1.0 before and 1.0 after
                    a 1                            | a 2                            | a 3         |
                    a{x="1"} 1                     | a{x="1"} 1                     | a 1         | a has the labels [[], [x]], and [[x]] there
                    a{x="1"} 1                     | a{y="1"} 1                     | a{x="1"} 1  | a has the labels [[x]], and [[y]] there
                    a{x="1"} 1                     | a{x="2"} 1                     | a{x="2"} 1  |
                    a{x="1"} 1                     | a{x="2"} 1                     | a{x="1"} 1  | a{x=2} is 1.0 there, and not here; a{x=1} is only here
                    a NaN                          | a NaN                          | a NaN       |
                    a 0                            | a NaN                          | a 0         | a{} is NaN there, and here 0.0 before and 0.0 after
                    process_open_fds 1             | process_open_fds 9             | process_open_fds 1 |
                    pg_long_running_transactions 1 | pg_long_running_transactions 3 | pg_long_running_transactions 1 |
                    pg_long_running_transactions 1 | pg_long_running_transactions 9 | pg_long_running_transactions 1 | pg_long_running_transactions{} is 9.0 there, and here 1.0 before and 1.0 after
                    """)
    void eachDifferenceIsTold(String before, String exporter, String after, String told) {
        List<String> differences = new ExporterComparison(page(before), page(exporter), page(after), 20).differences();
        assertThat(String.join("; ", differences)).isEqualTo(told == null ? "" : told);
    }

    @Test
    void aNameThatOnlyTheExporterHasIsMissing() {
        assertThat(new ExporterComparison(page("a 1"), page("a 1\nb 1\nc 1"), page("c 1"), 20).missing())
                .containsExactly("b");
    }

    @Test
    void anOlderExporterNamesTheServerAndShowsWhatItDoesNotKnow() {
        ScrapedPage ours = page("a{x=\"1\"} 1");
        ScrapedPage theirs = page("a{x=\"1\",server=\"s\"} 1\na{x=\"2\",server=\"s\"} NaN");
        assertThat(new ExporterComparison(ours, theirs, ours, 11).differences()).isEmpty();
        assertThat(new ExporterComparison(ours, theirs, ours, 20).differences()).hasSize(1);
    }

    @Test
    void aPageIsReadAsPrometheusReadsIt() {
        assertThat(page("# TYPE a gauge\na{x=\"1,\\\"}\\\\\\n\",le=\"5\"} +Inf").series("a"))
                .isEqualTo(Map.of(Map.of("x", "1,\"}\\\n", "le", "5.0"), Double.POSITIVE_INFINITY));
        assertThatThrownBy(() -> page("a 1\na 2")).hasMessageContaining("a second line");
        assertThatThrownBy(() -> page("a{x=1} 1")).hasMessageContaining("no labels");
    }

    private static ScrapedPage page(String text) {
        return ScrapedPage.parse(text);
    }
}
