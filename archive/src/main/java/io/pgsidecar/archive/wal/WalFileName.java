package io.pgsidecar.archive.wal;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A name that PostgreSQL hands to {@code archive_command} or asks {@code restore_command} for. There are four kinds
 * and no others; anything else is refused where the name is read.
 */
public final class WalFileName {

    /** What a name stands for. */
    public enum Kind {
        /** {@code 000000010000000000000042} */
        SEGMENT("[0-9A-F]{24}"),
        /** {@code 000000010000000000000042.partial}: the last segment of a timeline, cut short by a promotion. */
        PARTIAL("[0-9A-F]{24}\\.partial"),
        /** {@code 00000002.history}: where a timeline left its parent. */
        HISTORY("[0-9A-F]{8}\\.history"),
        /** {@code 000000010000000000000042.00000028.backup}: notes on a base backup. */
        BACKUP("[0-9A-F]{24}\\.[0-9A-F]{8}\\.backup");

        private final Pattern pattern;

        Kind(String pattern) {
            this.pattern = Pattern.compile(pattern);
        }
    }

    private final String name;
    private final Kind kind;
    private final @Nullable WalSegmentName segment;

    private WalFileName(String name, Kind kind) {
        this.name = name;
        this.kind = kind;
        this.segment = kind == Kind.HISTORY ? null : WalSegmentName.parse(name.substring(0, 24));
        if (timeline() == 0) {
            throw notAName(name);
        }
    }

    /**
     * Reads a name.
     *
     * @throws IllegalArgumentException if PostgreSQL makes no such name
     */
    public static WalFileName parse(String name) {
        for (Kind kind : Kind.values()) {
            if (kind.pattern.matcher(name).matches()) {
                return new WalFileName(name, kind);
            }
        }
        throw notAName(name);
    }

    public Kind kind() {
        return kind;
    }

    /** The segment that the name begins with; empty for a {@code .history}. */
    public Optional<WalSegmentName> segment() {
        return Optional.ofNullable(segment);
    }

    public long timeline() {
        return Long.parseLong(name, 0, 8, 16);
    }

    /** Whether the file is a segment's worth of WAL, with a segment's header. */
    public boolean holdsWal() {
        return kind == Kind.SEGMENT || kind == Kind.PARTIAL;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WalFileName that && that.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }

    private static IllegalArgumentException notAName(String name) {
        return new IllegalArgumentException(
                "\"" + name
                        + "\" is not a name that PostgreSQL archives: a segment (24 hexadecimal digits), .partial, .history or .backup");
    }
}
