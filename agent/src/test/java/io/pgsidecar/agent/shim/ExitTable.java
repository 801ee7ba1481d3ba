package io.pgsidecar.agent.shim;

import io.pgsidecar.agent.ExitCode;
import java.util.List;

/** Pins what PostgreSQL is told for each outcome, by {@code docs/wal.md}. */
final class ExitTable {

    /**
     * @param archive the exit code of archive
     * @param standby that of restore where standby.signal exists
     * @param recovery that of any other restore
     * @param drain that of drain
     */
    record Row(ExitCode outcome, int archive, int standby, int recovery, int drain) {}

    static final List<Row> ROWS = List.of(
            new Row(ExitCode.ARCHIVED, 0, 1, 255, 42),
            new Row(ExitCode.DRAINED, 42, 1, 255, 0),
            new Row(ExitCode.RESTORED, 42, 0, 0, 42),
            new Row(ExitCode.ABSENT, 42, 1, 1, 42),
            new Row(ExitCode.USAGE, 2, 1, 255, 2),
            new Row(ExitCode.NO_AGENT, 40, 1, 255, 40),
            new Row(ExitCode.STOPPING, 40, 1, 255, 40),
            new Row(ExitCode.TIMED_OUT, 41, 1, 255, 41),
            new Row(ExitCode.AGENT_FAILED, 42, 1, 255, 42),
            new Row(ExitCode.NOT_UNDERSTOOD, 42, 1, 255, 42),
            new Row(ExitCode.BAD_REQUEST, 43, 1, 255, 43),
            new Row(ExitCode.BAD_SEGMENT, 44, 1, 255, 44),
            new Row(ExitCode.OTHER_CLUSTER, 45, 1, 255, 45),
            new Row(ExitCode.CONFLICT, 46, 1, 255, 46),
            new Row(ExitCode.REPOSITORY_UNAVAILABLE, 47, 1, 255, 47),
            new Row(ExitCode.REPOSITORY_DENIED, 48, 1, 255, 48),
            new Row(ExitCode.CORRUPT, 49, 1, 255, 49));

    private ExitTable() {}
}
