package io.pgsidecar.archive.backup;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of {@code postgresql.conf} or {@code postgresql.auto.conf}: lines of {@code name = value}, comments and what
 * cannot be read. Includes are not followed.
 */
record ServerSettings(List<String> lines) {

    private static final Pattern SETTING = Pattern.compile(
            "\\s*([A-Za-z_][\\w$.]*)(?:\\s*=\\s*|\\s+)('(?:[^'\\\\\n]|''|\\\\.)*'|[^\\s#']+)\\s*(?:#.*)?");

    ServerSettings {
        lines = List.copyOf(lines);
    }

    static ServerSettings of(String text) {
        return new ServerSettings(text.lines().toList());
    }

    /** The last value of a setting, as it counts for the server. */
    Optional<String> get(String name) {
        Optional<String> value = Optional.empty();
        for (String line : lines) {
            Matcher m = SETTING.matcher(line);
            if (m.matches() && m.group(1).equalsIgnoreCase(name)) {
                value = Optional.of(unquoted(m.group(2)));
            }
        }
        return value;
    }

    /** Without the lines that set one of these, in small letters. */
    ServerSettings without(Set<String> names) {
        List<String> kept = new ArrayList<>();
        for (String line : lines) {
            Matcher m = SETTING.matcher(line);
            if (!m.matches() || !names.contains(m.group(1).toLowerCase(Locale.ROOT))) {
                kept.add(line);
            }
        }
        return new ServerSettings(kept);
    }

    ServerSettings with(String name, String value) {
        List<String> more = new ArrayList<>(lines);
        more.add(name + " = " + quoted(value));
        return new ServerSettings(more);
    }

    ServerSettings withComment(String comment) {
        List<String> more = new ArrayList<>(lines);
        more.add("# " + comment);
        return new ServerSettings(more);
    }

    String text() {
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }

    /**
     * As PostgreSQL writes it ({@code escape_single_quotes_ascii}): a quote and a backslash twice.
     *
     * @throws IllegalArgumentException for what no line can hold
     */
    static String quoted(String value) {
        if (value.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
            throw new IllegalArgumentException("a setting has one line, not \"%s\"".formatted(value));
        }
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    private static String unquoted(String value) {
        if (!value.startsWith("'")) {
            return value;
        }
        return value.substring(1, value.length() - 1).replace("''", "'").replaceAll("\\\\(.)", "$1");
    }
}
