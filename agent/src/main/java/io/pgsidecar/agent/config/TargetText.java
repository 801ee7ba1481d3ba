package io.pgsidecar.agent.config;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How people write where a recovery is to end; each method throws an {@link IllegalArgumentException} that says how. */
public final class TargetText {

    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendPattern("[ ]['T']")
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendPattern("[ ]")
            .parseLenient()
            .appendOffset("+HH:mm", "Z")
            .toFormatter();

    private static final Pattern LSN = Pattern.compile("([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})");

    private static final int MAX_NAME_BYTES = 63;

    private TargetText() {}

    /** A time with its zone: without one, nobody can tell whose clock is meant. */
    public static Instant time(String value) {
        try {
            return TIME.parse(value.replace("UTC", "Z"), Instant::from);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "\"%s\" is no time with a zone, as in \"2026-11-25 10:15:00+01\" or \"2026-11-25T09:15:00Z\""
                            .formatted(value),
                    e);
        }
    }

    /** Two hexadecimal numbers. */
    public static long lsn(String value) {
        Matcher matcher = LSN.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"%s\" is no LSN, as in 16/B374D848".formatted(value));
        }
        return (Long.parseLong(matcher.group(1), 16) << 32) | Long.parseLong(matcher.group(2), 16);
    }

    /** What PostgreSQL takes for the name of a restore point. */
    public static String name(String value) {
        if (value.isEmpty()
                || value.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES
                || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a restore point has a name of 1 to 63 bytes on one line");
        }
        return value;
    }
}
