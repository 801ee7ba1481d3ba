package io.pgsidecar.agent.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.wal.ArchivedFile;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.archive.wal.WalFileName;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ArchiveRateTest {

    private Instant now = Instant.parse("2026-11-25T12:00:30Z");
    private final ArchiveRate rate = new ArchiveRate(() -> now);

    @Test
    void filesAreCountedByTheMinute() {
        archive(3);
        now = now.plusSeconds(60);
        archive(1);
        assertThat(rate.rate().perMinute()).hasSize(60).endsWith(0L, 3L, 1L);
        assertThat(rate.rate().recentFiles()).isEqualTo(4);
        assertThat(rate.rate().recent()).isEqualTo(Duration.ofSeconds(270));
        assertThat(rate.rate().bytesPerSecond()).isEqualTo(4 * (16 << 20) / 270);
    }

    @Test
    void whatIsOlderThanAnHourIsForgotten() {
        archive(3);
        now = now.plus(Duration.ofMinutes(6));
        assertThat(rate.rate().recentFiles()).isZero();
        assertThat(rate.rate().perMinute()).contains(3L);
        now = now.plus(Duration.ofMinutes(60));
        assertThat(rate.rate().perMinute()).containsOnly(0L);
        archive(1);
        assertThat(rate.rate().perMinute()).endsWith(0L, 1L);
    }

    private void archive(int files) {
        for (int i = 0; i < files; i++) {
            rate.accept(new ArchivedFile(
                    WalFileName.parse("000000010000000000000001"),
                    WalArchiver.Outcome.STORED,
                    16 << 20,
                    false,
                    Duration.ofMillis(5)));
        }
    }
}
