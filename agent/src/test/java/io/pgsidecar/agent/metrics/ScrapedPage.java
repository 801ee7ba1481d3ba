package io.pgsidecar.agent.metrics;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page as a reader of Prometheus' text format takes it.
 *
 * @param metrics the series of each name, by their labels
 */
record ScrapedPage(Map<String, Map<Map<String, String>, Double>> metrics) {

    private static final Pattern LINE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? (NaN|[+-]?Inf|[-+0-9.eE]+)(?: [0-9.]+)?");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

    /** Reads a page; each line must be one of the format. */
    static ScrapedPage parse(String text) {
        Map<String, Map<Map<String, String>, Double>> metrics = new TreeMap<>();
        text.lines().filter(line -> !line.isEmpty() && !line.startsWith("#")).forEach(line -> {
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new IllegalArgumentException("no line of Prometheus' format: " + line);
            }
            Map<String, String> labels = labels(parts.group(2) == null ? "" : parts.group(2));
            Double before = metrics.computeIfAbsent(parts.group(1), name -> new LinkedHashMap<>())
                    .put(labels, number(parts.group(3)));
            if (before != null) {
                throw new IllegalArgumentException("a second line of a series: " + line);
            }
        });
        return new ScrapedPage(metrics);
    }

    Set<String> names() {
        return metrics.keySet();
    }

    Map<Map<String, String>, Double> series(String name) {
        return metrics.getOrDefault(name, Map.of());
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        Matcher label = LABEL.matcher(text);
        int end = 0;
        while (label.find() && label.start() == end) {
            String value = unescaped(label.group(2));
            // One writes 1, another one 1.0.
            labels.put(label.group(1), label.group(1).equals("le") ? Double.toString(number(value)) : value);
            end = label.end();
        }
        if (end != text.length()) {
            throw new IllegalArgumentException("no labels: " + text);
        }
        return labels;
    }

    private static String unescaped(String value) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\') {
                i++;
                plain.append(value.charAt(i) == 'n' ? '\n' : value.charAt(i));
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }
}
