package io.pgsidecar.agent.wal;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How times and sizes are written for people. */
public final class Words {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String[] UNITS = {"bytes", "kB", "MB", "GB", "TB", "PB"};

    private Words() {}

    /** In UTC, to the second: servers, stores and people are rarely in one zone. */
    public static String time(Instant instant) {
        return TIME.format(instant);
    }

    /** In PostgreSQL's units, powers of 1,024, with three digits or four. */
    public static String size(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        String number = String.format(Locale.ROOT, unit == 0 || amount >= 100 ? "%.0f" : "%.1f", amount);
        return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number) + " " + UNITS[unit];
    }

    /** With its two largest units, as in {@code 3d 4h}. */
    public static String span(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return "%dm %ds".formatted(seconds / 60, seconds % 60);
        }
        if (seconds < 86_400) {
            return "%dh %dm".formatted(seconds / 3600, seconds / 60 % 60);
        }
        return "%dd %dh".formatted(seconds / 86_400, seconds / 3600 % 24);
    }

    static String capital(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }
}
