package io.pgsidecar.agent.config;

import io.pgsidecar.archive.codec.Compression;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A kind of value: what it is called and how it is read. A value is text first, because the environment has nothing
 * else; so {@code "5432"} and {@code 5432} mean the same in the file too.
 *
 * @param what completes the sentence "must be …"
 * @param read makes the value; throws an {@link IllegalArgumentException} if the text is none of this kind
 */
record ValueType(String what, Function<String, Object> read) {

    private static final ValueType NUMBER = new ValueType("a whole number", Integer::valueOf);
    private static final ValueType WORDS = new ValueType("a list of words", Words::of);

    private static final Map<Class<?>, ValueType> KNOWN = Map.ofEntries(
            Map.entry(String.class, new ValueType("a line of text", ValueType::text)),
            Map.entry(
                    ServerName.class,
                    new ValueType("a name of letters, digits, dots, underscores and hyphens", ServerName::new)),
            Map.entry(Secret.class, new ValueType("text", Secret::new)),
            Map.entry(Path.class, new ValueType("an absolute path", ValueType::absolutePath)),
            Map.entry(int.class, NUMBER),
            Map.entry(Integer.class, NUMBER),
            Map.entry(Long.class, new ValueType("a whole number", Long::valueOf)),
            Map.entry(
                    Instant.class,
                    new ValueType("a time with its zone, as in 2026-11-25 10:15:00+01", TargetText::time)),
            Map.entry(boolean.class, new ValueType("true or false", ValueType::truth)),
            Map.entry(Boolean.class, new ValueType("true or false", ValueType::truth)),
            Map.entry(Words.class, WORDS),
            Map.entry(ByteSize.class, new ValueType("a size (kB, MB or GB)", ByteSize::of)),
            Map.entry(
                    CronExpression.class,
                    new ValueType(
                            "five fields as in crontab: minute, hour, day of month, month and day of week",
                            CronExpression::of)),
            Map.entry(ZoneId.class, new ValueType("a time zone such as UTC or Europe/Vienna", ValueType::zone)),
            Map.entry(Period.class, new ValueType("a number of days, weeks or months (7d, 4w, 3m)", ValueType::period)),
            Map.entry(Duration.class, new ValueType("a duration", ValueType::duration)));

    private static final Pattern PERIOD = Pattern.compile("([1-9]\\d{0,3})([dwm])");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    /** Whether the type is a value; if not, it is a record with keys of its own. */
    static boolean isValue(Class<?> type) {
        return KNOWN.containsKey(type) || type.isEnum();
    }

    /** @throws IllegalArgumentException if the type is no value */
    static ValueType of(Class<?> type) {
        ValueType known = KNOWN.get(type);
        if (known != null) {
            return known;
        }
        if (type.isEnum()) {
            return oneOf(type.getEnumConstants());
        }
        throw new IllegalArgumentException("no kind of value: " + type);
    }

    /** Whether the file may have a list for it. */
    boolean list() {
        return equals(WORDS);
    }

    /** The value as one would write it in the file; a secret is masked. */
    static String show(Object value) {
        return switch (value) {
            case Duration duration -> show(duration);
            case Period period -> period.getMonths() > 0 ? period.getMonths() + "m" : period.getDays() + "d";
            case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT);
            default -> value.toString();
        };
    }

    private static String show(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds % 60 != 0 || seconds == 0) {
            return seconds + "s";
        }
        return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
    }

    private static String text(String text) {
        // A variable set from a file often ends in a line break, which then shows up as a host that does not resolve.
        if (text.isBlank() || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("blank, or with control characters");
        }
        return text;
    }

    private static boolean truth(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        };
    }

    private static Path absolutePath(String text) {
        Path path = Path.of(text(text));
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("relative path");
        }
        return path;
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("no time zone", e);
        }
    }

    private static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no duration");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }

    /** Of whole days: a window of minutes would not outlive the backup that begins it. */
    private static Period period(String text) {
        Matcher matcher = PERIOD.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no number of days, weeks or months");
        }
        int amount = Integer.parseInt(matcher.group(1));
        return switch (matcher.group(2)) {
            case "d" -> Period.ofDays(amount);
            case "w" -> Period.ofWeeks(amount);
            default -> Period.ofMonths(amount);
        };
    }

    private static ValueType oneOf(Object[] constants) {
        Map<String, Object> byName = Arrays.stream(constants)
                // What is only read cannot be asked for.
                .filter(constant -> !(constant instanceof Compression compression) || compression.writable())
                .collect(Collectors.toMap(ValueType::show, Function.identity(), (a, b) -> a, LinkedHashMap::new));
        String what = String.join(", ", byName.keySet()).replaceFirst(", (?=[^,]*$)", " or ");
        return new ValueType(what, text -> {
            Object constant = byName.get(text.toLowerCase(Locale.ROOT));
            if (constant == null) {
                throw new IllegalArgumentException("not " + what);
            }
            return constant;
        });
    }
}
