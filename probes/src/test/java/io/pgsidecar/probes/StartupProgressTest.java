package io.pgsidecar.probes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartupProgressTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_000);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "starting | 4 | 0 | 0 | in crash recovery from 0/1000028 on timeline 3, for 125 s",
                "starting | 5 | 0 | 0 | in archive recovery, restart point 0/1000028 on timeline 3, for 125 s",
                "starting | 5 | 0x2000000 | 0 | in archive recovery, restart point 0/1000028 on timeline 3, consistent at 0/2000000, for 125 s",
                "starting | 5 | 0x2000000 | 1 | in archive recovery, restart point 0/1000028 on timeline 3, not consistent before the end of its base backup, for 125 s",
                "starting | 6 | 0 | 0 | about to recover from a crash, for 125 s",
                "starting | 1 | 0 | 0 | starting, for 125 s",
                "standby | 5 | 0 | 0 | a standby that takes no queries (hot_standby = off), restart point 0/1000028 on timeline 3, for 125 s",
            })
    void tellsWhatTheFilesTell(String postmaster, int state, String consistentAt, long backup, String expected) {
        for (int version : new int[] {1300, 1700, 1800}) {
            byte[] file = controlFile(version, state, Long.decode(consistentAt), backup);
            assertThat(StartupProgress.of(signs(postmaster), ControlFile.parse(file), NOW))
                    .contains(expected);
        }
    }

    @Test
    void saysNothingOfAFileThatItCannotTrust() {
        byte[] good = controlFile(1800, 4, 0, 0);
        byte[] torn = good.clone();
        torn[40]++;
        byte[] unknown = controlFile(1900, 4, 0, 0);
        byte[] odd = controlFile(1800, 7, 0, 0);
        for (byte[] bad : new byte[][] {torn, unknown, odd, Arrays.copyOf(good, 200), new byte[0]}) {
            assertThat(ControlFile.parse(bad)).isEmpty();
            assertThat(StartupProgress.of(signs("starting"), ControlFile.parse(bad), NOW))
                    .isEmpty();
        }
    }

    /** Seconds after the refusals, which password is offered, whether the pause lasts. */
    @ParameterizedTest
    @CsvSource({
        "0,     0, wrong, false",
        "1,   0.9, wrong, true",
        "1,   1.1, wrong, false",
        "2,   1.9, wrong, true",
        "2,   2.1, wrong, false",
        "3,   3.9, wrong, true",
        "9,   9.9, wrong, true",
        "9,  10.1, wrong, false",
        "9,     0, right, false",
        "9,     0, ,      false",
    })
    void aRefusedLoginIsTriedLessAndLess(int refusals, double seconds, @Nullable String offered, boolean lasts) {
        LoginPause pause = new LoginPause();
        for (int i = 0; i < refusals; i++) {
            pause.refused(Optional.of("wrong"), -5);
        }
        assertThat(pause.lasts(Optional.ofNullable(offered), -5 + (long) (seconds * 1e9)))
                .isEqualTo(lasts);
        pause.accepted();
        assertThat(pause.lasts(Optional.of("wrong"), -5)).isFalse();
    }

    private static ClusterSigns signs(String postmaster) {
        return new ClusterSigns(Optional.of(postmaster), Optional.of(NOW.minus(Duration.ofSeconds(125))), false, false);
    }

    private static byte[] controlFile(int version, int state, long consistentAt, long backup) {
        byte[] file = new byte[8192];
        int checksum = version == 1800 ? 292 : 288;
        ByteBuffer buffer = ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(8, version)
                .putInt(16, state)
                .putLong(40, 0x1000028)
                .putInt(48, 3)
                .putLong(136, consistentAt)
                .putLong(152, backup);
        CRC32C crc = new CRC32C();
        crc.update(file, 0, checksum);
        buffer.putInt(checksum, (int) crc.getValue());
        return file;
    }
}
