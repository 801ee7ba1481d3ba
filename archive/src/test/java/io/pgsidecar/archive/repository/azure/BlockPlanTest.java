package io.pgsidecar.archive.repository.azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BlockPlanTest {

    @Test
    void blocksBeginSmallAndGrow() {
        assertThat(BlockPlan.size(0)).isEqualTo(2 << 20);
        assertThat(BlockPlan.size(12_499)).isEqualTo(2 << 20);
        assertThat(BlockPlan.size(12_500)).isEqualTo(4 << 20);
        assertThat(BlockPlan.size(25_000)).isEqualTo(8 << 20);
        assertThat(BlockPlan.size(37_500)).isEqualTo(16 << 20);
        assertThat(BlockPlan.size(BlockPlan.MAX_BLOCKS - 1)).isEqualTo(16 << 20);
    }

    @Test
    void theLargestObjectIsTheSumOfAllBlocks() {
        long sum = 0;
        for (int i = 0; i < BlockPlan.MAX_BLOCKS; i++) {
            sum += BlockPlan.size(i);
        }
        assertThat(BlockPlan.maxObject()).isEqualTo(sum).isGreaterThan(366L << 30);
    }

    @Test
    void noTwoBlocksOfAWriterOrOfTwoWritersHaveOneName() {
        BlockPlan one = new BlockPlan(new UUID(1, 2));
        BlockPlan another = new BlockPlan(new UUID(1, 3));
        assertThat(new String[] {one.id(0), one.id(1), one.id(256), one.id(49_999), another.id(0), another.id(1)})
                .doesNotHaveDuplicates();
        assertThat(one.id(7)).isEqualTo(new BlockPlan(new UUID(1, 2)).id(7));
    }

    @Test
    void namesAreOfOneLengthAsTheServiceWantsThem() {
        BlockPlan plan = new BlockPlan(UUID.randomUUID());
        assertThat(plan.id(0)).hasSameSizeAs(plan.id(49_999));
        assertThat(Base64.getDecoder().decode(plan.id(49_999))).hasSizeLessThanOrEqualTo(64);
    }
}
