package io.pgsidecar.archive.backup;

/**
 * A page whose checksum was wrong when it was read for a backup, twice.
 *
 * @param path of its file, below the data directory
 * @param block its number in the file, from 0
 */
public record DamagedPage(String path, long block) {}
