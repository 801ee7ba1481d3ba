package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * What {@code global/pg_control} says of a cluster ({@code ControlFileData} in PostgreSQL's {@code pg_control.h}). Its
 * first part is the same from PostgreSQL 14 to 18; the place of the checksum, behind it, is not.
 *
 * @param systemIdentifier unsigned
 * @param maxLocksPerTransaction and the four before it: the settings that the server last ran with
 */
public record ControlFile(
        long systemIdentifier,
        int version,
        int maxConnections,
        int maxWorkerProcesses,
        int maxWalSenders,
        int maxPreparedTransactions,
        int maxLocksPerTransaction) {

    private static final int CHECKSUM = 288;
    private static final int CHECKSUM_OF_18 = 292;
    private static final int VERSION_OF_18 = 1800;

    /** The system identifier in a file of whatever version, unsigned; empty if the file is missing or no pg_control. */
    static OptionalLong systemIdentifier(Path file) throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) < CHECKSUM_OF_18 + Integer.BYTES) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong(0));
    }

    /**
     * Reads a file's content.
     *
     * @throws IllegalArgumentException if it is none of PostgreSQL 14 to 18, or its checksum is wrong
     */
    public static ControlFile parse(byte[] content) {
        if (content.length < CHECKSUM_OF_18 + Integer.BYTES) {
            throw new IllegalArgumentException("pg_control has only %d bytes".formatted(content.length));
        }
        ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int version = buffer.getInt(8);
        int checksum = switch (version) {
            case 1300, 1700 -> CHECKSUM;
            case VERSION_OF_18 -> CHECKSUM_OF_18;
            default ->
                throw new IllegalArgumentException(
                        "pg_control has the version %d, and PostgreSQL 14 to 18 have 1300, 1700, or 1800"
                                .formatted(version));
        };
        CRC32C crc = new CRC32C();
        crc.update(Arrays.copyOf(content, checksum));
        if ((int) crc.getValue() != buffer.getInt(checksum)) {
            throw new IllegalArgumentException("the checksum in pg_control is wrong");
        }
        return new ControlFile(
                buffer.getLong(0),
                version,
                buffer.getInt(180),
                buffer.getInt(184),
                buffer.getInt(188),
                buffer.getInt(192),
                buffer.getInt(196));
    }
}
