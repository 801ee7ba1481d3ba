package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalSegmentNameTest {

    @ParameterizedTest
    @ValueSource(strings = {"000000010000000000000001", "FFFFFFFFFFFFFFFFFFFFFFFF", "0000000A000000FF00000FFF"})
    void readsAndWritesTheSameName(String name) {
        assertThat(WalSegmentName.parse(name)).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00000001000000000000000",
                "0000000100000000000000010",
                "00000001000000000000000a",
                "00000001000000000000000G",
                "000000000000000000000001",
                "+00000010000000000000001",
                " 00000010000000000000001",
                "000000010000000000000001\n",
                "00000001000000000000000\uff11"
            })
    void refusesAnyOtherText(String name) {
        assertThatThrownBy(() -> WalSegmentName.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("WAL segment");
    }

    @ParameterizedTest
    @CsvSource({
        "000000010000000000000001, 1048576, 0/100000",
        "000000010000000000000001, 16777216, 0/1000000",
        "000000010000000100000000, 16777216, 1/0",
        "0000000300000002000000FF, 16777216, 2/FF000000",
        "00000001FFFFFFFF00000003, 1073741824, FFFFFFFF/C0000000",
        "000000010000000000000FFF, 1048576, 0/FFF00000",
    })
    void beginsAtTheAddressThatPostgresComputes(String name, long segmentSize, String lsn) {
        long start = WalSegmentName.parse(name).startLsn(segmentSize);
        assertThat("%X/%X".formatted(start >>> 32, start & 0xFFFF_FFFFL)).isEqualTo(lsn);
        assertThat(WalSegmentName.parse(name).fits(segmentSize)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "000000010000000000001000, 1048576",
        "000000010000000000000100, 16777216",
        "000000010000000000000004, 1073741824",
    })
    void aLogHasFourGigabytes(String name, long segmentSize) {
        assertThat(WalSegmentName.parse(name).fits(segmentSize)).isFalse();
    }

    @Test
    void segmentsHaveAPowerOfTwoBetweenOneMegabyteAndOneGigabyte() {
        for (long size = 1L << 20; size <= 1L << 30; size <<= 1) {
            assertThat(WalSegmentName.isSize(size)).isTrue();
            assertThat(WalSegmentName.isSize(size + 1)).isFalse();
        }
        for (long size : new long[] {0, -1, 1L << 19, 1L << 31, 3L << 20, Long.MIN_VALUE}) {
            assertThat(WalSegmentName.isSize(size)).isFalse();
        }
    }

    @Test
    void sortsByTimelineThenAddress() {
        WalSegmentName first = WalSegmentName.parse("0000000100000001000000FF");
        assertThat(first).isLessThan(WalSegmentName.parse("000000010000000200000000"));
        assertThat(first).isLessThan(WalSegmentName.parse("000000020000000000000001"));
        assertThat(WalSegmentName.parse("FFFFFFFF0000000000000000")).isGreaterThan(first);
    }

    @Test
    void itsFolderIsTimelineAndLog() {
        assertThat(WalSegmentName.parse("0000000A000000FF00000001").folder()).isEqualTo("0000000A000000FF");
    }

    @ParameterizedTest
    @CsvSource({
        "000000010000000000000001, 16, 000000010000000000000002",
        "0000000100000000000000FE, 16, 0000000100000000000000FF",
        "0000000100000000000000FF, 16, 000000010000000100000000",
        "000000010000000000000FFE, 1, 000000010000000000000FFF",
        "000000010000000000000FFF, 1, 000000010000000100000000",
        "0000000A000000FF0000003F, 64, 0000000A0000010000000000",
        "000000010000000000000003, 1024, 000000010000000100000000",
        "00000001FFFFFFFF00000FFE, 1, 00000001FFFFFFFF00000FFF"
    })
    void theNextSegmentIsInTheNextLogWhereThisOneIsFull(String name, long megabytes, String next) {
        assertThat(WalSegmentName.parse(name).next(megabytes << 20)).contains(WalSegmentName.parse(next));
    }

    @Test
    void behindTheLastAddressThereIsNone() {
        assertThat(WalSegmentName.parse("00000001FFFFFFFF00000FFF").next(1 << 20))
                .isEmpty();
        assertThat(WalSegmentName.parse("00000001FFFFFFFF00000003").next(1 << 30))
                .isEmpty();
    }
}
