package io.pgsidecar.agent.shim;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.ExitCode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class WalVerbTest {

    static Stream<ExitTable.Row> table() {
        return ExitTable.ROWS.stream();
    }

    @ParameterizedTest
    @MethodSource("table")
    void theExitCodeIsTheTables(ExitTable.Row row) {
        assertThat(List.of(
                        WalVerb.ARCHIVE.exitCode(row.outcome(), false),
                        WalVerb.ARCHIVE.exitCode(row.outcome(), true),
                        WalVerb.RESTORE.exitCode(row.outcome(), true),
                        WalVerb.RESTORE.exitCode(row.outcome(), false),
                        WalVerb.DRAIN.exitCode(row.outcome(), false)))
                .containsExactly(row.archive(), row.archive(), row.standby(), row.recovery(), row.drain());
    }

    @ParameterizedTest
    @EnumSource
    void archiveNeverExitsAbove125(ExitCode outcome) {
        assertThat(WalVerb.ARCHIVE.exitCode(outcome, false)).isBetween(0, 125);
    }

    @ParameterizedTest
    @EnumSource
    void onlyProvenAbsenceEndsARecoveryAndOnlyRestoredGoesOn(ExitCode outcome) {
        int expected = outcome == ExitCode.RESTORED ? 0 : outcome == ExitCode.ABSENT ? 1 : 255;
        assertThat(WalVerb.RESTORE.exitCode(outcome, false)).isEqualTo(expected);
    }

    @Test
    void theTableHasEveryOutcomeThatAnAnswerStandsFor() {
        assertThat(ExitTable.ROWS.stream().map(ExitTable.Row::outcome))
                .containsAll(Arrays.stream(ExitCode.values())
                        .filter(code -> code.outcome() != null)
                        .toList());
    }

    @Test
    void anAnswerOfTheOtherVerbIsNotUnderstood() {
        assertThat(WalVerb.ARCHIVE.outcomeOf(200, "restored")).isEqualTo(ExitCode.NOT_UNDERSTOOD);
        assertThat(WalVerb.ARCHIVE.outcomeOf(404, "absent")).isEqualTo(ExitCode.NOT_UNDERSTOOD);
        assertThat(WalVerb.RESTORE.outcomeOf(200, "archived")).isEqualTo(ExitCode.NOT_UNDERSTOOD);
        assertThat(WalVerb.RESTORE.outcomeOf(404, "absent")).isEqualTo(ExitCode.ABSENT);
        assertThat(WalVerb.ARCHIVE.outcomeOf(409, "conflict")).isEqualTo(ExitCode.CONFLICT);
        assertThat(WalVerb.ARCHIVE.outcomeOf(409, "")).isEqualTo(ExitCode.NOT_UNDERSTOOD);
        assertThat(WalVerb.ARCHIVE.outcomeOf(200, "drained")).isEqualTo(ExitCode.NOT_UNDERSTOOD);
        assertThat(WalVerb.RESTORE.outcomeOf(200, "drained")).isEqualTo(ExitCode.NOT_UNDERSTOOD);
        assertThat(WalVerb.DRAIN.outcomeOf(200, "drained")).isEqualTo(ExitCode.DRAINED);
        assertThat(WalVerb.DRAIN.outcomeOf(200, "archived")).isEqualTo(ExitCode.NOT_UNDERSTOOD);
        assertThat(WalVerb.DRAIN.outcomeOf(404, "absent")).isEqualTo(ExitCode.NOT_UNDERSTOOD);
    }
}
