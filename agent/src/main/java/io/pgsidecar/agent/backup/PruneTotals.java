package io.pgsidecar.agent.backup;

import io.pgsidecar.archive.backup.BackupPruner;
import java.time.Instant;
import java.util.Optional;

/**
 * What the retention has removed from a repository since the agent's start.
 *
 * @param last when it was applied last; empty if it never was
 * @param failures how often it could not be applied
 */
public record PruneTotals(Optional<Instant> last, long backups, long segments, long bytes, long failures) {

    /** Nothing yet. */
    public static final PruneTotals NONE = new PruneTotals(Optional.empty(), 0, 0, 0, 0);

    PruneTotals and(BackupPruner.Removed removed, Instant now) {
        return new PruneTotals(
                Optional.of(now),
                backups + removed.backups(),
                segments + removed.segments(),
                bytes + removed.bytes(),
                failures);
    }

    PruneTotals failed() {
        return new PruneTotals(last, backups, segments, bytes, failures + 1);
    }
}
