package io.pgsidecar.agent.backup;

import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.CatalogEntry;
import java.util.List;
import java.util.Optional;

/**
 * The backups in one repository.
 *
 * @param repository its name, as in the configuration
 * @param error why it could not be listed; then there are none
 */
public record ListedBackups(String repository, List<CatalogEntry> backups, Optional<BackupException> error) {

    public ListedBackups {
        backups = List.copyOf(backups);
    }
}
