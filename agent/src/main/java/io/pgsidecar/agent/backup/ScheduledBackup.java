package io.pgsidecar.agent.backup;

import io.pgsidecar.archive.backup.BackupException;

/** Takes one base backup, and says by returning that there is one. */
@FunctionalInterface
public interface ScheduledBackup {

    /** Takes it; to interrupt the thread gives it up. */
    void take() throws BackupException, InterruptedException;
}
