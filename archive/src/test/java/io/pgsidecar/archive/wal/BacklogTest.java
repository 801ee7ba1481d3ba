package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Backlog backlog = new Backlog("spare", 2);

    private static Backlog.Waiting file(int n) {
        return new Backlog.Waiting(
                WalFileName.parse("0000000100000000%08X".formatted(n)), new FileStamp("" + n), NOON.plusSeconds(n));
    }

    @Test
    void whatDoesNotFitIsCountedAndLeftToAComparison() {
        backlog.comparing();
        backlog.found(0, null);
        assertThat(backlog.lag().caughtUp()).isPresent();
        for (int n = 1; n <= 5; n++) {
            backlog.add(file(n));
        }
        assertThat(backlog.first(10)).containsExactly(file(1), file(2));
        assertThat(backlog.comparisonDue()).isTrue();
        assertThat(backlog.lag().missingFiles()).isEqualTo(5);
        assertThat(backlog.lag().missingSince()).contains(NOON.plusSeconds(1));
        List.of(file(1), file(2)).forEach(backlog::done);
        assertThat(backlog.lag().missingFiles()).isEqualTo(3);
        assertThat(backlog.lag().missingSince()).contains(NOON.plusSeconds(3));
    }

    @Test
    void itIsCaughtUpOnlyWhenItWasCompared() {
        backlog.add(file(1));
        backlog.done(file(1));
        assertThat(backlog.lag().missingFiles()).isZero();
        assertThat(backlog.lag().caughtUp())
                .as("what it lacked before is not known")
                .isEmpty();
        backlog.comparing();
        backlog.found(1, NOON);
        assertThat(backlog.lag().caughtUp()).isEmpty();
        backlog.foundOneDone();
        assertThat(backlog.lag().caughtUp()).isPresent();
        assertThat(backlog.lag().missingSince()).isEmpty();
    }

    @Test
    void whatIsAddedDuringAComparisonAsksForAnotherOne() {
        backlog.comparing();
        for (int n = 1; n <= 3; n++) {
            backlog.add(file(n));
        }
        backlog.found(0, null);
        assertThat(backlog.comparisonDue()).isTrue();
    }
}
