package io.pgsidecar.agent.quickstart;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. */
final class Amounts {

    private static final double MIB = 1024 * 1024;

    private Amounts() {}

    /** {@code 812 KB} or {@code 16.0 MB}, in units of 1024 as PostgreSQL has them. */
    static String size(long bytes) {
        return bytes < MIB
                ? "%d KB".formatted((bytes + 1023) / 1024)
                : String.format(Locale.ROOT, "%.1f MB", bytes / MIB);
    }

    /** {@code 38 ms} or {@code 2.4 s}. */
    static String time(Duration time) {
        return time.toMillis() < 1000
                ? time.toMillis() + " ms"
                : String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }

    /** {@code 1,234,567}. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 1 segment} or {@code 12 segments}. */
    static String count(long number, String thing) {
        return count(number) + " " + thing + (number == 1 ? "" : "s");
    }

    static Duration since(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime);
    }
}
