package io.pgsidecar.archive.backup;

import java.nio.file.Path;
import java.util.Map;

/**
 * What is to be restored, and to where.
 *
 * @param directory the data directory; absent or empty, unless {@code delta}
 * @param tablespaces where tablespaces go, by OID or by the location that they had; others go where they were
 * @param delta whether files that are in the directory already may be used, and what the backup does not have removed
 * @param readers how many tars are read at a time
 */
public record RestoreRequest(
        BackupInfo backup, Path directory, Map<String, Path> tablespaces, boolean delta, int readers) {

    public RestoreRequest {
        tablespaces = Map.copyOf(tablespaces);
        if (readers < 1) {
            throw new IllegalArgumentException("one reader at least is needed, not " + readers);
        }
    }
}
