package io.pgsidecar.probes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.postgresql.replication.LogSequenceNumber;

/**
 * What {@code global/pg_control} tells of a server that takes no sessions ({@code ControlFileData} in PostgreSQL's
 * {@code pg_control.h}). Up to what is read here it is the same from PostgreSQL 14 to 18; only the checksum's place is
 * not.
 *
 * @param state that the server gave itself last
 * @param redo where replay began after a crash, or the last restart point of a replica
 * @param timeline of that checkpoint
 * @param consistentAt up to where a replica must replay to be consistent; 0 if that is not known
 * @param inBackup whether it is restored from a base backup whose end is not replayed yet
 */
public record ControlFile(
        State state, LogSequenceNumber redo, int timeline, LogSequenceNumber consistentAt, boolean inBackup) {

    /** {@code DBState}, in PostgreSQL's order. */
    public enum State {
        STARTUP,
        SHUTDOWNED,
        SHUTDOWNED_IN_RECOVERY,
        SHUTDOWNING,
        IN_CRASH_RECOVERY,
        IN_ARCHIVE_RECOVERY,
        IN_PRODUCTION
    }

    private static final int STATE = 16;
    private static final int REDO = 40;
    private static final int TIMELINE = 48;
    private static final int MIN_RECOVERY_POINT = 136;
    private static final int BACKUP_START = 152;
    private static final int CHECKSUM = 288;
    private static final int CHECKSUM_OF_18 = 292;

    /** What the server is, if it runs; empty where that cannot be told. A crashed one tells what it was. */
    public Optional<InstanceRole> role() {
        return switch (state) {
            case IN_PRODUCTION -> Optional.of(InstanceRole.PRIMARY);
            case IN_ARCHIVE_RECOVERY -> Optional.of(InstanceRole.REPLICA);
            case STARTUP, SHUTDOWNED, SHUTDOWNED_IN_RECOVERY, SHUTDOWNING, IN_CRASH_RECOVERY -> Optional.empty();
        };
    }

    /** What it says now; empty if there is none, it is of another version, or it is just being written. */
    public static Optional<ControlFile> read(Path dataDirectory) {
        try {
            return parse(Files.readAllBytes(dataDirectory.resolve("global/pg_control")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static Optional<ControlFile> parse(byte[] content) {
        if (content.length < CHECKSUM_OF_18 + Integer.BYTES) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int checksum = switch (buffer.getInt(8)) {
            case 1300, 1700 -> CHECKSUM;
            case 1800 -> CHECKSUM_OF_18;
            default -> 0;
        };
        int state = buffer.getInt(STATE);
        if (checksum == 0 || state < 0 || state >= State.values().length || !intact(content, checksum)) {
            return Optional.empty();
        }
        return Optional.of(new ControlFile(
                State.values()[state],
                LogSequenceNumber.valueOf(buffer.getLong(REDO)),
                buffer.getInt(TIMELINE),
                LogSequenceNumber.valueOf(buffer.getLong(MIN_RECOVERY_POINT)),
                buffer.getLong(BACKUP_START) != 0));
    }

    private static boolean intact(byte[] content, int checksum) {
        CRC32C crc = new CRC32C();
        crc.update(Arrays.copyOf(content, checksum));
        return (int) crc.getValue()
                == ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(checksum);
    }
}
