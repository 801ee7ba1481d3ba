package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WalPageTest {

    /** Those that archive never exits with. */
    private static final Set<ExitCode> OTHERS = EnumSet.of(
            ExitCode.OK,
            ExitCode.RESTORED,
            ExitCode.DRAINED,
            ExitCode.ABSENT,
            ExitCode.WAL_MISSING,
            ExitCode.BUSY,
            ExitCode.DIVERGED,
            ExitCode.NO_BACKUP,
            ExitCode.UNFIT_DATA,
            ExitCode.UNPROVEN,
            ExitCode.OLD_PRIMARY,
            ExitCode.BAD_CONFIG,
            ExitCode.RECOVERY_STOPPED);

    @Test
    void listsTheExitCodesOfArchive() {
        List<String> rows = Arrays.stream(ExitCode.values())
                .filter(code -> !OTHERS.contains(code))
                .map(code -> "| %d | %s | %s |"
                        .formatted(
                                code.code(), Optional.ofNullable(code.outcome()).orElse(""), code.meaning())
                        .replace("|  |", "| |"))
                .sorted()
                .toList();
        List<String> page = DocsPage.WAL
                .text()
                .lines()
                .filter(line -> line.matches("\\| \\d+ \\| [a-z-]* ?\\| .* \\|"))
                .sorted()
                .toList();
        assertThat(page).isEqualTo(rows);
    }
}
