package io.pgsidecar.archive.backup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How far the cluster in a data directory has come, as its {@code global/pg_control} says.
 *
 * @param systemIdentifier unsigned
 * @param majorVersions those that write such a file, as in {@code 14 to 16}
 * @param state that the server gave itself when it wrote the file
 * @param checkpoint where the record of the last checkpoint begins, unsigned
 * @param redo where recovery from that checkpoint begins, unsigned
 * @param checkpointTimeline that it is on
 * @param minRecoveryPoint up to which a recovery must come, because pages of then may be on the disk; 0 if there is none
 * @param minRecoveryTimeline that it is on; 0 if there is none
 * @param walSegmentSize in bytes
 */
public record ControlState(
        long systemIdentifier,
        String majorVersions,
        State state,
        long checkpoint,
        long redo,
        long checkpointTimeline,
        long minRecoveryPoint,
        long minRecoveryTimeline,
        long walSegmentSize) {

    /** {@code DBState} of {@code pg_control.h}, in its order. */
    public enum State {
        STARTUP,
        SHUTDOWNED,
        SHUTDOWNED_IN_RECOVERY,
        SHUTDOWNING,
        IN_CRASH_RECOVERY,
        IN_ARCHIVE_RECOVERY,
        IN_PRODUCTION
    }

    /** What the server was doing when it wrote the file. */
    public enum Phase {
        /** It had stopped as it should; the checkpoint is the last thing that it wrote. */
        STOPPED,
        /** It was a standby or recovered from an archive, whether it stopped or was killed. */
        RECOVERING,
        /** It was up as a primary, on the way up or down, or a backup was taken while it was: where it ended is not known. */
        UP
    }

    private static final int STATE = 16;
    private static final int CHECKPOINT = 32;
    private static final int REDO = 40;
    private static final int CHECKPOINT_TIMELINE = 48;
    private static final int MIN_RECOVERY_POINT = 136;
    private static final int MIN_RECOVERY_TIMELINE = 144;
    private static final int WAL_SEGMENT_SIZE = 228;

    /**
     * Reads a file's content.
     *
     * @throws IllegalArgumentException if it is none of PostgreSQL 14 to 18, or its checksum is wrong
     */
    public static ControlState parse(byte[] content) {
        ControlFile file = ControlFile.parse(content);
        ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        return new ControlState(
                file.systemIdentifier(),
                switch (file.version()) {
                    case 1300 -> "14 to 16";
                    case 1700 -> "17";
                    default -> "18";
                },
                state(buffer.getInt(STATE)),
                buffer.getLong(CHECKPOINT),
                buffer.getLong(REDO),
                Integer.toUnsignedLong(buffer.getInt(CHECKPOINT_TIMELINE)),
                buffer.getLong(MIN_RECOVERY_POINT),
                Integer.toUnsignedLong(buffer.getInt(MIN_RECOVERY_TIMELINE)),
                Integer.toUnsignedLong(buffer.getInt(WAL_SEGMENT_SIZE)));
    }

    private static State state(int number) {
        State[] states = State.values();
        if (number < 0 || number >= states.length) {
            throw new IllegalArgumentException("pg_control has the state %d, which is none".formatted(number));
        }
        return states[number];
    }

    /** What the server was doing when it wrote the file. */
    public Phase phase() {
        return switch (state) {
            case SHUTDOWNED -> Phase.STOPPED;
            case SHUTDOWNED_IN_RECOVERY, IN_ARCHIVE_RECOVERY -> Phase.RECOVERING;
            case STARTUP, SHUTDOWNING, IN_CRASH_RECOVERY, IN_PRODUCTION -> Phase.UP;
        };
    }

    /** The timeline that the server is on: after a promotion, the new one is here before there is a checkpoint on it. */
    public long timeline() {
        return Math.max(checkpointTimeline, minRecoveryTimeline);
    }
}
