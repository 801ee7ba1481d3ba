package io.pgsidecar.probes.metrics.queries;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A duration as Go writes it, {@code 1h2m3.5s}: both formats promise to read it. */
final class GoDuration {

    private static final Map<String, Double> UNITS =
            Map.of("ns", 1e-6, "us", 1e-3, "µs", 1e-3, "μs", 1e-3, "ms", 1.0, "s", 1e3, "m", 6e4, "h", 36e5);
    private static final Pattern PART = Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");

    private GoDuration() {}

    /** In milliseconds; NaN for -1, by which PostgreSQL's settings say "off". */
    static double milliseconds(String text) throws UnfitException {
        if (text.equals("-1")) {
            return Double.NaN;
        }
        String parts = text.replaceFirst("^[+-]", "");
        double sign = text.startsWith("-") ? -1 : 1;
        if (parts.equals("0")) {
            return 0;
        }
        double sum = 0;
        Matcher part = PART.matcher(parts);
        int end = 0;
        while (end < parts.length()) {
            if (!part.find(end) || part.start() != end) {
                throw notOne();
            }
            sum += Double.parseDouble(part.group(1)) * UNITS.getOrDefault(part.group(2), Double.NaN);
            end = part.end();
        }
        if (end == 0) {
            throw notOne();
        }
        return sign * sum;
    }

    private static UnfitException notOne() {
        return new UnfitException("it must be a duration like 1h2m3.5s or 250ms, or an interval");
    }
}
