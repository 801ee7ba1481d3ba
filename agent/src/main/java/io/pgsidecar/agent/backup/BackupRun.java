package io.pgsidecar.agent.backup;

import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupProgress;
import io.pgsidecar.archive.backup.BaseBackup;
import java.time.Instant;
import java.util.Optional;

/**
 * How a backup of this agent stands, or how it ended.
 *
 * @param number counts the agent's backups since its start, from 1
 * @param progress as far as it came; empty before it has a name
 * @param finished empty while it is under way
 * @param taken what it came to; empty if it is under way or failed
 * @param failure why it failed
 */
public record BackupRun(
        long number,
        Instant started,
        Optional<BackupProgress> progress,
        Optional<Instant> finished,
        Optional<BaseBackup.Taken> taken,
        Optional<BackupException> failure) {}
