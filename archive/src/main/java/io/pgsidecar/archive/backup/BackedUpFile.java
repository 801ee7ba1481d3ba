package io.pgsidecar.archive.backup;

import java.time.Instant;

/**
 * A file of a backup, as it is in its tar.
 *
 * @param path below the data directory, as in {@code base/1/1259}; of a tablespace {@code pg_tblspc/16387/PG_17_…/…}
 * @param size in bytes; a file that shrank while it was read is filled up with zeros
 * @param modified when it was last changed
 * @param sha256 in hexadecimal digits
 * @param tar the last part of its tar's key, as in {@code data_0001.tar.zst}
 */
public record BackedUpFile(String path, long size, Instant modified, String sha256, String tar) {}
