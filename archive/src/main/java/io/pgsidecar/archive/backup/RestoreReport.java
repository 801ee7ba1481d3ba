package io.pgsidecar.archive.backup;

/**
 * What a restore has done.
 *
 * @param files how many are in place
 * @param bytes of these
 * @param reusedFiles how many of them were there before
 * @param reusedBytes of these
 * @param verified whether each file was compared with a manifest's checksum; a backup of another program has none
 */
public record RestoreReport(long files, long bytes, long reusedFiles, long reusedBytes, boolean verified) {}
