package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.wal.WalSegmentName;
import io.pgsidecar.archive.wal.WalSurvey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What reading a backup to its end has shown.
 *
 * @param manifest whether files could be compared with a manifest's checksums; a backup of another program has none
 * @param tars how many were read to their end
 * @param storedBytes of what was read, as it is stored
 * @param files how many are in the tars, and are what they should be
 * @param bytes of these
 * @param findings the first ones, in no order of importance
 * @param more how many there are besides
 * @param window to which points in time the backup and the WAL lead; empty if to none, or if nobody knows
 * @param failure why it ended early, or could not look at the WAL
 */
public record VerifyReport(
        BackupId id,
        boolean manifest,
        int tars,
        long storedBytes,
        long files,
        long bytes,
        List<BackupFinding> findings,
        long more,
        Optional<Window> window,
        Optional<BackupException> failure) {

    /**
     * Points in time that can be recovered to.
     *
     * @param from the end of the backup
     * @param last the segment up to which there is no gap
     * @param lastStored when that one was stored, if it is known: about how far a recovery gets
     */
    public record Window(Instant from, WalSegmentName last, Optional<Instant> lastStored) {

        /** That of a backup, from a listing of the WAL; empty if the backup lacks WAL to be of use at all. */
        public static Optional<Window> of(BackupInfo backup, WalSurvey survey) {
            Findings nobodyReads = new Findings();
            return WalChain.of(backup, survey, nobodyReads).judge(nobodyReads);
        }
    }

    public VerifyReport {
        findings = List.copyOf(findings);
    }

    /** Whether a finding of a kind is among them. */
    public boolean has(BackupFinding.Kind kind) {
        return findings.stream().anyMatch(finding -> finding.kind() == kind);
    }

    /** Whether it restores, as far as this can tell. */
    public boolean isGood() {
        return failure.isEmpty()
                && findings.stream().allMatch(finding -> finding.kind().isWarning());
    }
}
