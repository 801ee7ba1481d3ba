package io.pgsidecar.archive.backup;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;

/**
 * A backup's name, the second at which it was begun: {@code 20261125T101502}. It is barman-cloud's; ours are in UTC.
 * Names sort by time.
 */
public record BackupId(String value) implements Comparable<BackupId> {

    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss").withResolverStyle(ResolverStyle.STRICT);

    /**
     * A name, checked.
     *
     * @throws IllegalArgumentException if it is none
     */
    public BackupId {
        try {
            LocalDateTime.parse(value, FORMAT);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "not a backup's ID, which looks like 20261125T101502: \"" + value + "\"", e);
        }
    }

    /** Of a backup that is begun at this time; fractions of a second do not count. */
    public static BackupId at(Instant time) {
        return new BackupId(FORMAT.format(time.atOffset(ZoneOffset.UTC)));
    }

    /** The time that it names, taken for UTC. */
    public Instant time() {
        return LocalDateTime.parse(value, FORMAT).toInstant(ZoneOffset.UTC);
    }

    @Override
    public int compareTo(BackupId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
