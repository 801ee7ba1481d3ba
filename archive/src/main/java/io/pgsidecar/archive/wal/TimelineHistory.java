package io.pgsidecar.archive.wal;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The content of a {@code .history} file: where each ancestor of a timeline ended. Lines of
 * {@code parent <tab> switch point <tab> reason}; empty lines and {@code #} lines do not count
 * ({@code readTimeLineHistory} in PostgreSQL's {@code timeline.c}).
 *
 * @param timeline whose history it is
 * @param ancestors oldest first
 */
public record TimelineHistory(long timeline, List<Ancestor> ancestors) {

    /**
     * A timeline that came before.
     *
     * @param timeline of the ancestor
     * @param switchPoint the LSN at which its child began
     */
    public record Ancestor(long timeline, long switchPoint) {}

    private static final Pattern LINE =
            Pattern.compile("\\s*(\\d{1,10})\\s+([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})(\\s.*)?", Pattern.DOTALL);

    public TimelineHistory {
        ancestors = List.copyOf(ancestors);
    }

    /**
     * Reads a file's content.
     *
     * @throws IllegalArgumentException if it is no history of that timeline; the message says why
     */
    public static TimelineHistory parse(long timeline, byte[] content) {
        List<Ancestor> ancestors = new ArrayList<>();
        long previous = 0;
        for (String line : new String(content, StandardCharsets.UTF_8).split("\n", -1)) {
            if (line.isBlank() || line.stripLeading().startsWith("#")) {
                continue;
            }
            Matcher m = LINE.matcher(line);
            if (!m.matches()) {
                throw new IllegalArgumentException(
                        "line \"" + abbreviated(line) + "\" is not \"timeline<tab>LSN<tab>reason\"");
            }
            long parent = Long.parseLong(m.group(1));
            if (parent <= previous || parent >= timeline) {
                throw new IllegalArgumentException("timeline " + parent + " cannot come after timeline " + previous
                        + " in the history of timeline " + timeline);
            }
            previous = parent;
            ancestors.add(
                    new Ancestor(parent, (Long.parseLong(m.group(2), 16) << 32) | Long.parseLong(m.group(3), 16)));
        }
        if (ancestors.isEmpty()) {
            throw new IllegalArgumentException("it names no timeline that came before");
        }
        return new TimelineHistory(timeline, ancestors);
    }

    private static String abbreviated(String line) {
        return line.length() <= 60 ? line : line.substring(0, 60) + "…";
    }
}
