package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepresentationTest {

    private static final String NO_HEADER = "-";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Prometheus 2 and 3, curl, a browser, nobody.
                "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2 | OPEN_METRICS",
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2 | OPEN_METRICS",
                "application/openmetrics-text; version=1.0.0; charset=utf-8 | OPEN_METRICS",
                "text/plain;version=0.0.4 | TEXT",
                "*/* | TEXT",
                "text/html,application/xhtml+xml,*/*;q=0.8 | TEXT",
                "text/plain, application/openmetrics-text;q=0.5 | TEXT",
                "application/openmetrics-text;q=0 | TEXT",
                "application/openmetrics-text;q=much | TEXT",
                "application/json | TEXT",
                ";;;,,, | TEXT",
                "- | TEXT",
            })
    void isInTheFormatThatIsPreferred(String accept, Representation.Format format) {
        assertThat(Representation.of(accept.equals(NO_HEADER) ? null : accept, null))
                .isEqualTo(new Representation(format, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip | true",
                "GZIP | true",
                "deflate, gzip;q=0.5 | true",
                "* | true",
                "gzip;q=0, * | false",
                "identity | false",
                "deflate | false",
                "- | false",
            })
    void isCompressedForWhoSaysSo(String acceptEncoding, boolean gzip) {
        assertThat(Representation.of(null, acceptEncoding.equals(NO_HEADER) ? null : acceptEncoding)
                        .gzip())
                .isEqualTo(gzip);
    }
}
