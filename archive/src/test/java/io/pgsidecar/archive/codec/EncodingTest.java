package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncodingTest {

    @ParameterizedTest
    @CsvSource({
        "000000010000000000000042, NONE, false, ''",
        "000000010000000000000042.zst, ZSTD, false, .zst",
        "000000010000000000000042.zst.age, ZSTD, true, .zst.age",
        "000000010000000000000042.age, NONE, true, .age",
        "00000002.history.gz.age, GZIP, true, .gz.age",
        "00000002.history.bz2.age, BZIP2, true, .bz2.age",
        "x.age.zst, ZSTD, false, .zst",
        "x.zst.age.tmp, NONE, false, ''"
    })
    void theEndingTellsTheEncoding(String name, Compression compression, boolean encrypted, String ending) {
        Encoding encoding = Encoding.ofName(name);
        assertThat(encoding).isEqualTo(new Encoding(compression, encrypted));
        assertThat(encoding.ending()).isEqualTo(ending);
        assertThat(encoding.fileName(name) + ending).isEqualTo(name);
    }

    @Test
    void allAreReadTodaysFirst() {
        Encoding today = new Encoding(Compression.LZ4, true);
        assertThat(today.first())
                .hasSize(14)
                .doesNotHaveDuplicates()
                .startsWith(today)
                .allSatisfy(
                        each -> assertThat(Encoding.ofName("x" + each.ending())).isEqualTo(each));
    }
}
