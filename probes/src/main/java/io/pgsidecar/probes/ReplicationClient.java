package io.pgsidecar.probes;

import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * Somebody who takes WAL from this instance, as in {@code pg_stat_replication}.
 *
 * @param address null over a Unix socket, or where the agent's role may not see it
 * @param state {@code streaming}, {@code catchup}, {@code backup}, {@code startup} or {@code stopping}
 * @param syncState {@code async}, {@code potential}, {@code sync} or {@code quorum}
 */
public record ReplicationClient(
        String user,
        String applicationName,
        @Nullable String address,
        String state,
        String syncState,
        int syncPriority,
        @Nullable LogSequenceNumber sent,
        @Nullable LogSequenceNumber written,
        @Nullable LogSequenceNumber flushed,
        @Nullable LogSequenceNumber replayed) {

    /** Whether commits wait for it. */
    public boolean synchronous() {
        return syncState.equals("sync") || syncState.equals("quorum");
    }
}
