package io.pgsidecar.probes.metrics.queries;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A value of a row, and what can be made of it. */
sealed interface Cell {

    /** How long a label may be: a longer one is cut. */
    int MAX_LABEL = 1024;

    /** NULL. */
    record Nothing() implements Cell {}

    /** Any type that is not one of the others, as PostgreSQL writes it. */
    record Text(String text) implements Cell {}

    record Flag(boolean set) implements Cell {}

    /** A time, in seconds since 1970. */
    record Time(double epochSeconds) implements Cell {}

    /** An interval. */
    record Span(double seconds) implements Cell {}

    record Numbers(List<Double> values) implements Cell {
        public Numbers {
            values = List.copyOf(values);
        }
    }

    /** As a gauge's or a counter's value: a time as whole seconds, NULL as NaN. */
    default double number() throws UnfitException {
        return switch (this) {
            case Nothing nothing -> Double.NaN;
            case Text text -> parsed(text.text.strip());
            case Flag flag -> flag.set ? 1 : 0;
            case Time time -> Math.floor(time.epochSeconds);
            case Span span ->
                throw new UnfitException("an interval is not a number: select EXTRACT(EPOCH FROM …) of it");
            case Numbers numbers -> throw new UnfitException("an array is not a number");
        };
    }

    /** As a label's value; NULL is the empty one. */
    default String label() {
        String label = switch (this) {
            case Nothing nothing -> "";
            case Text text -> text.text;
            case Flag flag -> flag.set ? "true" : "false";
            case Time time -> Long.toString((long) Math.floor(time.epochSeconds));
            case Span span -> Double.toString(span.seconds);
            case Numbers numbers -> numbers.values.toString();
        };
        return shortened(label, MAX_LABEL);
    }

    /** What a text stands for; NULL is NaN. */
    default double mapped(Map<String, Double> mapping) throws UnfitException {
        List<String> words = switch (this) {
            case Nothing nothing -> List.of();
            // As PostgreSQL writes them, and as everybody else does.
            case Flag flag -> flag.set ? List.of("true", "t") : List.of("false", "f");
            default -> List.of(label());
        };
        if (words.isEmpty()) {
            return Double.NaN;
        }
        for (String word : words) {
            Double value = mapping.get(word);
            if (value != null) {
                return value;
            }
        }
        throw new UnfitException("\"%s\" is not in metric_mapping".formatted(shortened(words.getFirst(), 40)));
    }

    /** As milliseconds: an interval, or a text like {@code 1m30s}. NULL is NaN, and so is -1. */
    default double milliseconds() throws UnfitException {
        return switch (this) {
            case Nothing nothing -> Double.NaN;
            case Span span -> span.seconds * 1000;
            case Text text -> GoDuration.milliseconds(text.text.strip());
            case Flag flag -> throw new UnfitException("a truth value is not a duration");
            case Time time -> throw new UnfitException("a time is not a duration");
            case Numbers numbers -> throw new UnfitException("an array is not a duration");
        };
    }

    /** As a histogram's bounds or counts. */
    default List<Double> numbers() throws UnfitException {
        if (this instanceof Numbers numbers) {
            return numbers.values;
        }
        throw new UnfitException("it must be an array of numbers");
    }

    private static double parsed(String text) throws UnfitException {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "nan" -> Double.NaN;
            case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            default -> {
                // Java's own takes more than numbers: 1d is one for it.
                if (!text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
                    throw new UnfitException("a text is not a number");
                }
                yield Double.parseDouble(text);
            }
        };
    }

    private static String shortened(String word, int length) {
        if (word.length() <= length) {
            return word;
        }
        int end = Character.isHighSurrogate(word.charAt(length - 2)) ? length - 2 : length - 1;
        return word.substring(0, end) + "…";
    }
}
