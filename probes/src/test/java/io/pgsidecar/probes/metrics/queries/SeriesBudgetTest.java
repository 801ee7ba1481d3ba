package io.pgsidecar.probes.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SeriesBudgetTest {

    private final SeriesBudget budget = new SeriesBudget();

    @Test
    void oneQueryHasHalfOfItAtMost() {
        assertThat(budget.left("a")).isEqualTo(SeriesBudget.OF_ONE);
        budget.use("a", SeriesBudget.OF_ONE);
        assertThat(budget.left("a")).as("what it has is its own").isEqualTo(SeriesBudget.OF_ONE);
        assertThat(budget.left("b")).isEqualTo(SeriesBudget.OF_ONE);
    }

    @Test
    void theRestIsForTheOthers() {
        budget.use("a", new SeriesBudget.Size(9_000, 100));
        budget.use("b", new SeriesBudget.Size(8_000, 3_900_000));
        assertThat(budget.left("c")).isEqualTo(new SeriesBudget.Size(3_000, 99_900));
        budget.use("c", new SeriesBudget.Size(3_000, 99_900));
        assertThat(budget.left("d")).isEqualTo(new SeriesBudget.Size(0, 0));
    }

    @Test
    void aQueryThatIsGoneHasNothing() {
        budget.use("a", new SeriesBudget.Size(10_000, 1));
        budget.use("b", new SeriesBudget.Size(10_000, 1));
        budget.retain(List.of("b"));
        assertThat(budget.left("c").series()).isEqualTo(10_000);
    }
}
