package io.pgsidecar.agent.backup;

import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.VerifyReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The backups in one repository.
 *
 * @param repository its name, as in the configuration
 * @param windows to which points in time each leads, of those that lead to some; empty if nobody looked
 * @param error why it could not be listed; then there are none
 */
public record ListedBackups(
        String repository,
        List<CatalogEntry> backups,
        Optional<Map<BackupId, VerifyReport.Window>> windows,
        Optional<BackupException> error) {

    public ListedBackups {
        backups = List.copyOf(backups);
        windows = windows.map(Map::copyOf);
    }
}
