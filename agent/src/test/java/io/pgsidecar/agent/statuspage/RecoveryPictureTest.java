package io.pgsidecar.agent.statuspage;

import static io.pgsidecar.agent.statuspage.MadeUpStatus.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.archive.backup.CatalogEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where things are drawn. */
class RecoveryPictureTest {

    @Test
    void ofNothingThereIsNoPicture() {
        assertThat(RecoveryPicture.of(MadeUpStatus.look(RepositoryHistory.NONE), NOW))
                .isEmpty();
    }

    @Test
    void oneBackupAndItsWal() {
        RecoveryPicture picture = draw(MadeUpStatus.history(1));
        assertThat(picture.lanes()).hasSize(1);
        RecoveryPicture.Lane lane = picture.lanes().getFirst();
        assertThat(lane.timeline()).isEqualTo(2);
        assertThat(lane.marks()).singleElement().satisfies(mark -> {
            assertThat(mark.kind()).isEqualTo(RecoveryPicture.Kind.GOOD);
            assertThat(mark.count()).isEqualTo(1);
        });
        assertThat(lane.missing()).isEmpty();
        // WAL from before the backup begins at the edge; the present is near the other one.
        assertThat(lane.wal())
                .singleElement()
                .satisfies(bar -> assertThat(bar.from()).isZero());
        assertThat(picture.now()).isBetween(95.0, 99.0);
        assertThat(picture.window()).hasValueSatisfying(window -> {
            assertThat(window.from()).isCloseTo(lane.marks().getFirst().at(), within(0.1));
            assertThat(window.to()).isCloseTo(picture.now(), within(1.0));
        });
        holds(picture);
    }

    @Test
    void aThousandBackupsStayReadable() {
        RecoveryPicture picture = draw(MadeUpStatus.history(1000));
        List<RecoveryPicture.Mark> marks = picture.lanes().getFirst().marks();
        assertThat(marks).hasSizeBetween(50, 101);
        assertThat(marks.stream().mapToInt(RecoveryPicture.Mark::count).sum()).isEqualTo(1000);
        holds(picture);
    }

    @Test
    void gapsLieBetweenWhatIsThere() {
        Instant begin = NOW.minus(Duration.ofHours(10));
        RecoveryPicture picture = draw(new RepositoryHistory(
                List.of(MadeUpStatus.backup(begin, CatalogEntry.State.DONE, true)),
                0,
                List.of(
                        MadeUpStatus.range(2, begin, begin.plus(Duration.ofHours(3))),
                        MadeUpStatus.range(2, begin.plus(Duration.ofHours(5)), NOW)),
                List.of(
                        gap(2, 8, begin.plus(Duration.ofHours(3)), begin.plus(Duration.ofHours(5))),
                        gap(2, 1, null, begin.plus(Duration.ofHours(8))),
                        gap(2, 2, begin.plus(Duration.ofHours(9)), null))));
        RecoveryPicture.Lane lane = picture.lanes().getFirst();
        assertThat(lane.wal()).hasSize(2);
        assertThat(lane.missing()).extracting(RecoveryPicture.Missing::segments).containsExactly(8L, 1L, 2L);
        RecoveryPicture.Bar gap = lane.missing().getFirst().bar();
        assertThat(gap.from()).isCloseTo(lane.wal().getFirst().to(), within(0.01));
        assertThat(gap.to()).isCloseTo(lane.wal().getLast().from(), within(0.01));
        // Of a moment only, it can be seen all the same.
        assertThat(lane.missing().get(1).bar().width()).isGreaterThanOrEqualTo(1);
        // Nothing follows: it goes on to the end.
        assertThat(lane.missing().get(2).bar().to()).isEqualTo(100);
        holds(picture);
    }

    @Test
    void eachTimelineHasALaneAndTheOldestAreLeftOut() {
        List<RepositoryHistory.Range> ranges = new ArrayList<>();
        for (int timeline = 1; timeline <= 9; timeline++) {
            ranges.add(MadeUpStatus.range(
                    timeline,
                    NOW.minus(Duration.ofHours(20 - 2 * timeline)),
                    NOW.minus(Duration.ofHours(18 - 2 * timeline))));
        }
        RecoveryPicture picture = draw(new RepositoryHistory(List.of(), 0, ranges, List.of()));
        assertThat(picture.lanes()).extracting(RecoveryPicture.Lane::timeline).containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(picture.olderTimelines()).isEqualTo(3);
        assertThat(picture.window()).isEmpty();
        holds(picture);
    }

