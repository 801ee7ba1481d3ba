package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtensionVersionTest {

    @ParameterizedTest
    @CsvSource({
        "1.7, true",
        "1.8, false",
        "1.8.1, false",
        "1.10, false",
        "1.11-fork, false",
        "0.99, true",
        "2.0, false",
        "unpackaged, true",
        "9999999999.1, true",
        "'', true",
    })
    void numbersAreCompared(String version, boolean before) {
        assertThat(ExtensionVersion.of(version).before(ExtensionVersion.of("1.8")))
                .isEqualTo(before);
    }
}
