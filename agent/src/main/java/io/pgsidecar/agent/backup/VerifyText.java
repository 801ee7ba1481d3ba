package io.pgsidecar.agent.backup;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.archive.backup.BackupFinding;
import io.pgsidecar.archive.backup.BackupFinding.Kind;
import io.pgsidecar.archive.backup.VerifyReport;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What {@code backup verify} tells people, and with which exit code. */
public final class VerifyText {

    private static final List<Kind> DAMAGE = List.of(Kind.DAMAGED, Kind.MISSING, Kind.UNEXPECTED);

    private VerifyText() {}

    /** The worst that was found counts: damage, then missing WAL, then what nobody could look at. */
    public static ExitCode exit(VerifyReport report) {
        if (DAMAGE.stream().anyMatch(report::has)) {
            return ExitCode.CORRUPT;
        }
        if (report.has(Kind.WAL_MISSING)) {
            return ExitCode.WAL_MISSING;
        }
        if (report.failure().isPresent()) {
            return ExitCode.of(report.failure().get().reason());
        }
        return report.has(Kind.LOCKED) ? ExitCode.REPOSITORY_DENIED : ExitCode.OK;
    }

    /** All of it. */
    public static void print(String repository, VerifyReport report, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "Backup %s in repository %s: %s%n",
                report.id(),
                repository,
                report.isGood() ? "good" : report.failure().isPresent() ? "NOT KNOWN" : "NOT GOOD");
        out.printf(
                Locale.ROOT,
                "Read:      %,d tars, %s stored; %,d files, %s, %s%n",
                report.tars(),
                Words.size(report.storedBytes()),
                report.files(),
                Words.size(report.bytes()),
                report.manifest()
                        ? "each as the manifest says"
                        : "without a manifest that has checksums to compare them with");
        report.window()
                .ifPresent(window -> out.printf(
                        "WAL:       leads from %s to the end of %s%s%n",
                        Words.time(window.from()),
                        window.last(),
                        window.lastStored()
                                .map(at -> ", stored " + Words.time(at))
                                .orElse("")));
        findings(report.findings(), out);
        if (report.more() > 0) {
            out.printf(Locale.ROOT, "and %,d more%n", report.more());
        }
        report.failure().ifPresent(e -> {
            out.println("The verification ended early: " + e.getMessage());
            e.hint().ifPresent(hint -> out.println("  → " + hint));
        });
    }

    private static void findings(List<BackupFinding> findings, PrintWriter out) {
        if (findings.isEmpty()) {
            return;
        }
        int kind = width(findings.stream().map(finding -> word(finding.kind())));
        int object = Math.min(40, width(findings.stream().map(BackupFinding::object)));
        String format = "%%-%ds  %%-%ds  %%s%%n".formatted(Math.max(kind, 4), Math.max(object, 6));
        out.printf(Locale.ROOT, format, "WHAT", "OBJECT", "WHY");
        // What matters most first.
        for (Kind each : Kind.values()) {
            findings.stream()
                    .filter(finding -> finding.kind() == each)
                    .forEach(finding ->
                            out.printf(Locale.ROOT, format, word(finding.kind()), finding.object(), finding.text()));
        }
    }

    private static int width(Stream<String> words) {
        return words.mapToInt(String::length).max().orElse(0);
    }

    /** A kind, as people and programs read it. */
    static String word(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
