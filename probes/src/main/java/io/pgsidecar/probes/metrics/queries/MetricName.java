package io.pgsidecar.probes.metrics.queries;

import java.util.regex.Pattern;

/** Which names Prometheus has always taken. */
public final class MetricName {

    private static final Pattern SERIES = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern LABEL = Pattern.compile("(?!__)[a-zA-Z_][a-zA-Z0-9_]*");

    private MetricName() {}

    /** Whether series can have it. */
    public static boolean valid(String name) {
        return SERIES.matcher(name).matches();
    }

    /** Whether a label can. */
    public static boolean validLabel(String name) {
        return LABEL.matcher(name).matches();
    }
}
