package io.pgsidecar.agent.command;

import io.pgsidecar.agent.config.TargetText;
import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import java.time.Instant;
import java.util.function.Function;
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

    /** {@link TargetText#time}. */
    static final class TimeOption implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String value) {
            return converted(TargetText::time, value);
        }
    }

    /** {@link TargetText#lsn}. */
    static final class LsnOption implements ITypeConverter<Long> {
        @Override
        public Long convert(String value) {
            return converted(TargetText::lsn, value);
        }
    }

    /** {@link TargetText#name}. */
    static final class NameOption implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            return converted(TargetText::name, value);
        }
    }

    private static <T> T converted(Function<String, T> parse, String value) {
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }
}
