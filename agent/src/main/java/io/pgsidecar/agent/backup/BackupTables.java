package io.pgsidecar.agent.backup;

import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.Tablespace;
import io.pgsidecar.archive.backup.VerifyReport;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.replication.LogSequenceNumber;

/** Tables for people. */
public final class BackupTables {

    private static final String[] HEAD = {
        "ID", "AGE", "TYPE", "SIZE", "STORED", "DURATION", "WAL", "TIMELINE", "RECOVERABLE TO", "STATE"
    };

    private BackupTables() {}

    /** What a repository has. */
    public static void list(ListedBackups listed, Instant now, PrintWriter out) {
        if (listed.error().isPresent()) {
            out.println("Repository %s: %s"
                    .formatted(listed.repository(), listed.error().get().getMessage()));
            listed.error().get().hint().ifPresent(hint -> out.println("  → " + hint));
            return;
        }
        out.println("Repository %s:".formatted(listed.repository()));
        if (listed.backups().isEmpty()) {
            out.println("no backups");
            return;
        }
        List<String[]> rows = new ArrayList<>();
        rows.add(HEAD);
        listed.backups().forEach(entry -> rows.add(row(entry, listed, now)));
        print(rows, out);
        for (CatalogEntry entry : listed.backups()) {
            entry.failure().ifPresent(why -> out.println("%s: %s".formatted(entry.id(), why)));
        }
    }

    private static String[] row(CatalogEntry entry, ListedBackups listed, Instant now) {
        return new String[] {
            entry.id().value(),
            Words.span(Duration.between(entry.begun(), now)),
            "full",
            entry.info().flatMap(BackupInfo::clusterSize).map(Words::size).orElse("-"),
            Words.size(entry.storedSize()),
            entry.duration().map(Words::span).orElse("-"),
            entry.info().map(BackupTables::wal).orElse("-"),
            entry.info().map(info -> Long.toString(info.timeline())).orElse("-"),
            window(entry, listed),
            state(entry)
        };
    }

    /** A good backup that leads nowhere is none, and must not look like one of which nobody knows. */
    private static String window(CatalogEntry entry, ListedBackups listed) {
        if (listed.windows().isEmpty() || entry.state() != CatalogEntry.State.DONE) {
            return "-";
        }
        VerifyReport.Window window = listed.windows().get().get(entry.id());
        return window == null
                ? "NOTHING: WAL is missing"
                : window.lastStored()
                        .map(Words::time)
                        .orElseGet(() -> window.last().toString());
    }

    private static String wal(BackupInfo info) {
        return info.begin().segment()
                + info.end().map(end -> " to " + end.segment()).orElse("");
    }

    private static String state(CatalogEntry entry) {
        return entry.state() + (entry.keep() ? " (kept)" : "");
    }

    private static void print(List<String[]> rows, PrintWriter out) {
        int[] widths = new int[HEAD.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        String format = "%%-%ds  %%-%ds  %%-%ds  %%%ds  %%%ds  %%-%ds  %%-%ds  %%%ds  %%-%ds  %%s"
                .formatted(
                        widths[0], widths[1], widths[2], widths[3], widths[4], widths[5], widths[6], widths[7],
                        widths[8]);
        rows.forEach(row -> out.println(format.formatted((Object[]) row).stripTrailing()));
    }

    /** All of one. */
    public static void show(String repository, CatalogEntry entry, Instant now, PrintWriter out) {
        line("Backup", entry.id().value(), out);
        line("Repository", repository, out);
        line("State", state(entry), out);
        entry.failure().ifPresent(why -> line("Failure", why, out));
        line("Age", Words.span(Duration.between(entry.begun(), now)), out);
        line("Stored size", Words.size(entry.storedSize()), out);
        entry.duration().ifPresent(duration -> line("Duration", Words.span(duration), out));
        entry.info().ifPresent(info -> show(info, out));
    }

    private static void show(BackupInfo info, PrintWriter out) {
        info.clusterSize().ifPresent(size -> line("Size", Words.size(size), out));
        line("Begin", point(info.begin()), out);
        info.end().ifPresent(end -> line("End", point(end), out));
        line("Timeline", Long.toString(info.timeline()), out);
        line("PostgreSQL", Integer.toString(info.majorVersion()), out);
        line("Cluster", Long.toUnsignedString(info.systemIdentifier()), out);
        line("Data directory", info.dataDirectory(), out);
        line("Data checksums", info.dataChecksums() ? "on" : "off", out);
        for (Tablespace tablespace : info.tablespaces()) {
            line(
                    "Tablespace",
                    "%s (%d) at %s".formatted(tablespace.name(), tablespace.oid(), tablespace.location()),
                    out);
        }
    }

    private static String point(BackupInfo.Point point) {
        return "%s at %s in %s".formatted(Words.time(point.time()), lsn(point.lsn()), point.segment());
    }

    static String lsn(long address) {
        return LogSequenceNumber.valueOf(address).asString();
    }

    private static void line(String what, String value, PrintWriter out) {
        out.println("%-15s %s".formatted(what + ":", value));
    }
}
