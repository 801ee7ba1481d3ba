package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupFinding;
import io.pgsidecar.archive.backup.BackupFinding.Kind;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.VerifyReport;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class VerifyTextTest {

    static Stream<Arguments> exits() {
        return Stream.of(
                Arguments.of(List.of(), false, ExitCode.OK),
                Arguments.of(List.of(Kind.WAL_BEHIND, Kind.DAMAGED_BEFORE), false, ExitCode.OK),
                Arguments.of(List.of(Kind.LOCKED), false, ExitCode.REPOSITORY_DENIED),
                Arguments.of(List.of(Kind.LOCKED), true, ExitCode.REPOSITORY_UNAVAILABLE),
                Arguments.of(List.of(Kind.LOCKED, Kind.WAL_MISSING), true, ExitCode.WAL_MISSING),
                Arguments.of(List.of(Kind.WAL_MISSING, Kind.DAMAGED), true, ExitCode.CORRUPT),
                Arguments.of(List.of(Kind.MISSING), false, ExitCode.CORRUPT),
                Arguments.of(List.of(Kind.UNEXPECTED), false, ExitCode.CORRUPT));
    }

    @ParameterizedTest
    @MethodSource("exits")
    void worstFindingDecidesTheExitCode(List<Kind> kinds, boolean away, ExitCode exit) {
        VerifyReport report = new VerifyReport(
                new BackupId("20261125T101502"),
                true,
                1,
                1,
                1,
                1,
                kinds.stream().map(kind -> new BackupFinding(kind, "x", "y")).toList(),
                0,
                Optional.empty(),
                away
                        ? Optional.of(new BackupException(BackupException.Reason.REPOSITORY_UNAVAILABLE, "away", null))
                        : Optional.empty());
        assertThat(VerifyText.exit(report)).isEqualTo(exit);
        assertThat(report.isGood()).isEqualTo(exit == ExitCode.OK);
    }
}
