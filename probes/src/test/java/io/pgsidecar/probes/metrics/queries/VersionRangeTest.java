package io.pgsidecar.probes.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionRangeTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                ">=11.0.0; 140015 150000 150004 180001",
                ">=12.0.0 <=15.0.0; 140015 150000",
                ">=10.0.0 <15.0.0; 140015",
                "<14.0.0; ''",
                ">=9.4.0 <10.0.0 || >=18.0.0; 180001",
                "14.0.0 || 15.0.0; 150000",
                "==14.15.0; 140015",
                "=14.x; 140015",
                "14; 140015",
                "<=15; 140015 150000 150004",
                "<=15.x; 140015 150000 150004",
                ">14; 150000 150004 180001",
                ">14.x; 150000 150004 180001",
                ">14.15.0; 150000 150004 180001",
                ">14.14.0; 140015 150000 150004 180001",
                "<18; 140015 150000 150004",
                "!=15.x; 140015 180001",
                "!15.4.0; 140015 150000 180001",
                ">= 15.0.0 < 16.0.0; 150000 150004",
                "  >=15.4.0  ; 150004 180001",
                ">=15.4.1; 180001",
                "<15.4.1 >15; ''",
                "<15.4.1 >=15; 150000 150004",
                ">=0.0.0; 140015 150000 150004 180001",
            })
    void holdsTheVersionsThatItSays(String range, String versions) {
        VersionRange parsed = VersionRange.of(range);
        StringBuilder held = new StringBuilder();
        for (int version : new int[] {140015, 150000, 150004, 180001}) {
            if (parsed.contains(version)) {
                held.append(held.isEmpty() ? "" : " ").append(version);
            }
        }
        assertThat(held.toString()).isEqualTo(versions);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "abc",
                ">=",
                ">=14.0.0 ||",
                "|| 14",
                ">=14,<15",
                ">=14.0.0-beta",
                "~14",
                "^14",
                "14.",
                "14.1.2.3",
                ">>14"
            })
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> VersionRange.of(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
