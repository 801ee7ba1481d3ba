package io.pgsidecar.agent.backup;

import io.pgsidecar.archive.backup.BackupPruner;
import io.pgsidecar.archive.backup.RetentionPlan;

/**
 * What was removed from a repository, and why.
 *
 * @param dry whether nothing was, and it is only what would be
 */
public record PruneReport(String repository, RetentionPlan plan, BackupPruner.Removed removed, boolean dry) {}
