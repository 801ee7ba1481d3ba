package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.archive.wal.TimelineHistory;
import java.util.Map;
import java.util.Optional;

/**
 * What the repositories have of the cluster, all together.
 *
 * @param repositories how many are configured
 * @param read how many could be read of those that have all that counts as archived
 * @param failure why another one could not; empty if all could
 * @param systemIdentifier of the cluster that they belong to, unsigned; empty if nothing tells
 * @param newestTimeline 0 if they have no WAL
 * @param histories by timeline
 * @param backups how many can be restored
 */
record Archived(
        int repositories,
        int read,
        Optional<Failure> failure,
        Optional<Long> systemIdentifier,
        long newestTimeline,
        Map<Long, TimelineHistory> histories,
        int backups) {

    Archived {
        histories = Map.copyOf(histories);
    }

    /** A repository that cannot be read. */
    record Failure(ExitCode exit, String message, Optional<String> hint) {}

    /** Whether a cluster has been here. */
    boolean hasCluster() {
        return systemIdentifier.isPresent() || newestTimeline > 0 || backups > 0;
    }
}