    @Test
    void aStoreWhoseClockIsAheadIsSaidSoAndDoesNotHideTheRest() {
        RepositoryHistory whole = MadeUpStatus.history(3);
        RecoveryPicture picture = draw(new RepositoryHistory(
                whole.backups(),
                0,
                List.of(MadeUpStatus.range(2, NOW.minus(Duration.ofDays(3)), Instant.parse("2099-01-01T00:00:00Z"))),
                List.of()));
        assertThat(picture.clockAhead()).isTrue();
        assertThat(picture.now()).isBetween(70.0, 90.0);
        assertThat(picture.lanes().getFirst().wal().getFirst().to()).isEqualTo(100);
        holds(picture);
    }

    @Test
    void allOfItInTheFuture() {
        RecoveryPicture picture = draw(new RepositoryHistory(
                List.of(MadeUpStatus.backup(NOW.plus(Duration.ofDays(30)), CatalogEntry.State.DONE, true)),
                0,
                List.of(),
                List.of()));
        assertThat(picture.clockAhead()).isTrue();
        assertThat(picture.now()).isZero();
        holds(picture);
    }

    @Test
    void backupsOfNoUseAreToldFromGoodOnes() {
        RecoveryPicture picture = draw(new RepositoryHistory(
                List.of(
                        MadeUpStatus.backup(NOW.minusSeconds(100), CatalogEntry.State.RUNNING, false),
                        MadeUpStatus.backup(NOW.minusSeconds(5000), CatalogEntry.State.FAILED, false),
                        MadeUpStatus.backup(NOW.minusSeconds(9000), CatalogEntry.State.DONE, false),
                        MadeUpStatus.backup(NOW.minusSeconds(20000), CatalogEntry.State.DONE, true)),
                0,
                List.of(),
                List.of()));
        assertThat(picture.lanes().getFirst().marks())
                .extracting(RecoveryPicture.Mark::kind)
                .containsExactly(
                        RecoveryPicture.Kind.RUNNING,
                        RecoveryPicture.Kind.USELESS,
                        RecoveryPicture.Kind.USELESS,
                        RecoveryPicture.Kind.GOOD);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 60, 3600, 86_400, 864_000, 31_536_000, 3_153_600_000L})
    void theAxisHasAFewTimesOnItHoweverLongItIs(long seconds) {
        Instant begin = NOW.minusSeconds(seconds);
        RecoveryPicture picture = draw(new RepositoryHistory(
                List.of(MadeUpStatus.backup(begin.minusSeconds(300), CatalogEntry.State.DONE, true)),
                0,
                List.of(MadeUpStatus.range(2, begin, NOW)),
                List.of()));
        assertThat(picture.ticks()).hasSizeBetween(1, 4);
        holds(picture);
    }

    private static RecoveryPicture draw(RepositoryHistory history) {
        return RecoveryPicture.of(MadeUpStatus.look(history), NOW).orElseThrow();
    }

    private static RepositoryHistory.Gap gap(
            long timeline, long segments, @Nullable Instant after, @Nullable Instant before) {
        return new RepositoryHistory.Gap(
                timeline, "a", "b", segments, Optional.ofNullable(after), Optional.ofNullable(before));
    }

    /** Nothing leaves the picture, and nothing is without a width. */
    private static void holds(RecoveryPicture picture) {
        assertThat(picture.from()).isBefore(picture.to());
        assertThat(picture.now()).isBetween(0.0, 100.0);
        picture.window().ifPresent(RecoveryPictureTest::holds);
        picture.ticks().forEach(tick -> assertThat(tick.at()).isBetween(0.0, 100.0));
        picture.lanes().forEach(lane -> {
            lane.wal().forEach(RecoveryPictureTest::holds);
            lane.missing().forEach(missing -> holds(missing.bar()));
            lane.marks().forEach(mark -> assertThat(mark.at()).isBetween(0.0, 100.0));
        });
    }

    private static void holds(RecoveryPicture.Bar bar) {
        assertThat(bar.from()).isBetween(0.0, 100.0);
        assertThat(bar.to()).isBetween(0.0, 100.0);
        assertThat(bar.width()).isPositive();
    }
}
