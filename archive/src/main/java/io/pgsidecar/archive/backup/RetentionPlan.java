package io.pgsidecar.archive.backup;

import java.util.List;

/** What goes and what stays, with a reason for each. */
public record RetentionPlan(List<BackupDecision> backups, List<WalDecision> wal) {

    public RetentionPlan {
        backups = List.copyOf(backups);
        wal = List.copyOf(wal);
    }

    /** What becomes of a backup. */
    public record BackupDecision(CatalogEntry backup, boolean keep, String reason) {}

    /**
     * What becomes of a timeline's segments. Its history stays in any case.
     *
     * @param firstKept the first address (LSN) that stays: segments that end at or before it go. 0 if all stay
     * @param all whether all of them go
     */
    public record WalDecision(long timeline, long firstKept, boolean all, String reason) {

        /** Whether a segment goes. */
        public boolean removes(long startLsn, long segmentSize) {
            return all || Long.compareUnsigned(startLsn + segmentSize, firstKept) <= 0;
        }
    }

    /** The backups that go, in the order in which they are to be removed. */
    public List<CatalogEntry> removed() {
        return backups.stream()
                .filter(decision -> !decision.keep())
                .map(BackupDecision::backup)
                .toList();
    }
}
