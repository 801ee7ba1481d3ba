package io.pgsidecar.agent.command;

import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say where a recovery ends, of which one at most may be given. */
final class TargetOptions {

    @Option(
            names = "--target-time",
            paramLabel = "TIME",
            converter = TimeOption.class,
            description = "The last transaction committed by then, as in \"2026-11-25 10:15:00+01\".")
    private @Nullable Instant time;

    @Option(
            names = "--target-lsn",
            paramLabel = "LSN",
            converter = LsnOption.class,
            description = "An address in the WAL, as in 16/B374D848.")
    private @Nullable Long lsn;

    @Option(names = "--target-xid", paramLabel = "XID", description = "The end of a transaction.")
    private @Nullable Long xid;

    @Option(
            names = "--target-name",
            paramLabel = "NAME",
            converter = NameOption.class,
            description = "A restore point of pg_create_restore_point().")
    private @Nullable String name;

    @Option(names = "--target-immediate", description = "As soon as the data is consistent.")
    private boolean immediate;

    @Option(names = "--latest", description = "The end of the WAL. This is the default.")
    private boolean latest;

    Stop stop() {
        if (time != null) {
            return new Stop.Time(time);
        }
        if (lsn != null) {
            return new Stop.Lsn(lsn);
        }
        if (xid != null) {
            return new Stop.Xid(xid);
        }
        if (name != null) {
            return new Stop.Name(name);
        }
        return immediate && !latest ? new Stop.Immediate() : new Stop.Latest();
    }

    /** A time with its zone: without one, nobody can tell whose clock is meant. */
    static final class TimeOption implements ITypeConverter<Instant> {

        private static final DateTimeFormatter FORMAT = new DateTimeFormatterBuilder()
                .append(DateTimeFormatter.ISO_LOCAL_DATE)
                .appendPattern("[ ]['T']")
                .append(DateTimeFormatter.ISO_LOCAL_TIME)
                .appendPattern("[ ]")
                .parseLenient()
                .appendOffset("+HH:mm", "Z")
                .toFormatter();

        @Override
        public Instant convert(String value) {
            try {
                return FORMAT.parse(value.replace("UTC", "Z"), Instant::from);
            } catch (DateTimeException e) {
                throw new TypeConversionException(
                        "\"%s\" is no time with a zone, as in \"2026-11-25 10:15:00+01\" or \"2026-11-25T09:15:00Z\""
                                .formatted(value));
            }
        }
    }

    /** Two hexadecimal numbers. */
    static final class LsnOption implements ITypeConverter<Long> {

        private static final Pattern LSN = Pattern.compile("([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})");

        @Override
        public Long convert(String value) {
            Matcher m = LSN.matcher(value);
            if (!m.matches()) {
                throw new TypeConversionException("\"%s\" is no LSN, as in 16/B374D848".formatted(value));
            }
            return (Long.parseLong(m.group(1), 16) << 32) | Long.parseLong(m.group(2), 16);
        }
    }

    /** What PostgreSQL takes for a name. */
    static final class NameOption implements ITypeConverter<String> {

        private static final int MAX_BYTES = 63;

        @Override
        public String convert(String value) {
            if (value.isEmpty()
                    || value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES
                    || value.chars().anyMatch(Character::isISOControl)) {
                throw new TypeConversionException("a restore point has a name of 1 to 63 bytes on one line");
            }
            return value;
        }
    }
}
