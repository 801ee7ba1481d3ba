package io.pgsidecar.probes.metrics;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which names are meant: those that one of the first list matches, without those that one of the second does. {@code *}
 * stands for any text, {@code ?} for one character.
 *
 * @param include empty for all
 */
public record Globs(List<String> include, List<String> exclude) {

    /** Every name. */
    public static final Globs ALL = new Globs(List.of(), List.of());

    public Globs {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    /** Whether the name is meant. */
    public boolean allow(String name) {
        return (include.isEmpty() || matches(include, name)) && !matches(exclude, name);
    }

    private static boolean matches(List<String> globs, String name) {
        return Pattern.compile(pattern(globs), Pattern.DOTALL).matcher(name).matches();
    }

    /** For PostgreSQL: a regular expression that matches what is included. */
    String included() {
        return include.isEmpty() ? ".*" : pattern(include);
    }

    /** For PostgreSQL: a regular expression that matches what is excluded. */
    String excluded() {
        // No name is empty.
        return exclude.isEmpty() ? "^$" : pattern(exclude);
    }

    private static String pattern(List<String> globs) {
        return globs.stream().map(Globs::pattern).collect(Collectors.joining("|", "^(", ")$"));
    }

    /** The same in Java and in PostgreSQL: both take a letter for itself, and another sign behind a backslash. */
    private static String pattern(String glob) {
        StringBuilder pattern = new StringBuilder();
        glob.codePoints().forEach(c -> {
            switch (c) {
                case '*' -> pattern.append(".*");
                case '?' -> pattern.append('.');
                default -> {
                    if (c < 128 && !Character.isLetterOrDigit(c) && c != '_') {
                        pattern.append('\\');
                    }
                    pattern.appendCodePoint(c);
                }
            }
        });
        return pattern.toString();
    }
}
