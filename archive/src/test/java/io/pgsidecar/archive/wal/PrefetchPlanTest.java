package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefetchPlanTest {

    private static final long MB = 1 << 20;

    @ParameterizedTest
    @CsvSource({
        "0, false, 4, 1", // the first one
        "1, true, 4, 2",
        "2, true, 4, 4",
        "4, true, 4, 4",
        "3, true, 5, 5",
        "4, false, 4, 1", // it had to be asked for: the end may be near
        "0, true, 4, 1", // a look ahead has just found nothing
        "1, true, 1, 1",
        "5, true, 0, 0"
    })
    void looksFurtherAheadWithEachThatHadBeenPrefetched(int before, boolean prefetched, int max, int expected) {
        assertThat(PrefetchPlan.window(before, prefetched, max)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "16, 0, 64, 1000, 4",
        "16, 48, 64, 1000, 1",
        "16, 49, 64, 1000, 0",
        "16, 100, 64, 1000, 0",
        "1024, 0, 64, 100000, 0", // larger than the spool may be
        "1, 0, 64, 1000, 64",
        "16, 0, 64, 95, 2", // half of what the disk has
        "16, 0, 64, 31, 0",
        "16, 0, 0, 1000, 0"
    })
    void takesOnlyWhatFitsIntoTheSpoolAndHalfTheFreeSpace(
            long segment, long held, long spool, long free, int expected) {
        assertThat(PrefetchPlan.fitting(segment * MB, held * MB, spool * MB, free * MB))
                .isEqualTo(expected);
    }

    @Test
    void staysOnTheTimelineAndCrossesLogs() {
        assertThat(PrefetchPlan.ahead(WalSegmentName.parse("0000000300000000000000FE"), 16 * MB, 3))
                .map(WalSegmentName::toString)
                .containsExactly("0000000300000000000000FF", "000000030000000100000000", "000000030000000100000001");
        assertThat(PrefetchPlan.ahead(WalSegmentName.parse("00000003FFFFFFFF000000FE"), 16 * MB, 3))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "000000010000000000000005, true",
        "000000010000000000000006, true",
        "000000010000000000000009, true",
        "00000001000000000000000A, false", // PostgreSQL went back
        "000000010000000000000004, false", // it went on
        "000000020000000000000006, false",
        "000000010000000100000006, false"
    })
    void keepsWhatTheNextRequestsWillAskFor(String spooled, boolean kept) {
        assertThat(PrefetchPlan.keeps(
                        WalSegmentName.parse(spooled), WalSegmentName.parse("000000010000000000000005"), 16 * MB, 4))
                .isEqualTo(kept);
    }
}
