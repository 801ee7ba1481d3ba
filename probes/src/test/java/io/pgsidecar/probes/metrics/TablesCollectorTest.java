package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.metrics.TablesCollector.Ranks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TablesCollectorTest {

    private static final Map<String, Ranks> RANKS =
            Map.of("one", new Ranks(List.of(9.0, 5.0, 1.0), 3), "two", new Ranks(List.of(7.0, 2.0), 2));
    private static final Map<String, List<Family>> TABLES =
            Map.of("one", database("one", 3), "two", database("two", 2));

    @Test
    void theLimitIsForAllDatabasesTogether() {
        assertThat(shown(3)).containsExactly("one.0", "two.0", "one.1");
        assertThat(shown(100)).hasSize(5);
    }

    @Test
    void noLimitIsTooLow() {
        assertThat(TablesCollector.largest(TABLES, RANKS, 0)).isEmpty();
        assertThat(TablesCollector.largest(Map.of(), RANKS, 5)).isEmpty();
    }

    @Test
    void aDatabaseWithoutTablesIsNoTrouble() {
        Map<String, List<Family>> tables = Map.of("one", database("one", 3), "empty", database("empty", 0));
        assertThat(TablesCollector.largest(tables, Map.of("one", new Ranks(List.of(3.0, 2.0, 1.0), 3)), 2)
                        .getFirst()
                        .samples())
                .hasSize(2);
    }

    @Test
    void whatWillNotBeShownIsForgottenAndTheSameIsShown() {
        TablesCollector collector = new TablesCollector(
                "stat_user_tables",
                Globs.ALL,
                TablesCollector.ALL_TABLES,
                Globs.ALL,
                3,
                Query.of("p_", List.of(), List.of(), "SELECT"));
        Map<String, List<Family>> byDatabase = new TreeMap<>();
        Map<String, List<Family>> all = new TreeMap<>();
        Map<String, Ranks> ranks = new TreeMap<>();
        for (int i = 0; i < 20; i++) {
            String name = "db%02d".formatted(i);
            byDatabase.put(name, database(name, 2));
            all.put(name, database(name, 2));
            ranks.put(name, new Ranks(List.of(i * 2.0 + 1, i * 2.0), 5));
            collector.found(name, new Ranks(List.of(i * 2.0 + 1, i * 2.0), 5));
            collector.trim(byDatabase);
            assertThat(byDatabase.values().stream()
                            .mapToInt(families -> families.getFirst().samples().size())
                            .sum())
                    .isLessThanOrEqualTo(6);
        }
        List<Family> shown = collector.together(byDatabase);
        assertThat(shown.getLast().samples().getFirst().value()).isEqualTo(97);
        assertThat(shown.subList(0, 2)).isEqualTo(TablesCollector.largest(all, ranks, 3));
    }

    private static List<String> shown(int limit) {
        List<Family> families = TablesCollector.largest(TABLES, RANKS, limit);
        assertThat(families).hasSize(2);
        List<List<String>> of = families.stream()
                .map(family -> family.samples().stream()
                        .map(sample -> sample.labels().getOrDefault("relname", ""))
                        .toList())
                .toList();
        assertThat(of.get(0)).isEqualTo(of.get(1));
        return of.get(0);
    }

    private static List<Family> database(String name, int tables) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < tables; i++) {
            samples.add(new Sample(Map.of("relname", name + "." + i), i));
        }
        return List.of(
                new Family("a", Family.Type.GAUGE, "A.", samples), new Family("b", Family.Type.GAUGE, "B.", samples));
    }
}
