package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Encoding;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a backup's tar, as in {@code data_0001.tar.zst}.
 *
 * @param name all of it
 * @param tablespace its OID; empty if the tar holds the data directory
 * @param part 0 for the first, whose name has no number
 */
record TarName(String name, OptionalLong tablespace, int part, Encoding encoding) implements Comparable<TarName> {

    private static final Pattern NAME = Pattern.compile("(data|\\d{1,10})(?:_(\\d{4,9}))?\\.tar(.*)");

    private static final Comparator<TarName> ORDER = Comparator.<TarName>comparingLong(tar -> tar.tablespace.orElse(-1))
            .thenComparingInt(TarName::part)
            .thenComparing(TarName::name);

    /** Reads a name; empty if it is none of a tar that can be read. */
    static Optional<TarName> of(String name) {
        Matcher m = NAME.matcher(name);
        Encoding encoding = Encoding.ofName(name);
        if (!m.matches() || !m.group(3).equals(encoding.ending())) {
            return Optional.empty();
        }
        OptionalLong tablespace =
                m.group(1).equals("data") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(m.group(1)));
        int part = m.group(2) == null ? 0 : Integer.parseInt(m.group(2));
        return Optional.of(new TarName(name, tablespace, part, encoding));
    }

    /** What the names of its files begin with in a manifest. */
    String pathPrefix() {
        return tablespace.isPresent() ? "pg_tblspc/" + tablespace.getAsLong() + "/" : "";
    }

    @Override
    public int compareTo(TarName other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return name;
    }
}
