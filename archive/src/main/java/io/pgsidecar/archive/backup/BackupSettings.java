package io.pgsidecar.archive.backup;

import java.time.Duration;

/**
 * How a backup is taken.
 *
 * @param parallel how many tars are written at once
 * @param tarSize a tar is ended when it has so many bytes of files
 * @param bytesPerSecond at most, over all readers; 0 for no limit
 * @param fastCheckpoint whether the checkpoint at the beginning is to be done at once
 * @param walTimeout for how long to wait until the WAL of the backup is stored
 */
public record BackupSettings(
        BackupEncoding encoding,
        int parallel,
        long tarSize,
        long bytesPerSecond,
        boolean fastCheckpoint,
        Duration walTimeout) {}
