package io.pgsidecar.agent.config;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Moments that recur, as a crontab says them: minute, hour, day of month, month and day of week. */
public record CronExpression(String text) {

    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    private static final Pattern FIVE_FIELDS = Pattern.compile("\\S+ +(?<hours>\\S+)( +\\S+){3}");

    // The first of a century's leap years: 29 February is near, whatever the year is now.
    private static final ZonedDateTime SOME_DAY = ZonedDateTime.of(2000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    public CronExpression {
        if (!FIVE_FIELDS.matcher(text).matches()) {
            throw new IllegalArgumentException("not five fields: \"" + text + "\"");
        }
        if (moments(text).nextExecution(SOME_DAY).isEmpty()) {
            throw new IllegalArgumentException("there is no such day: \"" + text + "\"");
        }
    }

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException if it is none, or one of a day that never comes
     */
    public static CronExpression of(String text) {
        return new CronExpression(text.strip());
    }

    /** The first moment after the given one; a clock of the place of whoever asks shows it. */
    public LocalDateTime next(LocalDateTime after) {
        return moments(text)
                .nextExecution(after.truncatedTo(ChronoUnit.MINUTES).atZone(ZoneOffset.UTC))
                .orElseThrow()
                .toLocalDateTime();
    }

    /** The last moment that is not after the given one. */
    public LocalDateTime latest(LocalDateTime until) {
        return moments(text)
                .lastExecution(
                        until.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1).atZone(ZoneOffset.UTC))
                .orElseThrow()
                .toLocalDateTime();
    }

    /** Whether it means every hour, or hours at a distance, rather than hours of the day. */
    public boolean overTheDay() {
        Matcher fields = FIVE_FIELDS.matcher(text);
        return fields.matches() && fields.group("hours").startsWith("*");
    }

    private static ExecutionTime moments(String text) {
        return ExecutionTime.forCron(PARSER.parse(text));
    }

    /** As one would write it in the file. */
    @Override
    public String toString() {
        return text;
    }
}
