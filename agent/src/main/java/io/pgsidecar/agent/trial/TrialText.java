package io.pgsidecar.agent.trial;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What a trial has shown, for people and for programs. */
public final class TrialText {

    private TrialText() {}

    /** For people. */
    public static void print(TrialResult result, PrintWriter out) {
        switch (result) {
            case TrialResult.Looked(TrialReport report) -> {
                out.printf(
                        Locale.ROOT,
                        "Restored:  PostgreSQL came up; %,d databases, %,d relations; amcheck looked at %,d tables and"
                                + " %,d indexes in %,d databases%n",
                        report.databases(),
                        report.relations(),
                        report.tables(),
                        report.indexes(),
                        report.amcheck());
                print("DAMAGED", report.damages(), out);
                print("not checked", report.unchecked(), out);
            }
            case TrialResult.Failed(var failure) -> {
                out.println("Restored:  FAILED: " + failure.getMessage());
                failure.hint().ifPresent(hint -> out.println("  → " + hint));
            }
        }
    }

    private static void print(String what, List<TrialReport.Damage> damages, PrintWriter out) {
        for (TrialReport.Damage damage : damages) {
            out.println("%s: database %s%s: %s"
                    .formatted(
                            what,
                            damage.database(),
                            damage.object().isEmpty() ? "" : ", " + damage.object(),
                            damage.text()));
        }
    }

    /** For programs. */
    public static void put(TrialResult result, ObjectNode node) {
        switch (result) {
            case TrialResult.Looked(TrialReport report) -> {
                node.put("good", report.damages().isEmpty());
                node.put("databases", report.databases());
                node.put("relations", report.relations());
                node.put("checkedDatabases", report.amcheck());
                node.put("checkedTables", report.tables());
                node.put("checkedIndexes", report.indexes());
                put(report.damages(), node.putArray("damages"));
                put(report.unchecked(), node.putArray("unchecked"));
            }
            case TrialResult.Failed(var failure) -> node.put("good", false).put("error", failure.getMessage());
        }
    }

    private static void put(List<TrialReport.Damage> damages, ArrayNode array) {
        damages.forEach(damage -> array.addObject()
                .put("database", damage.database())
                .put("object", damage.object())
                .put("text", damage.text()));
    }
}
