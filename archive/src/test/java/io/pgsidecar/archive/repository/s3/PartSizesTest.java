package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartSizesTest {

    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @CsvSource({"1, 5", "1000, 5", "1001, 10", "2000, 10", "2001, 20", "3001, 40", "4001, 80", "10000, 80"})
    void doubleAfterEachThousand(int number, int mebibytes) {
        assertThat(new PartSizes(5 * MIB).of(number)).isEqualTo(mebibytes * MIB);
    }

    @Test
    void tenThousandOfThemReachFarWithLittleMemory() {
        assertThat(new PartSizes(5 * MIB).largestObject()).isEqualTo(555_000L * MIB);
        assertThat(new PartSizes(64 * MIB).largestObject())
                .as("more than the 5 TiB of an object")
                .isGreaterThan(5L << 40);
    }

    @Test
    void thereAreNoOthers() {
        for (int number : new int[] {0, -1, 10_001}) {
            assertThatThrownBy(() -> new PartSizes(5 * MIB).of(number)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
