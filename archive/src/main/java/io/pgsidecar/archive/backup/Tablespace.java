package io.pgsidecar.archive.backup;

/**
 * A tablespace that is not in the data directory.
 *
 * @param oid what it is called in {@code pg_tblspc}, and its tars in a backup
 * @param location where it was when the backup was taken
 */
public record Tablespace(long oid, String name, String location) {}
