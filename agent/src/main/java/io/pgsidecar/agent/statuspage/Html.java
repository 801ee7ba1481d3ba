package io.pgsidecar.agent.statuspage;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML, of which the tags are the program's and all else is anybody's: names of backups, words of stores and
 * servers. Whatever comes as text or as an attribute's value is escaped here, and nowhere else. For one thread.
 */
final class Html {

    private final StringBuilder out = new StringBuilder(32 * 1024);
    private final Deque<String> open = new ArrayDeque<>();

    /**
     * Begins an element, to be ended by {@link #end()}.
     *
     * @param attributes names and values in turn
     */
    Html begin(String tag, String... attributes) {
        tag(tag, attributes);
        open.push(tag);
        return this;
    }

    /** An element that has nothing in it and no end, such as {@code meta}. */
    Html single(String tag, String... attributes) {
        tag(tag, attributes);
        return this;
    }

    /** Ends the element that was begun last. */
    Html end() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** Somebody's words. */
    Html text(String text) {
        escape(text, out);
        return this;
    }

    /** An element with text in it. */
    Html element(String tag, String text, String... attributes) {
        return begin(tag, attributes).text(text).end();
    }

    /** The program's own style or script, as it is: the policy of the page knows its checksum. */
    Html own(String tag, String content) {
        out.append('<')
                .append(tag)
                .append('>')
                .append(content)
                .append("</")
                .append(tag)
                .append('>');
        return this;
    }

    /** For who reads the source. */
    Html line() {
        out.append('\n');
        return this;
    }

    private void tag(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1], out);
            out.append('"');
        }
        out.append('>');
    }

    /** Fit to stand in text and between quotes. */
    static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        escape(text, out);
        return out.toString();
    }

    private static void escape(String text, StringBuilder out) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(isShown(c) ? c : '\uFFFD');
            }
        }
    }

    /** No control characters, and none of those that turn the direction of the text around them. */
    private static boolean isShown(char c) {
        boolean control = Character.isISOControl(c) && c != '\n' && c != '\t';
        boolean turns = (c >= '\u202A' && c <= '\u202E') || (c >= '\u2066' && c <= '\u2069');
        return !control && !turns;
    }

    @Override
    public String toString() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("not ended: " + open);
        }
        return out.toString();
    }
}
