package io.pgsidecar.archive.wal;

import java.time.Duration;

/**
 * A WAL file that every repository has acknowledged which is not optional.
 *
 * @param bytes of the file, before compression
 * @param ahead whether it was archived before PostgreSQL asked for it
 * @param took from reading it to the last acknowledgement
 */
public record ArchivedFile(WalFileName name, WalArchiver.Outcome outcome, long bytes, boolean ahead, Duration took) {}
