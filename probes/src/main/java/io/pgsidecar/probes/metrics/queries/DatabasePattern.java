package io.pgsidecar.probes.metrics.queries;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The name of a database, or a pattern of names as Go's {@code path.Match} takes it: {@code *} for any characters,
 * {@code ?} for one, {@code [a-z]} and {@code [^a-z]}, and {@code \} before a character that means itself. None of
 * them stands for a slash.
 */
public final class DatabasePattern {

    private static final Pattern SIGNS = Pattern.compile("[\\[\\]*?]");

    private final String text;
    private final @Nullable Predicate<String> names;

    private DatabasePattern(String text, @Nullable Predicate<String> names) {
        this.text = text;
        this.names = names;
    }

    /**
     * Reads a name or a pattern.
     *
     * @throws IllegalArgumentException if it is empty or a bracket is not closed
     */
    public static DatabasePattern of(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("empty");
        }
        return SIGNS.matcher(text).find()
                ? new DatabasePattern(text, regex(text).asMatchPredicate())
                : new DatabasePattern(text, null);
    }

    /** The one database that it names; empty for a pattern. */
    public Optional<String> name() {
        return names == null ? Optional.of(text) : Optional.empty();
    }

    /** Whether the database is one of those meant. */
    public boolean matches(String database) {
        return names == null ? text.equals(database) : names.test(database);
    }

    private static Pattern regex(String text) {
        StringBuilder regex = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            switch (c) {
                case '*' -> regex.append("[^/]*");
                case '?' -> regex.append("[^/]");
                case '[' -> i = set(text, i, regex);
                case '\\' -> regex.append(literal(at(text, i++)));
                default -> regex.append(literal(c));
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("not a pattern: \"" + text + "\"", e);
        }
    }

    /** Behind the closing bracket. */
    private static int set(String text, int begin, StringBuilder regex) {
        int i = begin;
        regex.append('[');
        if (at(text, i) == '^') {
            regex.append('^');
            i++;
        }
        int first = i;
        while (at(text, i) != ']' || i == first) {
            char c = at(text, i++);
            if (c == '\\') {
                regex.append(literal(at(text, i++)));
            } else if (c == '-' && i - 1 > first && at(text, i) != ']') {
                regex.append('-');
            } else {
                regex.append(literal(c));
            }
        }
        regex.append(']');
        return i + 1;
    }

    private static char at(String text, int index) {
        if (index >= text.length()) {
            throw new IllegalArgumentException("not closed: \"" + text + "\"");
        }
        return text.charAt(index);
    }

    private static String literal(char c) {
        return Character.isLetterOrDigit(c) || c > 127 ? String.valueOf(c) : "\\" + c;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DatabasePattern pattern && pattern.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
