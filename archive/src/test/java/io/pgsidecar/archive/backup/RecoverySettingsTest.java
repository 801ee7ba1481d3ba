package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.backup.RecoveryTarget.Action;
import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecoverySettingsTest {

    private static final ControlFile CONTROL = new ControlFile(1, 1300, 200, 8, 10, 5, 64);

    static Stream<Arguments> stops() {
        return Stream.of(
                Arguments.of(new Stop.Immediate(), "recovery_target = 'immediate'"),
                Arguments.of(
                        new Stop.Time(Instant.parse("2026-11-25T10:15:02.5Z")),
                        "recovery_target_time = '2026-11-25 10:15:02.500000+00:00'"),
                Arguments.of(new Stop.Lsn(0x16_B374_D848L), "recovery_target_lsn = '16/B374D848'"),
                Arguments.of(new Stop.Xid(735), "recovery_target_xid = '735'"),
                Arguments.of(new Stop.Name("it's \\ here"), "recovery_target_name = 'it''s \\\\ here'"));
    }

    @ParameterizedTest
    @MethodSource("stops")
    void targetIsTheOnlyOne(Stop stop, String line) {
        RecoveryTarget target = new RecoveryTarget(stop, false, TargetTimeline.CURRENT, Action.PAUSE);
        ServerSettings before = ServerSettings.of("""
                work_mem = '4MB'
                recovery_target_name = 'old'
                Recovery_Target_LSN 'FF/0'
                restore_command = 'cp'
                """);
        ServerSettings after = settings(target).apply(ServerSettings.of(""), before, CONTROL);
        assertThat(after.lines())
                .startsWith("work_mem = '4MB'")
                .contains(
                        line,
                        "recovery_target_inclusive = 'off'",
                        "recovery_target_timeline = 'current'",
                        "recovery_target_action = 'pause'",
                        "restore_command = 'get %f %p'");
        assertThat(after.text()).doesNotContain("old", "FF/0", "'cp'");
    }

    @Test
    void targetInPostgresqlConfIsTakenBackBeforeOursIsSet() {
        RecoveryTarget target = new RecoveryTarget(new Stop.Xid(7), true, TargetTimeline.LATEST, Action.PROMOTE);
        ServerSettings after = settings(target)
                .apply(ServerSettings.of("recovery_target_name = 'old' # why"), ServerSettings.of(""), CONTROL);
        assertThat(after.text()).contains("recovery_target_name = ''");
        assertThat(after.text().indexOf("recovery_target_name"))
                .isLessThan(after.text().indexOf("recovery_target_xid"));
    }

    @Test
    void nameIsWrittenInUtf8(@TempDir Path data) throws Exception {
        Files.writeString(
                data.resolve("postgresql.auto.conf"), "work_mem = '4MB' # \u00fc\n", StandardCharsets.ISO_8859_1);
        settings(new RecoveryTarget(new Stop.Name("p\u0159ed \u00fc"), true, TargetTimeline.LATEST, Action.PAUSE))
                .complete(data, ControlFileTest.file(42));
        byte[] content = Files.readAllBytes(data.resolve("postgresql.auto.conf"));
        assertThat(new String(content, StandardCharsets.UTF_8)).contains("recovery_target_name = 'p\u0159ed \u00fc'");
        assertThat(new String(content, StandardCharsets.ISO_8859_1)).startsWith("work_mem = '4MB' # \u00fc\n");
    }

    @Test
    void latestHasNoTarget() {
        ServerSettings after =
                settings(RecoveryTarget.LATEST).apply(ServerSettings.of(""), ServerSettings.of(""), CONTROL);
        assertThat(after.get("recovery_target_timeline")).contains("latest");
        assertThat(after.text()).doesNotContain("recovery_target =", "recovery_target_lsn");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "max_connections = 100",
                "max_connections = 500\nmax_connections = 100",
                "max_connections = x"
            })
    void settingThatIsTooLowIsRaised(String base) {
        ServerSettings after =
                settings(RecoveryTarget.LATEST).apply(ServerSettings.of(base), ServerSettings.of(""), CONTROL);
        assertThat(after.get("max_connections")).contains("200");
        assertThat(after.get("max_prepared_transactions")).contains("5");
        assertThat(after.get("max_worker_processes")).isEmpty();
        assertThat(after.get("max_locks_per_transaction")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"max_connections = 200", "max_connections '0x200'", "MAX_CONNECTIONS=300 # enough"})
    void settingThatIsHighEnoughStays(String base) {
        ServerSettings after =
                settings(RecoveryTarget.LATEST).apply(ServerSettings.of(base), ServerSettings.of(""), CONTROL);
        assertThat(after.get("max_connections")).isEmpty();
    }

    @Test
    void autoConfCountsBeforePostgresqlConf() {
        ServerSettings after = settings(RecoveryTarget.LATEST)
                .apply(ServerSettings.of("max_connections = 500"), ServerSettings.of("max_connections = 50"), CONTROL);
        assertThat(after.get("max_connections")).contains("200");
        assertThat(after.lines()).doesNotContain("max_connections = 50");
    }

    @Test
    void primaryConninfoIsReplacedOnlyIfGiven() {
        ServerSettings auto = ServerSettings.of("primary_conninfo = 'host=a'");
        assertThat(settings(RecoveryTarget.LATEST)
                        .apply(ServerSettings.of(""), auto, CONTROL)
                        .get("primary_conninfo"))
                .contains("host=a");
        RecoverySettings given =
                new RecoverySettings(RecoveryTarget.LATEST, true, "get", Optional.of("host='b' password=x"));
        assertThat(given.apply(ServerSettings.of(""), auto, CONTROL).get("primary_conninfo"))
                .contains("host='b' password=x");
    }

    @Test
    void whoseWalIsReadIsKnownAsLongAsRecoverySignalIsThere(@TempDir Path data) throws Exception {
        assertThat(RecoverySource.of(data)).isEmpty();
        Files.writeString(data.resolve("recovery.signal"), RecoverySource.text(Optional.empty()));
        assertThat(RecoverySource.of(data)).isEmpty();
        Files.writeString(data.resolve("recovery.signal"), RecoverySource.text(Optional.of("other")));
        assertThat(RecoverySource.of(data)).contains("other");
        Files.writeString(data.resolve("standby.signal"), "");
        assertThat(RecoverySource.of(data)).isEmpty();
        assertThatThrownBy(() -> new RecoverySettings(
                        RecoveryTarget.LATEST, true, "get", Optional.empty(), Optional.of("other"), true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsTooLowIsLeftWhereOneFileIsForAllPods() {
        RecoverySettings replica =
                new RecoverySettings(RecoveryTarget.LATEST, true, "get", Optional.empty(), Optional.empty(), false);
        assertThat(replica.apply(ServerSettings.of(""), ServerSettings.of(""), CONTROL)
                        .get("max_connections"))
                .isEmpty();
    }

    @Test
    void aCopyDoesNotTakeWhatItsOriginSubscribesTo() {
        ServerSettings auto = ServerSettings.of("max_logical_replication_workers = 8\n");
        RecoverySettings copy =
                new RecoverySettings(RecoveryTarget.LATEST, false, "get", Optional.empty(), Optional.of("other"), true);
        assertThat(copy.apply(ServerSettings.of(""), auto, CONTROL).get("max_logical_replication_workers"))
                .contains("0");
        assertThat(settings(RecoveryTarget.LATEST)
                        .apply(ServerSettings.of(""), auto, CONTROL)
                        .get("max_logical_replication_workers"))
                .contains("8");
    }

    @Test
    void valueOfTwoLinesIsRefused() {
        assertThatThrownBy(() -> ServerSettings.quoted("a\nb")).isInstanceOf(IllegalArgumentException.class);
    }

    private static RecoverySettings settings(RecoveryTarget target) {
        return new RecoverySettings(target, false, "get %f %p", Optional.empty());
    }
}
