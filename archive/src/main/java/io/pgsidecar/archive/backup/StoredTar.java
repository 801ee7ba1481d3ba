package io.pgsidecar.archive.backup;

/**
 * A tar of a backup, as it is stored.
 *
 * @param name the last part of its key, as in {@code data_0001.tar.zst}
 * @param size in bytes, compressed and encrypted
 * @param sha256 of these bytes, in hexadecimal digits
 */
public record StoredTar(String name, long size, String sha256) {}
