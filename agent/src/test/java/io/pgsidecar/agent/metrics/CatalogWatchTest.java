package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.backup.BackupException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CatalogWatchTest {

    @Test
    void whatWasSeenStaysKnownWhileTheRepositoryIsAway() throws Exception {
        BlockingQueue<Boolean> answers = new LinkedBlockingQueue<>();
        CatalogWatch.Look look = () -> {
            if (!answers.take()) {
                throw new BackupException(BackupException.Reason.REPOSITORY_UNAVAILABLE, "it is away", null);
            }
            return OwnFamilies.catalog();
        };
        try (CatalogWatch watch = new CatalogWatch("main", look, Duration.ofHours(1))) {
            watch.start();
            assertThat(seen(watch).last()).isNull();
            answers.put(true);
            await(() -> seen(watch).looks() == 1);
            long first = seen(watch).nanos();
            watch.lookAgain();
            answers.put(false);
            await(() -> seen(watch).looks() == 2);
            assertThat(seen(watch).failure().orElseThrow().message()).isEqualTo("it is away");
            assertThat(seen(watch).errors()).isEqualTo(1);
            assertThat(seen(watch).last()).isEqualTo(OwnFamilies.catalog());
            assertThat(seen(watch).nanos()).isEqualTo(first);
            watch.lookAgain();
            answers.put(true);
            await(() -> seen(watch).looks() == 3);
            assertThat(seen(watch).failing()).isFalse();
            assertThat(seen(watch).nanos()).isGreaterThan(first);
        }
    }

    @Test
    void aDefectIsOneFailure() {
        CatalogWatch.Look look = () -> {
            throw new IllegalStateException("a defect");
        };
        try (CatalogWatch watch = new CatalogWatch("main", look, Duration.ofMillis(1))) {
            watch.start();
            await(() -> seen(watch).errors() > 2);
        }
    }

    @Test
    void aLookThatTakesLongIsNotRepeatedSoon() {
        Duration interval = Duration.ofMinutes(5);
        assertThat(CatalogWatch.pause(interval, Duration.ofSeconds(1))).isEqualTo(interval);
        assertThat(CatalogWatch.pause(interval, Duration.ofSeconds(60))).isEqualTo(Duration.ofMinutes(50));
    }

    private static CatalogWatch.Seen seen(CatalogWatch watch) {
        return watch.seen().getFirst();
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }
}
