package io.pgsidecar.archive.backup;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Python's literals, as far as {@code backup.info} has them: strings, whole numbers, {@code None}, {@code True},
 * {@code False}, lists and tuples.
 *
 * @see <a href="https://docs.python.org/3/reference/lexical_analysis.html#literals">Python: literals</a>
 */
final class PythonLiteral {

    private static final String ESCAPES = "nrtbfav0";
    private static final String ESCAPED = "\n\r\t\b\f\u0007\u000b\0";

    private final String text;
    private int at;

    private PythonLiteral(String text) {
        this.text = text;
    }

    /** A string in single quotes, as {@code repr} makes it. */
    static String write(String value) {
        StringBuilder out = new StringBuilder("'");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\'', '\\' -> out.append('\\').append(c);
                default -> {
                    if (c < 0x20 || c == 0x7f) {
                        out.append("\\x%02x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('\'').toString();
    }

    /**
     * Reads a literal: a String, a Long, a Boolean, a List of such; empty for {@code None}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static Optional<Object> read(String text) {
        PythonLiteral literal = new PythonLiteral(text);
        Optional<Object> value = literal.value();
        literal.skipSpace();
        if (literal.at != text.length()) {
            throw literal.unexpected();
        }
        return value;
    }

    private Optional<Object> value() {
        skipSpace();
        char c = peek();
        if (c == '\'' || c == '"') {
            return Optional.of(string());
        }
        if (c == '[' || c == '(') {
            return Optional.of(list(c == '[' ? ']' : ')'));
        }
        int begin = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '-')) {
            at++;
        }
        String word = text.substring(begin, at);
        return switch (word) {
            case "None" -> Optional.empty();
            case "True" -> Optional.of(true);
            case "False" -> Optional.of(false);
            default -> {
                if (!word.matches("-?\\d{1,18}")) {
                    at = begin;
                    throw unexpected();
                }
                yield Optional.of(Long.valueOf(word));
            }
        };
    }

    private List<Object> list(char close) {
        at++;
        List<Object> values = new ArrayList<>();
        skipSpace();
        while (peek() != close) {
            values.add(value().orElse("None"));
            skipSpace();
            if (peek() == ',') {
                at++;
                skipSpace();
            } else if (peek() != close) {
                throw unexpected();
            }
        }
        at++;
        return values;
    }

    private String string() {
        char quote = text.charAt(at++);
        StringBuilder value = new StringBuilder();
        while (peek() != quote) {
            char c = text.charAt(at++);
            if (c == '\\') {
                value.appendCodePoint(escape());
            } else {
                value.append(c);
            }
        }
        at++;
        return value.toString();
    }

    private int escape() {
        char c = peek();
        at++;
        int known = ESCAPES.indexOf(c);
        if (known >= 0) {
            return ESCAPED.charAt(known);
        }
        return switch (c) {
            case '\\', '\'', '"' -> c;
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            case 'U' -> hex(8);
            default -> throw unexpected();
        };
    }

    private int hex(int digits) {
        if (at + digits > text.length()) {
            throw unexpected();
        }
        int code = Integer.parseInt(text, at, at + digits, 16);
        at += digits;
        return code;
    }

    private void skipSpace() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw unexpected();
        }
        return text.charAt(at);
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("not a literal of Python, at character %d: %s".formatted(at + 1, text));
    }
}
