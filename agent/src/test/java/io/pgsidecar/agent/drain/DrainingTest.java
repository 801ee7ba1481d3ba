package io.pgsidecar.agent.drain;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.InstanceState;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
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

    /** The label is told to go only after the drain was taken back: it must not stay away. */
    @Test
    void takenBackWhileItBeginsItLeavesTheLabel() throws Exception {
        AtomicBoolean away = new AtomicBoolean();
        AtomicReference<@Nullable Draining> draining = new AtomicReference<>();
        RoleLabel label = new RoleLabel() {
            @Override
            public boolean drain(Duration bound) {
                Objects.requireNonNull(draining.get()).undrain();
                away.set(true);
                return true;
            }

            @Override
            public void undrain() {
                away.set(false);
            }
        };
        draining.set(new Draining(() -> InstanceState.unknown(0), label));
        assertThat(Objects.requireNonNull(draining.get()).drain(Duration.ofSeconds(1)))
                .isTrue();
        assertThat(away).isFalse();
        assertThat(Objects.requireNonNull(draining.get()).closed()).isEmpty();
    }

    private static @Nullable Instant second(@Nullable Long second) {
        return second == null ? null : Instant.ofEpochSecond(second);
    }
}
