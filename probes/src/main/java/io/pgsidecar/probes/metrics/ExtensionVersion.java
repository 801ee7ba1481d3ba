package io.pgsidecar.probes.metrics;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of an extension, as {@code pg_extension} has it. After an upgrade of the server it may be an old one. */
record ExtensionVersion(int major, int minor) implements Comparable<ExtensionVersion> {

    // Nine digits fit into an int.
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})(\\D.*)?");

    /** What is no number is older than all that are. */
    static ExtensionVersion of(String text) {
        Matcher numbers = NUMBERS.matcher(text);
        return numbers.matches()
                ? new ExtensionVersion(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)))
                : new ExtensionVersion(0, 0);
    }

    boolean before(ExtensionVersion other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(ExtensionVersion other) {
        return Comparator.comparingInt(ExtensionVersion::major)
                .thenComparingInt(ExtensionVersion::minor)
                .compare(this, other);
    }
}
