package io.pgsidecar.agent.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CheckQueryTest {

    @Test
    void allOfThem() {
        assertThat(CheckQuery.of(Map.of(
                        "lag", "1kB", "replication_state", "streaming", "mode", "write", "tag_zone", "a", "tag_", "b")))
                .isEqualTo(new CheckQuery(
                        OptionalLong.of(1024), Optional.of("streaming"), true, Map.of("zone", "a", "", "b")));
    }

    @Test
    void whatIsEmptyOrNotKnownDoesNotCount() {
        CheckQuery none = new CheckQuery(OptionalLong.empty(), Optional.empty(), false, Map.of());
        assertThat(CheckQuery.of(Map.of())).isEqualTo(none);
        assertThat(CheckQuery.of(
                        Map.of("lag", "", "replication_state", "", "mode", "apply", "tag_zone", "", "zone", "a")))
                .isEqualTo(none);
    }
}
