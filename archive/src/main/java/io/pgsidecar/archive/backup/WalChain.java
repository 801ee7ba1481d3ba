package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.backup.BackupFinding.Kind;
import io.pgsidecar.archive.backup.RecoveryTarget.Action;
import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.WalSegmentName;
import io.pgsidecar.archive.wal.WalSurvey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether the WAL that a backup needs is there, and how far the WAL behind it leads: a pure function of what the
 * repository has.
 */
record WalChain(BackupInfo backup, Map<Long, TimelineHistory> histories, Map<Long, List<SegmentRange>> timelines) {

    private static final String WAL = "WAL";

    static WalChain of(BackupInfo backup, WalSurvey survey, Findings findings) {
        if (backup.systemIdentifier() != survey.systemIdentifier()) {
            findings.add(
                    Kind.WAL_MISSING,
                    WAL,
                    "what is beside the backup is of the cluster with the system identifier %s, and the backup of %s"
                            .formatted(
                                    Long.toUnsignedString(survey.systemIdentifier()),
                                    Long.toUnsignedString(backup.systemIdentifier())));
        }
        survey.unreadableHistories()
                .forEach((timeline, e) -> findings.add(
                        Kind.WAL_BEHIND, "%08X.history".formatted(timeline), String.valueOf(e.getMessage())));
        return new WalChain(backup, survey.histories(), survey.inventory().timelines());
    }

    /** What is missing, and what the backup can be recovered to. */
    Optional<VerifyReport.Window> judge(Findings findings) {
        try {
            // Without this the data is never consistent.
            plan(new Stop.Immediate(), TargetTimeline.CURRENT);
        } catch (BackupException e) {
            findings.add(Kind.WAL_MISSING, WAL, e.getMessage());
            return Optional.empty();
        }
        TargetTimeline timeline = TargetTimeline.LATEST;
        try {
            plan(new Stop.Latest(), timeline);
        } catch (BackupException e) {
            findings.add(Kind.WAL_BEHIND, WAL, e.getMessage());
            if (e.reason() != BackupException.Reason.WAL_MISSING) {
                // The latest timeline did not come of the backup's, or left it before.
                timeline = newest();
                try {
                    plan(new Stop.Latest(), timeline);
                } catch (BackupException gap) {
                    findings.add(Kind.WAL_BEHIND, WAL, gap.getMessage());
                }
            }
        }
        return RestorePlan.reach(backup, histories, timelines, timeline)
                .map(last -> new VerifyReport.Window(backup.end().orElseThrow().time(), last, stored(last)));
    }

    /** The newest timeline that a recovery from the backup can follow. */
    private TargetTimeline newest() {
        Ancestry ancestry = new Ancestry(histories);
        long newest = histories.keySet().stream()
                .filter(timeline -> ancestry.leads(backup, timeline))
                .max(Long::compare)
                .orElse(backup.timeline());
        return new TargetTimeline(Long.toString(Math.max(newest, backup.timeline())));
    }

    private void plan(Stop stop, TargetTimeline timeline) throws BackupException {
        RestorePlan.of(
                List.of(backup),
                histories,
                timelines,
                new RecoveryTarget(stop, true, timeline, Action.PROMOTE),
                Optional.of(backup.id()));
    }

    private Optional<Instant> stored(WalSegmentName segment) {
        return timelines.getOrDefault(segment.timeline(), List.of()).stream()
                .filter(range -> range.lastName().equals(segment))
                .map(SegmentRange::lastStored)
                .findFirst();
    }
}
