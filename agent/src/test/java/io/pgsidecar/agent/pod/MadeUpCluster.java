package io.pgsidecar.agent.pod;

import io.pgsidecar.archive.wal.WalSegmentName;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;

/**
 * A data directory without a server, for what needs more WAL than a PostgreSQL writes in a short time: segments with
 * valid headers and made-up content, marked as PostgreSQL marks its own.
 *
 * @param noise how much of a segment is random; the rest is zeros, as in one that was switched early
 */
public record MadeUpCluster(Path data, int segmentSize, int noise) {

    private static final long SYSTEM_IDENTIFIER = 7_412_345_678_901_234_567L;

    /** A new one in a folder that is made. */
    public static MadeUpCluster create(Path data, int segmentSize, int noise) {
        try {
            Files.createDirectories(data.resolve("global"));
            Files.createDirectories(data.resolve("pg_wal/archive_status"));
            Files.write(
                    data.resolve("global/pg_control"),
                    ByteBuffer.allocate(8192)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(SYSTEM_IDENTIFIER)
                            .array());
            RunAs.own(data);
            return new MadeUpCluster(data, segmentSize, noise);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The name of the n-th segment of timeline 1, from 1 on. */
    public String name(int n) {
        int perLog = (int) ((1L << 32) / segmentSize);
        return "%08X%08X%08X".formatted(1, n / perLog, n % perLog);
    }

    /** Writes a segment and marks it as ready to be archived. */
    public void ready(String name) throws IOException {
        Path file = wal(name);
        Files.write(file, content(name));
        RunAs.own(file);
        Path mark = wal("archive_status/" + name + ".ready");
        Files.write(mark, new byte[0]);
        RunAs.own(mark);
    }

    /** What PostgreSQL does when {@code archive_command} has exited with 0. */
    public void archived(String name) throws IOException {
        Files.move(
                wal("archive_status/" + name + ".ready"),
                wal("archive_status/" + name + ".done"),
                StandardCopyOption.ATOMIC_MOVE);
    }

    public Path wal(String name) {
        return data.resolve("pg_wal").resolve(name);
    }

    /** What the segment of that name holds; the same at each call. */
    public byte[] content(String name) {
        WalSegmentName segment = WalSegmentName.parse(name);
        byte[] random = new byte[noise];
        new Random(name.hashCode()).nextBytes(random);
        byte[] bytes = new byte[segmentSize];
        System.arraycopy(random, 0, bytes, 0, noise);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(0, (short) 0xD116)
                .putShort(2, (short) 0x0002)
                .putInt(4, (int) segment.timeline())
                .putLong(8, segment.startLsn(segmentSize))
                .putInt(16, 0)
                .putLong(24, SYSTEM_IDENTIFIER)
                .putInt(32, segmentSize)
                .putInt(36, 8192);
        return bytes;
    }
}
