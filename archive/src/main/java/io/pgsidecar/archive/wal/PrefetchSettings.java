package io.pgsidecar.archive.wal;

import java.nio.file.Path;

/**
 * How far a recovery's next segments are fetched before it asks for them.
 *
 * @param segments at once, and ahead; 0 for none
 * @param spool an absolute path outside the data directory, best on the same file system: then a segment is handed over
 *     by a rename. It is made if it does not exist, if its parent does. For one agent
 * @param spoolBytes that the spool may hold; segments larger than that are not prefetched
 */
public record PrefetchSettings(int segments, Path spool, long spoolBytes) {

    /** Each is a download of its own, with its buffers. */
    public static final int MAX_SEGMENTS = 64;

    public PrefetchSettings {
        if (segments < 0 || segments > MAX_SEGMENTS) {
            throw new IllegalArgumentException(
                    "restore.prefetch must be from 0 to %d, not %d".formatted(MAX_SEGMENTS, segments));
        }
        if (spoolBytes < 0) {
            throw new IllegalArgumentException("restore.spoolSize must not be negative: " + spoolBytes);
        }
    }
}
