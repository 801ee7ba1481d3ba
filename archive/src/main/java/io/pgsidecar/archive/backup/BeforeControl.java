package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What else is to be in a restored data directory before {@code global/pg_control} gets its name, and with it a server
 * can start there.
 */
@FunctionalInterface
public interface BeforeControl {

    /** Nothing else. */
    BeforeControl NOTHING = (directory, control) -> {};

    /**
     * Completes a data directory.
     *
     * @param control the content of {@code global/pg_control}
     */
    void complete(Path directory, byte[] control) throws IOException, BackupException;
}
