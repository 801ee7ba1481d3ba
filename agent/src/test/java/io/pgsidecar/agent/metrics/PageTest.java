package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Histogram;
import io.pgsidecar.probes.metrics.Sample;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PageTest {

    @ParameterizedTest
    @EnumSource(Representation.Format.class)
    void hasEachNameToTheLetter(Representation.Format format) {
        Page page = Page.of(
                List.of(),
                List.of(
                        family("pg_stat_activity_count", Family.Type.GAUGE, 3),
                        family("pg_stat_database_xact_commit", Family.Type.COUNTER, 4),
                        family("pg_stat_bgwriter_buffers_clean_total", Family.Type.COUNTER, 5),
                        family("pg_stat_bgwriter_buffers_clean", Family.Type.COUNTER, 5),
                        family("x_active_time_seconds_total", Family.Type.COUNTER, 6),
                        family("x_bucket", Family.Type.GAUGE, 7),
                        family("x_info", Family.Type.GAUGE, 1),
                        family("x_odd_total", Family.Type.GAUGE, 8)),
                Set.of());
        assertThat(page.leftOut()).isEmpty();
        assertThat(values(format, page))
                .containsExactlyInAnyOrder(
                        "pg_stat_activity_count 3.0",
                        "pg_stat_database_xact_commit 4.0",
                        "pg_stat_bgwriter_buffers_clean_total 5.0",
                        "pg_stat_bgwriter_buffers_clean 5.0",
                        "x_active_time_seconds_total 6.0",
                        "x_bucket 7.0",
                        "x_info 1.0",
                        "x_odd_total 8.0");
    }

    @Test
    void tellsWhatIsACounter() {
        Page page = Page.of(
                List.of(),
                List.of(
                        family("a_total", Family.Type.COUNTER, 1),
                        family("b", Family.Type.COUNTER, 1),
                        family("c", Family.Type.GAUGE, 1)),
                Set.of());
        assertThat(text(Representation.Format.TEXT, page))
                .contains("# TYPE a_total counter", "# TYPE b untyped", "# TYPE c gauge");
        assertThat(text(Representation.Format.OPEN_METRICS, page))
                .contains("# TYPE a counter", "# TYPE b unknown", "# TYPE c gauge")
                .endsWith("# EOF\n");
    }

    @Test
    void aValueThatNoCounterHasIsStillThere() {
        Page page = Page.of(List.of(), List.of(family("a_total", Family.Type.COUNTER, -1)), Set.of());
        assertThat(page.leftOut()).isEmpty();
        assertThat(values(Representation.Format.TEXT, page)).containsExactly("a_total -1.0");
    }

    @Test
    void putsFamiliesOfOneNameTogether() {
        Page page = Page.of(
                List.of(),
                List.of(
                        new Family(
                                "pg_database_size_bytes",
                                Family.Type.GAUGE,
                                "The collector's.",
                                List.of(new Sample(Map.of("datname", "a"), 1), new Sample(Map.of("datname", "b"), 2))),
                        new Family(
                                "pg_database_size_bytes",
                                Family.Type.COUNTER,
                                "A user's.",
                                List.of(new Sample(Map.of(), 3)))),
                Set.of());
        assertThat(page.leftOut()).isEmpty();
        assertThat(text(Representation.Format.TEXT, page)).isEqualTo("""
                # HELP pg_database_size_bytes The collector's.
                # TYPE pg_database_size_bytes gauge
                pg_database_size_bytes 3.0
                pg_database_size_bytes{datname="a"} 1.0
                pg_database_size_bytes{datname="b"} 2.0
                """);
    }

    @Test
    void leavesOutASeriesThatIsThereAlready() {
        Page page = Page.of(
                List.of(),
                List.of(
                        new Family("a", Family.Type.GAUGE, "", List.of(new Sample(Map.of("x", "1"), 1))),
                        new Family(
                                "a",
                                Family.Type.GAUGE,
                                "",
                                List.of(new Sample(Map.of("x", "1"), 2), new Sample(Map.of("x", "2"), 3)))),
                Set.of());
        assertThat(values(Representation.Format.TEXT, page)).containsExactly("a{x=\"1\"} 1.0", "a{x=\"2\"} 3.0");
        assertThat(page.leftOut()).containsExactly("a{x=1}: it is there already");
    }

    @Test
    void leavesOutWhatNoReaderUnderstands() {
        Page page = Page.of(
                List.of(),
                List.of(
                        family("", Family.Type.GAUGE, 1),
                        new Family("a", Family.Type.GAUGE, "", List.of(new Sample(Map.of("__name__", "b"), 1))),
                        family("b", Family.Type.GAUGE, 2)),
                Set.of());
        assertThat(values(Representation.Format.TEXT, page)).containsExactly("b 2.0");
        assertThat(page.leftOut()).hasSize(2);
    }

    @Test
    void aFamilyThatHasANameOfTheLibrarysIsLeftOut() {
        CounterSnapshot counter = CounterSnapshot.builder()
                .name("a")
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(1)
                        .build())
                .build();
        Page page = Page.of(
                List.of(counter),
                List.of(family("a_total", Family.Type.COUNTER, 2), family("a", Family.Type.GAUGE, 3)),
                Set.of());
        assertThat(values(Representation.Format.TEXT, page)).containsExactly("a_total 1.0");
        assertThat(page.leftOut()).hasSize(2);
    }

    @Test
    void whatIsNotKnownIsNoNumber() {
        Page page = Page.of(
                List.of(),
                List.of(new Family(
                        "a",
                        Family.Type.GAUGE,
                        "Two\nlines.",
                        List.of(
                                new Sample(Map.of("x", "a\"b\\c\nd"), Double.NaN),
                                new Sample(Map.of(), Double.POSITIVE_INFINITY)))),
                Set.of());
        assertThat(text(Representation.Format.TEXT, page)).isEqualTo("""
                # HELP a Two\\nlines.
                # TYPE a gauge
                a +Inf
                a{x="a\\"b\\\\c\\nd"} NaN
                """);
    }

    @Test
    void aHistogramsCountsAreCumulative() {
        Page page = Page.of(List.of(), List.of(histogram("x", 2), family("x_sum", Family.Type.GAUGE, 7)), Set.of());
        assertThat(page.leftOut()).containsExactly("x_sum: another metric of this name is there");
        for (Representation.Format format : Representation.Format.values()) {
            assertThat(values(format, page))
                    .containsExactlyInAnyOrder(
                            "x_bucket{le=\"0.5\"} 2",
                            "x_bucket{le=\"1.0\"} 5",
                            "x_bucket{le=\"+Inf\"} 9",
                            "x_count 9",
                            "x_sum 12.5");
        }
    }

    @Test
    void whatIsNoHistogramIsNotTakenForOne() {
        Page page = Page.of(List.of(), List.of(histogram("x", 2), family("x", Family.Type.GAUGE, 7)), Set.of());
        assertThat(page.leftOut()).containsExactly("x{}: histograms and other values cannot have one name");
        assertThat(values(Representation.Format.TEXT, page))
                .contains("x_count 9")
                .doesNotContain("x 7.0");
    }

    @ParameterizedTest
    @EnumSource(
            value = Family.Type.class,
            names = {"GAUGE", "UNKNOWN"})
    void onlyACounterIsOne(Family.Type type) {
        Page page = Page.of(List.of(), List.of(family("a_total", type, 1)), Set.of());
        assertThat(text(Representation.Format.TEXT, page))
                .contains("# TYPE a_total " + (type == Family.Type.GAUGE ? "gauge" : "untyped"));
    }

    private static Family histogram(String name, long lowest) {
        Histogram histogram = new Histogram(
                List.of(new Histogram.Bucket(0.5, lowest), new Histogram.Bucket(1, lowest + 3)), 12.5, lowest + 7);
        return new Family(
                name, Family.Type.HISTOGRAM, "Help.", List.of(new Sample(Map.of(), histogram.sum(), histogram)));
    }

    private static Family family(String name, Family.Type type, double value) {
        return new Family(name, type, "Help.", List.of(new Sample(Map.of(), value)));
    }

    private static List<String> values(Representation.Format format, Page page) {
        return text(format, page).lines().filter(line -> !line.startsWith("#")).toList();
    }

    private static String text(Representation.Format format, Page page) {
        return format.writer().toDebugString(page.snapshots());
    }
}
