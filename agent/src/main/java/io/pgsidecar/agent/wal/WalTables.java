package io.pgsidecar.agent.wal;

import io.pgsidecar.agent.wal.WalFinding.Level;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.StoredObjects;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.WalSurvey;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.postgresql.replication.LogSequenceNumber;

/** Tables for people. What is wrong stands out in capitals: colours get lost in a log. */
public final class WalTables {

    private static final String[] HEAD = {"TIMELINE", "FIRST", "LAST", "SEGMENTS", "SIZE", "STORED FROM", "TO"};

    private WalTables() {}

    /** What a repository has. */
    public static void list(RepositoryFindings repository, PrintWriter out) {
        if (repository.survey().isEmpty()) {
            out.printf(
                    Locale.ROOT,
                    "Repository %s: %s%n",
                    repository.name(),
                    repository.error().map(Throwable::getMessage).orElse("not looked at"));
            return;
        }
        WalSurvey survey = repository.survey().get();
        out.printf(
                Locale.ROOT,
                "Repository %s: cluster %s, segments of %s%n",
                repository.name(),
                Long.toUnsignedString(survey.systemIdentifier()),
                Words.size(survey.inventory().segmentSize()));
        List<String[]> rows = new ArrayList<>();
        rows.add(HEAD);
        survey.inventory().timelines().values().forEach(ranges -> addRows(ranges, rows));
        if (rows.size() == 1) {
            out.println("no segments");
        } else {
            print(rows, out);
        }
        if (!survey.inventory().histories().isEmpty()) {
            out.println("Histories: "
                    + survey.inventory().histories().keySet().stream()
                            .map(timeline -> history(timeline, survey))
                            .collect(Collectors.joining(", ")));
        }
        other(survey).ifPresent(out::println);
    }

    private static void addRows(List<SegmentRange> ranges, List<String[]> rows) {
        SegmentRange before = null;
        for (SegmentRange range : ranges) {
            if (before != null) {
                rows.add(new String[] {
                    "", "- not stored -", "", "%,d".formatted(range.first() - before.last() - 1), "", "", ""
                });
            }
            before = range;
            rows.add(new String[] {
                Long.toString(range.timeline()),
                range.firstName().toString(),
                range.lastName().toString(),
                "%,d".formatted(range.count()),
                Words.size(range.bytes()),
                Words.time(range.firstStored()),
                Words.time(range.lastStored())
            });
        }
    }

    private static void print(List<String[]> rows, PrintWriter out) {
        int[] widths = new int[HEAD.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        String format = "%%%ds  %%-%ds  %%-%ds  %%%ds  %%%ds  %%-%ds  %%s"
                .formatted(widths[0], widths[1], widths[2], widths[3], widths[4], widths[5]);
        rows.forEach(row -> out.println(format.formatted((Object[]) row).stripTrailing()));
    }

    private static String history(long timeline, WalSurvey survey) {
        TimelineHistory history = survey.histories().get(timeline);
        if (history == null) {
            return "%d (cannot be read)".formatted(timeline);
        }
        TimelineHistory.Ancestor parent = history.ancestors().getLast();
        return "%d (from %d at %s)".formatted(timeline, parent.timeline(), lsn(parent.switchPoint()));
    }

    static String lsn(long address) {
        return LogSequenceNumber.valueOf(address).asString();
    }

    private static Optional<String> other(WalSurvey survey) {
        Map<String, StoredObjects> kinds = Map.of(
                "partial segments", survey.partials(),
                "backup histories", survey.backupHistories(),
                "duplicates", survey.inventory().duplicates(),
                "objects that are no WAL or in the wrong folder",
                        survey.inventory().unknown());
        String found = kinds.entrySet().stream()
                .filter(kind -> kind.getValue().count() > 0)
                .sorted(Map.Entry.comparingByKey())
                .map(kind -> "%s %,d (%s)"
                        .formatted(
                                kind.getKey(),
                                kind.getValue().count(),
                                Words.size(kind.getValue().bytes())))
                .collect(Collectors.joining(", "));
        return found.isEmpty() ? Optional.empty() : Optional.of("Besides: " + found);
    }

    /** What is to be said of a repository. */
    public static void verdict(String repository, List<WalFinding> findings, PrintWriter out) {
        out.printf(Locale.ROOT, "Repository %s: %s%n", repository, word(Verdict.worst(findings)));
        for (WalFinding finding : findings) {
            out.printf(Locale.ROOT, "  %-13s  %-10s  %s%n", word(finding.level()), finding.subject(), finding.text());
            if (finding.remedy() != null) {
                out.printf(Locale.ROOT, "  %-13s  %-10s  → %s%n", "", "", finding.remedy());
            }
        }
    }

    private static String word(Level level) {
        return level.compareTo(Level.NOTE) <= 0
                ? level.name().toLowerCase(Locale.ROOT)
                : level.name().replace('_', ' ');
    }
}
