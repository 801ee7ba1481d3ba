package io.pgsidecar.archive.wal;

import java.util.List;

/**
 * What a sweep has done.
 *
 * @param archived how many files
 * @param archivedNames of the first few of them
 * @param left how many PostgreSQL will ask for when it starts again
 * @param leftNames of the first few of them
 */
public record SweepReport(long archived, List<String> archivedNames, long left, List<String> leftNames) {}
