package io.pgsidecar.agent.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

class RestoreCommandTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "2026-11-25T09:15:00Z, 2026-11-25T09:15:00Z",
        "2026-11-25 10:15:00+01, 2026-11-25T09:15:00Z",
        "2026-11-25 10:15:00.123456+01:00, 2026-11-25T09:15:00.123456Z",
        "2026-11-25 09:15 UTC, 2026-11-25T09:15:00Z",
        "2026-11-25 04:15:00-05:00, 2026-11-25T09:15:00Z"
    })
    void timeIsReadWithItsZone(String given, Instant expected) {
        assertThat(new TargetOptions.TimeOption().convert(given)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-11-25 10:15:00", "yesterday", "2026-11-25", "25.11.2026 10:15:00Z"})
    void timeWithoutAZoneIsRefused(String given) {
        assertThatThrownBy(() -> new TargetOptions.TimeOption().convert(given))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("zone");
    }

    @Test
    void lsnIsReadAsPostgresWritesIt() {
        assertThat(new TargetOptions.LsnOption().convert("16/B374D848")).isEqualTo(0x16_B374_D848L);
    }

    @Test
    void withoutATargetItIsTheEndOfTheWal() {
        assertThat(new TargetOptions().stop()).isEqualTo(new Stop.Latest());
    }

    @Test
    void restoreCommandIsTheProgramBesideTheSocket() {
        assertThat(RestoreText.restoreCommand(Path.of("/run/pgsidecar/agent.sock")))
                .isEqualTo("/run/pgsidecar/pgsidecar-wal restore %f %p");
        assertThat(RestoreText.restoreCommand(Path.of("/run/my pod/agent.sock")))
                .isEqualTo("'/run/my pod/pgsidecar-wal' restore %f %p");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--target-xid 7 --target-name x",
                "--latest --target-immediate",
                "--target-lsn 7",
                "--exclusive",
                "--exclusive --target-name x",
                "--timeline 0",
                "--backup yesterday",
                "--primary-conninfo host=a",
                "--action none",
                "--repository other"
            })
    void optionsThatMakeNoSenseAreRefused(String options) {
        StringWriter err = new StringWriter();
        Map<String, String> environment = Map.of(
                "PGSIDECAR_POSTGRES_DATA", folder.resolve("data").toString(),
                "PGSIDECAR_REPOSITORIES_MAIN_PATH", folder.toString());
        int exit = new CommandLine(new RestoreCommand(environment))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(err))
                .execute(List.of(options.split(" ")).toArray(String[]::new));
        assertThat(exit).as(err.toString()).isEqualTo(2);
    }

    @Test
    void progressTellsWhenItWillBeDone() {
        assertThat(ByteWatch.line("restoring", 1 << 20, 4 << 20, 1))
                .isEqualTo("restoring: 1 MB of 4 MB, 1 MB/s, 3 s left");
    }
}
