package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerDataTest {

    private static final int PRIMARY = 6;

    @TempDir
    Path data;

    @ParameterizedTest
    @CsvSource({"42, 6, 100, false", "42, 6, 101, false", "42, 5, 100, true", "42, 3, 100, false"})
    void directoryOfTheServerIsAccepted(long system, int state, long redo, boolean inRecovery) throws Exception {
        ServerData of = of(system, state, redo, inRecovery);
        assertThatCode(of::requireCluster).doesNotThrowAnyException();
        assertThatCode(() -> of.requireBegun(100)).doesNotThrowAnyException();
        assertThat(of.control(100)).hasSize(8192);
    }

    @ParameterizedTest
    @CsvSource({
        "41, 6, 100, false, its system identifier is 41",
        "42, 6, 99, false, its last checkpoint is at 0/63",
        "42, 5, 100, false, it is of a standby",
        "42, 6, 100, true, it is of a primary"
    })
    void directoryOfAnotherServerIsRefused(long system, int state, long redo, boolean inRecovery, String why)
            throws Exception {
        ServerData of = of(system, state, redo, inRecovery);
        assertThatThrownBy(() -> of.requireBegun(100))
                .asInstanceOf(type(BackupException.class))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(BackupException.Reason.OTHER_CLUSTER))
                .satisfies(e -> assertThat(e.getMessage()).contains(why));
    }

    @Test
    void missingAndDamagedFileAreTold() throws Exception {
        ServerData of = of(42, PRIMARY, 100, false);
        byte[] torn = ControlFileTest.file(42, PRIMARY, 100);
        torn[100]++;
        Files.write(data.resolve("global/pg_control"), torn);
        assertThatThrownBy(() -> of.control(0)).hasMessageContaining("checksum");
        Files.delete(data.resolve("global/pg_control"));
        assertThatThrownBy(of::requireCluster).hasMessageContaining("no global/pg_control");
    }

    private ServerData of(long system, int state, long redo, boolean inRecovery) throws Exception {
        Files.createDirectories(data.resolve("global"));
        Files.write(data.resolve("global/pg_control"), ControlFileTest.file(system, state, redo));
        return new ServerData(
                data,
                new BackupSession.Server(
                        170_002, inRecovery, true, true, 8192, 131_072, 16 << 20, 42, data.toString()));
    }
}
