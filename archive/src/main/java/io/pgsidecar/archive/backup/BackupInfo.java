package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Compression;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What {@code backup.info} says of a backup. It is barman-cloud's file, and {@link BackupInfoFile} reads and writes it.
 *
 * @param serverVersion as PostgreSQL counts: 170002
 * @param systemIdentifier unsigned
 * @param walSegmentSize in bytes
 * @param dataDirectory where it was when the backup was taken
 * @param end empty while the backup is not finished
 * @param label the content of {@code backup_label}; empty if it is only in the tar
 * @param compression of the tars; empty if it is one that nothing here reads
 * @param clusterSize bytes of all files read; empty if it was not noted
 * @param error why it failed
 */
public record BackupInfo(
        BackupId id,
        Status status,
        int serverVersion,
        long systemIdentifier,
        long timeline,
        long walSegmentSize,
        String dataDirectory,
        Point begin,
        Optional<Point> end,
        Optional<String> label,
        List<Tablespace> tablespaces,
        Optional<Compression> compression,
        boolean dataChecksums,
        Optional<Long> clusterSize,
        Optional<String> error) {

    public BackupInfo {
        tablespaces = List.copyOf(tablespaces);
    }

    /** What barman knows; only {@link #DONE} is of use for a restore. */
    public enum Status {
        EMPTY,
        STARTED,
        FAILED,
        WAITING_FOR_WALS,
        DONE,
        SYNCING
    }

    /**
     * Where a backup begins or ends in the WAL.
     *
     * @param segment the name of the WAL segment that the address lies in
     * @param lsn unsigned
     */
    public record Point(String segment, long lsn, Instant time) {}

    /** Whether a data directory can be made from it. */
    public boolean isComplete() {
        return status == Status.DONE && end.isPresent();
    }

    /** PostgreSQL's major version. */
    public int majorVersion() {
        return serverVersion / 10_000;
    }
}
