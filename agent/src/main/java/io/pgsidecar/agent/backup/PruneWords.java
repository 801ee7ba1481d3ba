package io.pgsidecar.agent.backup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.archive.backup.RetentionPlan;
import java.io.PrintWriter;
import java.util.List;

/** What a prune did and why, for people and for programs. */
public final class PruneWords {

    private static final ObjectMapper JSON = new ObjectMapper();

    private PruneWords() {}

    /** A line for each backup and each timeline. */
    public static void table(PruneReport report, PrintWriter out) {
        out.println("Repository %s%s:".formatted(report.repository(), report.dry() ? " (dry run)" : ""));
        for (RetentionPlan.BackupDecision decision : report.plan().backups()) {
            out.println("  %-6s  backup %s: %s"
                    .formatted(
                            decision.keep() ? "keep" : "REMOVE",
                            decision.backup().id(),
                            decision.reason()));
        }
        for (RetentionPlan.WalDecision decision : report.plan().wal()) {
            out.println("  %-6s  %s of timeline %d: %s"
                    .formatted(
                            keepsAll(decision) ? "keep" : "REMOVE",
                            wal(decision),
                            decision.timeline(),
                            decision.reason()));
        }
        out.println("%s %d %s and %d WAL %s (%s)."
                .formatted(
                        report.dry() ? "Would remove" : "Removed",
                        report.removed().backups(),
                        report.removed().backups() == 1 ? "backup" : "backups",
                        report.removed().segments(),
                        report.removed().segments() == 1 ? "segment" : "segments",
                        Words.size(report.removed().bytes())));
    }

    private static boolean keepsAll(RetentionPlan.WalDecision decision) {
        return !decision.all() && decision.firstKept() == 0;
    }

    private static String wal(RetentionPlan.WalDecision decision) {
        if (decision.all() || decision.firstKept() == 0) {
            return "all WAL";
        }
        return "WAL before " + BackupTables.lsn(decision.firstKept());
    }

    /** An array with an object for each repository. */
    public static String json(List<PruneReport> reports) {
        ArrayNode array = JSON.createArrayNode();
        for (PruneReport report : reports) {
            ObjectNode node = array.addObject();
            node.put("repository", report.repository());
            node.put("dryRun", report.dry());
            node.put("removedBackups", report.removed().backups());
            node.put("removedSegments", report.removed().segments());
            node.put("removedSegmentBytes", report.removed().bytes());
            ArrayNode backups = node.putArray("backups");
            for (RetentionPlan.BackupDecision decision : report.plan().backups()) {
                backups.addObject()
                        .put("id", decision.backup().id().value())
                        .put("keep", decision.keep())
                        .put("reason", decision.reason());
            }
            ArrayNode wal = node.putArray("wal");
            for (RetentionPlan.WalDecision decision : report.plan().wal()) {
                wal.addObject()
                        .put("timeline", decision.timeline())
                        .put("keepFrom", decision.all() ? null : BackupTables.lsn(decision.firstKept()))
                        .put("reason", decision.reason());
            }
        }
        return array.toPrettyString();
    }
}
