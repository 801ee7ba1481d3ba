package io.pgsidecar.agent.drain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrainingTest {

    /** A drain belongs to one run of the server, whose start may not have been known when it began. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, false",
                "1, -, false",
                "1, 1, false",
                "1, 2, true",
                "2, 1, true",
                "-, 99, false",
                "-, 100, false",
                "-, 101, true"
            })
    void itEndsWithTheServerThatItBeganWith(@Nullable Long noted, @Nullable Long now, boolean over) {
        Draining.Drain drain = new Draining.Drain(second(noted), Instant.ofEpochSecond(100));
        assertThat(drain.isOver(second(now))).isEqualTo(over);
    }

    private static @Nullable Instant second(@Nullable Long second) {
        return second == null ? null : Instant.ofEpochSecond(second);
    }
}
