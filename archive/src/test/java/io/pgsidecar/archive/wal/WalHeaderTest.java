package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalHeaderTest {

    private static final WalFileName FILE = WalFileName.parse("0000000200000003000000FF");
    private static final long MB16 = 16L << 20;
    private static final WalHeader GOOD = new WalHeader(0xD116, 2, 2, 0x3_FF00_0000L, Cluster.ID, MB16, 8192);

    @Test
    void readsTheFieldsWhereXlogInternalPutsThem() throws IOException {
        byte[] segment = Cluster.segment(Cluster.SEGMENT, Cluster.OTHER_ID, 0);
        assertThat(WalHeader.read(Arrays.copyOf(segment, WalHeader.LENGTH)))
                .isEqualTo(new WalHeader(0xD116, 2, 1, 0x10_0000, Cluster.OTHER_ID, 1 << 20, 8192));
        assertThatThrownBy(() -> WalHeader.read(Arrays.copyOf(segment, WalHeader.LENGTH - 1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("39 bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {0xD10D, 0xD110, 0xD113, 0xD116, 0xD118})
    void takesSegmentsOfEachVersion(int magic) {
        WalHeader header = new WalHeader(magic, 7, 2, GOOD.pageAddress(), Cluster.ID, MB16, 8192);
        assertThatCode(() -> header.check(FILE, MB16, Cluster.ID)).doesNotThrowAnyException();
    }

    /** The segment in which a timeline began was written by its parent up to there. */
    @Test
    void takesAnEarlierTimeline() {
        WalHeader header = new WalHeader(0xD116, 2, 1, GOOD.pageAddress(), Cluster.ID, MB16, 8192);
        assertThatCode(() -> header.check(FILE, MB16, Cluster.ID)).doesNotThrowAnyException();
        assertThatCode(() -> header.check(WalFileName.parse(FILE + ".partial"), MB16, Cluster.ID))
                .doesNotThrowAnyException();
    }

    static Stream<Arguments> refused() {
        long at = GOOD.pageAddress();
        return Stream.of(
                refused("magic D117", new WalHeader(0xD117, 2, 2, at, Cluster.ID, MB16, 8192), MB16),
                refused("magic 0000", new WalHeader(0, 0, 0, 0, 0, 0, 0), MB16),
                refused("magic 16D1", new WalHeader(0x16D1, 2, 2, at, Cluster.ID, MB16, 8192), MB16),
                refused("flags 0001", new WalHeader(0xD116, 1, 2, at, Cluster.ID, MB16, 8192), MB16),
                refused("size of 0", new WalHeader(0xD116, 2, 2, at, Cluster.ID, 0, 8192), 0),
                refused("size of 3145728", new WalHeader(0xD116, 2, 2, at, Cluster.ID, 3 << 20, 8192), 3 << 20),
                refused("size of 2147483648", new WalHeader(0xD116, 2, 2, at, Cluster.ID, 1L << 31, 8192), 1L << 31),
                refused("16777215 bytes", GOOD, MB16 - 1),
                refused("16777217 bytes", GOOD, MB16 + 1),
                refused("40 bytes", GOOD, 40),
                refused("3/FE000000", new WalHeader(0xD116, 2, 2, 0x3_FE00_0000L, Cluster.ID, MB16, 8192), MB16),
                refused("2/FF000000", new WalHeader(0xD116, 2, 2, 0x2_FF00_0000L, Cluster.ID, MB16, 8192), MB16),
                // The name is beyond what a log of such segments has.
                refused(
                        "is not where",
                        new WalHeader(0xD116, 2, 2, 0x3_0000_0000L + 0xFFL * (1 << 30), Cluster.ID, 1 << 30, 8192),
                        1 << 30),
                refused("timeline 3", new WalHeader(0xD116, 2, 3, at, Cluster.ID, MB16, 8192), MB16),
                refused("timeline 0", new WalHeader(0xD116, 2, 0, at, Cluster.ID, MB16, 8192), MB16));
    }

    private static Arguments refused(String why, WalHeader header, long size) {
        return Arguments.of(why, header, size);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void saysWhyItIsNoSuchSegment(String why, WalHeader header, long size) {
        assertThatThrownBy(() -> header.check(FILE, size, Cluster.ID))
                .isInstanceOfSatisfying(
                        WalException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_SEGMENT))
                .hasMessageContaining(FILE.toString())
                .hasMessageContaining(why);
    }

    @Test
    void namesBothClustersOfAForeignSegment() {
        WalHeader foreign = new WalHeader(0xD116, 2, 2, GOOD.pageAddress(), Cluster.OTHER_ID, MB16, 8192);
        assertThatThrownBy(() -> foreign.check(FILE, MB16, Cluster.ID))
                .isInstanceOfSatisfying(
                        WalException.class, e -> assertThat(e.reason()).isEqualTo(Reason.OTHER_CLUSTER))
                .hasMessageContaining("18446744073709551609")
                .hasMessageContaining(String.valueOf(Cluster.ID));
    }
}
