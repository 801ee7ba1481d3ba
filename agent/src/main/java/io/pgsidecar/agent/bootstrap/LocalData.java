package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.wal.TimelineHistory;
import java.util.Optional;

/** What lies in the data directory. */
sealed interface LocalData {

    /** Nothing, or what a new volume has. */
    record Empty() implements LocalData {}

    /** A restore that did not come to its end; no server can start there. */
    record BrokenRestore(BackupId backup) implements LocalData {}

    /** Something that no server should be started on. */
    record Unfit(String why, String hint) implements LocalData {}

    /**
     * A cluster.
     *
     * @param systemIdentifier unsigned
     * @param timeline that it is on
     * @param signal what it is to be when it starts
     * @param fromBackup whether it is a restored backup that no server has recovered yet
     * @param reach how far it has come; empty if that cannot be told
     * @param history of its timeline, by its own {@code pg_wal}; empty if it is not there
     */
    record Cluster(
            long systemIdentifier,
            long timeline,
            Signal signal,
            boolean fromBackup,
            Optional<Long> reach,
            Optional<TimelineHistory> history)
            implements LocalData {}

    /** What a server is to be, by the files that PostgreSQL looks for. */
    enum Signal {
        /** {@code standby.signal}: a replica. */
        STANDBY,
        /** {@code recovery.signal}: it recovers, and becomes a primary. */
        RECOVERY,
        /** Neither: a primary. */
        NONE
    }
}
