package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.metrics.IdleCollector.Idle;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class IdleCollectorTest {

    @Test
    void thereIsAHistogramForEachStateAndApplication() {
        List<Sample> samples = IdleCollector.histograms(List.of(
                        new Idle("idle", "a", 0),
                        new Idle("idle", "a", 5),
                        new Idle("idle", "a", 301),
                        new Idle("idle in transaction", "a", 7),
                        new Idle("idle", "", 1)))
                .getFirst()
                .samples();
        assertThat(samples)
                .extracting(Sample::labels)
                .containsExactly(
                        Map.of("state", "idle", "application_name", "a"),
                        Map.of("state", "idle in transaction", "application_name", "a"),
                        Map.of("state", "idle", "application_name", ""));
        Histogram first = Objects.requireNonNull(samples.getFirst().histogram());
        assertThat(first.count()).isEqualTo(3);
        assertThat(first.sum()).isEqualTo(306);
        assertThat(first.buckets())
                .extracting(Histogram.Bucket::count)
                .containsExactly(1L, 1L, 2L, 2L, 2L, 2L, 2L, 2L, 2L);
    }

    @Test
    void withoutIdleSessionsThereIsNone() {
        assertThat(IdleCollector.histograms(List.of())).isEmpty();
    }
}
