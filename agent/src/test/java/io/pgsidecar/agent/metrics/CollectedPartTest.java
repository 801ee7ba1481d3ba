package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.agent.metrics.CollectedPart.Made;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CollectedPartTest {

    private static final Representation TEXT = new Representation(Representation.Format.TEXT, false);
    private static final Representation GZIP = new Representation(Representation.Format.OPEN_METRICS, true);

    private volatile List<List<Family>> found = List.of(List.of(family("a", 1)), List.of(family("b", 2)));
    private final AtomicInteger asked = new AtomicInteger();

    private List<List<Family>> found() {
        asked.incrementAndGet();
        if (found.isEmpty()) {
            throw new IllegalStateException("a defect");
        }
        return found;
    }

    @Test
    void isWrittenAgainOnlyIfThereIsSomethingNew() throws Exception {
        try (CollectedPart part = new CollectedPart(this::found)) {
            Made first = part.get(TEXT, Set.of());
            assertThat(values(first)).containsExactly("a 1.0", "b 2.0");
            assertThat(first.names()).containsExactlyInAnyOrder("a", "b");
            found = List.copyOf(found);
            assertThat(part.get(TEXT, Set.of())).isSameAs(first);
            found = List.of(found.getFirst());
            assertThat(values(part.get(TEXT, Set.of()))).containsExactly("a 1.0");
            found = List.of(List.of(family("a", 1)));
            assertThat(values(part.get(TEXT, Set.of()))).containsExactly("a 1.0");
        }
    }

    @Test
    void isWrittenInTheBackgroundForWhoAskedBefore() throws Exception {
        try (CollectedPart part = new CollectedPart(this::found)) {
            Made before = part.get(GZIP, Set.of());
            part.start();
            found = List.of(List.of(family("c", 3)));
            while (!values(part.get(TEXT, Set.of())).contains("c 3.0")
                    || part.get(GZIP, Set.of()).equals(before)) {
                Thread.sleep(10);
            }
            // From now on who asks finds it, and nobody has to look for what is new.
            Made now = part.get(GZIP, Set.of());
            assertThat(now.names()).containsExactly("c");
        }
    }

    @Test
    void leavesOutWhatAnotherPartHas() throws Exception {
        try (CollectedPart part = new CollectedPart(this::found)) {
            assertThat(part.get(TEXT, Set.of()).leftOut()).isEmpty();
            Made without = part.get(TEXT, Set.of("b", "other"));
            assertThat(values(without)).containsExactly("a 1.0");
            assertThat(without.leftOut()).containsExactly("b: another metric of this name is there");
            assertThat(part.get(TEXT, Set.of("b"))).isSameAs(without);
        }
    }

    @Test
    void whatFailsInTheBackgroundFailsAScrapeAndIsThereAgainAfterwards() throws Exception {
        try (CollectedPart part = new CollectedPart(this::found)) {
            Made before = part.get(TEXT, Set.of());
            part.start();
            List<List<Family>> good = found;
            found = List.of();
            int seen = asked.get();
            while (asked.get() < seen + 1) {
                Thread.sleep(10);
            }
            while (true) {
                try {
                    assertThat(part.get(TEXT, Set.of())).isSameAs(before);
                    Thread.sleep(10);
                } catch (IllegalStateException e) {
                    break;
                }
            }
            assertThatThrownBy(() -> part.get(TEXT, Set.of())).hasMessage("a defect");
            found = good;
            assertThat(values(part.get(TEXT, Set.of()))).containsExactly("a 1.0", "b 2.0");
        }
    }

    private static Family family(String name, double value) {
        return new Family(name, Family.Type.GAUGE, "Help.", List.of(new Sample(Map.of(), value)));
    }

    private static List<String> values(Made made) {
        return made.part().pieces().stream()
                .map(piece -> new String(piece, StandardCharsets.UTF_8))
                .collect(Collectors.joining())
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList();
    }
}
