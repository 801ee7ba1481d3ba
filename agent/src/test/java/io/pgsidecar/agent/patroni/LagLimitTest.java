package io.pgsidecar.agent.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected numbers are those of Patroni's own {@code parse_int(text, 'B')}. */
class LagLimitTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1048576, 1048576",
        "' 5', 5",
        "+7, 7",
        "-5, -5",
        "16MB, 16777216",
        "10kB, 10240",
        "1024kB, 1048576",
        "1GB, 1073741824",
        "2TB, 2199023255552",
        "' 16 MB ', 16777216",
        "0x400MB, 1073741824",
        "-070, -56",
        "1.5GB, 1610612736",
        "0.3MB, 314368",
        ".5kB, 512",
        "1e3, 1000",
        "1e3kB, 1024000",
        "99999999999999999999, 9223372036854775807",
        "99999999999TB, 9223372036854775807",
        "1e9999, 9223372036854775807",
    })
    void aLimitInBytes(String text, long bytes) {
        assertThat(LagLimit.parse(text)).hasValue(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "16mb", "16MiB", "16M", "1EB", "MB", "08", "1 2", "0x", "--1", "1.", "٣"})
    void noLimit(String text) {
        assertThat(LagLimit.parse(text)).isEmpty();
    }
}
