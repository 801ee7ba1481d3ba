package io.pgsidecar.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a labeler waits after failures. */
class RetryDelayTest {

    private static final Duration LONGEST = Duration.ofSeconds(10);

    @ParameterizedTest
    @CsvSource({"1, 50, 100", "2, 100, 200", "5, 800, 1600", "8, 5000, 10000", "1000000, 5000, 10000"})
    void growsToABoundAndDiffersBetweenAgents(int failures, int least, int most) {
        Random random = new Random(1);
        List<Long> waits = Stream.generate(() -> RetryDelay.of(failures, LONGEST, Optional.empty(), random)
                        .toMillis())
                .limit(200)
                .toList();
        assertThat(waits).allSatisfy(wait -> assertThat(wait).isBetween((long) least, (long) most));
        assertThat(new HashSet<>(waits)).as("not all the same").hasSizeGreaterThan(10);
    }

    @Test
    void isNeverShorterThanTheServerAsks() {
        Random random = new Random(1);
        for (int failures = 1; failures < 20; failures++) {
            assertThat(RetryDelay.of(failures, LONGEST, Optional.of(Duration.ofSeconds(30)), random))
                    .isBetween(Duration.ofSeconds(30), Duration.ofMillis(30_100));
        }
    }
}
