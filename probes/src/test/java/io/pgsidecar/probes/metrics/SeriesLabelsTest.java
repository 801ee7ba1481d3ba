package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SeriesLabelsTest {

    @Test
    void isTheSameMapInItsOrder() {
        Map<String, String> given = new LinkedHashMap<>();
        given.put("schemaname", "public");
        given.put("datname", "a");
        SeriesLabels labels = SeriesLabels.of(given);
        given.clear();
        assertThat(labels.keySet()).containsExactly("schemaname", "datname");
        assertThat(labels.get("datname")).isEqualTo("a");
        assertThat(labels).isEqualTo(Map.of("datname", "a", "schemaname", "public"));
        assertThat(Map.of("datname", "a", "schemaname", "public"))
                .isEqualTo(labels)
                .hasSameHashCodeAs(labels);
        assertThat(labels).isEqualTo(SeriesLabels.of(Map.of("datname", "a", "schemaname", "public")));
        assertThat(labels).isNotEqualTo(SeriesLabels.of(Map.of("datname", "b", "schemaname", "public")));
        assertThat(SeriesLabels.of(Map.of())).isEmpty();
    }

    @Test
    void isMadeOnceAndNeverChanged() {
        SeriesLabels labels = SeriesLabels.of(Map.of("a", "b"));
        assertThat(new Sample(labels, 1).labels()).isSameAs(labels);
        assertThatThrownBy(() -> labels.put("a", "c")).isInstanceOf(UnsupportedOperationException.class);
    }
}
