package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {

    @ParameterizedTest
    @CsvSource({"'','',0", "'',abc,3", "abc,'',3", "port,port,0", "prot,port,2", "kitten,sitting,3", "level,levels,1"})
    void theDistanceIsTheNumberOfEdits(String a, String b, int distance) {
        assertThat(Nearest.distance(a, b)).isEqualTo(distance);
    }

    @Test
    void theNearestIsFoundUnlessItIsFar() {
        assertThat(nearest("levl")).hasValue("level");
        assertThat(nearest("frmat")).hasValue("format");
        assertThat(nearest("colour")).isEmpty();
    }

    private static Optional<String> nearest(String name) {
        return Nearest.to(name, Stream.of("format", "level"), known -> Nearest.distance(name, known));
    }
}
