package io.pgsidecar.agent.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An amount of memory or disk, with PostgreSQL's units: {@code 1MB} is 1,048,576 bytes. */
public record ByteSize(long bytes) implements Comparable<ByteSize> {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,6})(kB|MB|GB)");

    /** @throws IllegalArgumentException if it is no size */
    static ByteSize of(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no size: \"" + text + "\"");
        }
        long amount = Long.parseLong(matcher.group(1));
        return new ByteSize(
                switch (matcher.group(2)) {
                    case "kB" -> amount << 10;
                    case "MB" -> amount << 20;
                    default -> amount << 30;
                });
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** As one would write it in the file. */
    @Override
    public String toString() {
        if (bytes > 0 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + "GB";
        }
        return bytes > 0 && bytes % (1L << 20) == 0 ? (bytes >> 20) + "MB" : (bytes >> 10) + "kB";
    }
}
