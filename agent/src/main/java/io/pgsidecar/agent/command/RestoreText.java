package io.pgsidecar.agent.command;

import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.archive.backup.RecoverySettings;
import io.pgsidecar.archive.backup.RecoveryTarget;
import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import io.pgsidecar.archive.backup.RestorePlan;
import io.pgsidecar.archive.backup.RestoreReport;
import io.pgsidecar.archive.backup.RestoreRequest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.postgresql.replication.LogSequenceNumber;

/** What {@code pgsidecar restore} tells people. */
record RestoreText(PrintWriter out, RestorePlan plan, RestoreRequest request, RecoverySettings settings) {

    /** What is going to be done. */
    void plan(String repository) {
        out.printf(
                Locale.ROOT,
                "Backup       %s of repository \"%s\", begun %s; PostgreSQL %d, timeline %d%n",
                plan.backup().id(),
                repository,
                plan.backup().begin().time(),
                plan.backup().majorVersion(),
                plan.backup().timeline());
        out.printf("To           %s%s%n", request.directory(), request.delta() ? ", reusing what is good there" : "");
        plan.backup()
                .tablespaces()
                .forEach(each -> out.printf(
                        "Tablespace   %s (%d) to %s%n",
                        each.name(),
                        each.oid(),
                        request.tablespaces()
                                .getOrDefault(
                                        Long.toString(each.oid()),
                                        request.tablespaces()
                                                .getOrDefault(each.location(), Path.of(each.location())))));
        out.printf("Target       %s, on timeline %d%n", target(), plan.timeline());
        out.printf("WAL          %s to %s: all there%n", plan.firstSegment(), plan.lastSegment());
        out.flush();
    }

    /** What was done, and what comes next. */
    void done(RestoreReport report) {
        out.printf(
                Locale.ROOT,
                "Restored     %,d files, %s%s%n",
                report.files(),
                Words.size(report.bytes()),
                report.verified() ? ", each verified" : "; the backup has no checksums to compare them with");
        if (report.reusedFiles() > 0) {
            out.printf(
                    Locale.ROOT,
                    "Reused       %,d of them, %s%n",
                    report.reusedFiles(),
                    Words.size(report.reusedBytes()));
        }
        out.printf("Next         start PostgreSQL on it; %s%n", next());
        out.printf("             It gets WAL by restore_command = %s%n", settings.restoreCommand());
    }

    private String target() {
        RecoveryTarget target = settings.target();
        String end = target.inclusive() ? "up to and with " : "up to, without, ";
        return switch (target.stop()) {
            case Stop.Latest _ -> "the end of the WAL";
            case Stop.Immediate _ -> "the end of the backup";
            case Stop.Time(var time) -> end + time;
            case Stop.Lsn(long lsn) -> end + LogSequenceNumber.valueOf(lsn).asString();
            case Stop.Xid(long xid) -> end + "transaction " + xid;
            case Stop.Name(var name) -> "restore point \"" + name + "\"";
        };
    }

    private String next() {
        if (settings.standby() && !settings.target().stops()) {
            return "it is a standby.";
        }
        if (!settings.target().stops()) {
            return "it recovers to the end of the WAL and becomes a primary.";
        }
        return switch (settings.target().action()) {
            case PAUSE -> "at the target it pauses: look at the data, then SELECT pg_wal_replay_resume().";
            case PROMOTE -> "at the target it becomes a primary.";
            case SHUTDOWN -> "at the target it shuts down.";
        };
    }

    /** The program beside the agent's socket, as a shell and PostgreSQL read it. */
    static String restoreCommand(Path socket) {
        String program = socket.resolveSibling("pgsidecar-wal").toString().replace("%", "%%");
        String quoted = program.matches("[\\w/.%+-]+") ? program : "'" + program.replace("'", "'\\''") + "'";
        return quoted + " restore %f %p";
    }
}
