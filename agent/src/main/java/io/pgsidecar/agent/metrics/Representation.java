package io.pgsidecar.agent.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** In which form somebody wants the page, as the request's headers say (RFC 9110, 12.5). */
record Representation(Format format, boolean gzip) {

    /** What the page is written in. */
    enum Format {
        /** Prometheus' own text format, for whoever says nothing else. */
        TEXT,
        OPEN_METRICS;

        ExpositionFormatWriter writer() {
            return switch (this) {
                case TEXT -> TEXT_WRITER;
                case OPEN_METRICS -> OPEN_METRICS_WRITER;
            };
        }

        String contentType() {
            return writer().getContentType();
        }
    }

    private static final ExpositionFormatWriter TEXT_WRITER = PrometheusTextFormatWriter.create();
    private static final ExpositionFormatWriter OPEN_METRICS_WRITER = OpenMetricsTextFormatWriter.create();

    private static final String OPEN_METRICS_TYPE = "application/openmetrics-text";
    private static final String TEXT_TYPE = "text/plain";

    /**
     * What fits best.
     *
     * @param accept the header of that name; null if there is none
     * @param acceptEncoding the same
     */
    static Representation of(@Nullable String accept, @Nullable String acceptEncoding) {
        return new Representation(format(accept), gzip(acceptEncoding));
    }

    /** Of equals OpenMetrics, as Prometheus means it. What it asks for besides, protobuf say, it asks for as one of many. */
    private static Format format(@Nullable String accept) {
        double openMetrics = weight(accept, OPEN_METRICS_TYPE);
        double text = Math.max(weight(accept, TEXT_TYPE), Math.max(weight(accept, "text/*"), weight(accept, "*/*")));
        return openMetrics > 0 && openMetrics >= text ? Format.OPEN_METRICS : Format.TEXT;
    }

    private static boolean gzip(@Nullable String acceptEncoding) {
        return has(acceptEncoding, "gzip") ? weight(acceptEncoding, "gzip") > 0 : weight(acceptEncoding, "*") > 0;
    }

    private static boolean has(@Nullable String header, String name) {
        return header != null && find(header, name) != null;
    }

    /** 0 to 1; 0 also for what is not asked for. */
    private static double weight(@Nullable String header, String name) {
        String element = header == null ? null : find(header, name);
        if (element == null) {
            return 0;
        }
        for (String parameter : element.split(";", -1)) {
            String text = parameter.strip().toLowerCase(Locale.ROOT);
            if (text.startsWith("q=")) {
                try {
                    return Double.parseDouble(text.substring(2));
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
    }

    private static @Nullable String find(String header, String name) {
        for (String element : header.split(",", -1)) {
            if (element.split(";", 2)[0].strip().equalsIgnoreCase(name)) {
                return element;
            }
        }
        return null;
    }
}
