package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.Listing.leg;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WalContinuityTest {

    /** An address within the segment of a number. */
    private static long within(long number) {
        return number * Listing.SIZE + 0x148;
    }

    private static String gaps(WalContinuity continuity) {
        return continuity.gaps().stream()
                .map(gap -> "%d:%d-%d".formatted(gap.timeline(), gap.first(), gap.last()))
                .toList()
                .toString();
    }

    @Test
    void thePathLeavesEachTimelineWhereItsChildBegan() {
        TimelineHistory history = new TimelineHistory(
                4,
                List.of(
                        new TimelineHistory.Ancestor(1, within(5)),
                        // Left in the segment in which it began.
                        new TimelineHistory.Ancestor(2, within(5) + 100),
                        // Left at the first byte of a segment.
                        new TimelineHistory.Ancestor(3, 9 * Listing.SIZE)));
        assertThat(RecoveryPath.to(4, Optional.of(history), Listing.SIZE).legs())
                .containsExactly(leg(1, 0, 4), leg(3, 5, 8), leg(4, 9, -1));
        assertThat(RecoveryPath.to(1, Optional.empty(), Listing.SIZE).legs()).containsExactly(leg(1, 0, -1));
    }

    @Test
    void aRepositoryWithoutAGapIsWhole() {
        WalContinuity continuity = new Listing()
                .segments(1, 3, 4)
                .segments(2, 5, 8)
                .history(2, 1, within(5))
                .continuity();
        assertThat(continuity.timeline()).isEqualTo(2);
        assertThat(continuity.path()).containsExactly(1L, 2L);
        assertThat(continuity.first()).hasValueSatisfying(n -> assertThat(n).hasToString(Listing.name(1, 3)));
        assertThat(continuity.last()).hasValueSatisfying(n -> assertThat(n).hasToString(Listing.name(2, 8)));
        assertThat(continuity.segments()).isEqualTo(6);
        assertThat(continuity.gaps()).isEmpty();
        assertThat(continuity.missingHistories()).isEmpty();
    }

    @Test
    void aGapHasTheTimesOfItsNeighbours() {
        WalContinuity continuity = new Listing()
                .segments(1, 1, 3)
                .segments(1, 6, 8)
                .segments(1, 10, 10)
                .continuity();
        assertThat(gaps(continuity)).isEqualTo("[1:4-5, 1:9-9]");
        assertThat(continuity.missing()).isEqualTo(3);
        WalGap first = continuity.gaps().getFirst();
        assertThat(first.storedBefore()).contains(Listing.minute(3));
        assertThat(first.storedAfter()).contains(Listing.minute(6));
        assertThat(first.firstName()).hasToString(Listing.name(1, 4));
        assertThat(first.lastName()).hasToString(Listing.name(1, 5));
    }

    @Test
    void whatFollowsTheSwitchPointOnAnAbandonedTimelineIsNeededByNobody() {
        WalContinuity continuity = new Listing()
                .segments(1, 1, 6)
                .segments(1, 9, 9)
                .segments(2, 5, 6)
                .history(2, 1, within(5))
                .continuity();
        assertThat(continuity.gaps()).isEmpty();
        assertThat(continuity.segments()).isEqualTo(6);
    }

    @Test
    void theSegmentOfTheSwitchIsNeededOfTheChildAndNotOfTheParent() {
        Listing parentOnly = new Listing().segments(1, 1, 5).segments(2, 6, 6).history(2, 1, within(5));
        assertThat(gaps(parentOnly.continuity())).isEqualTo("[2:5-5]");
        Listing childOnly = new Listing().segments(1, 1, 4).segments(2, 5, 6).history(2, 1, within(5));
        assertThat(gaps(childOnly.continuity())).isEqualTo("[]");
        Listing atTheBorder = new Listing().segments(1, 1, 4).segments(2, 5, 6).history(2, 1, 5 * Listing.SIZE);
        assertThat(gaps(atTheBorder.continuity())).isEqualTo("[]");
    }

    @Test
    void theEndOfAParentMayBeMissing() {
        WalContinuity continuity = new Listing()
                .segments(1, 1, 2)
                .segments(2, 7, 8)
                .history(2, 1, within(5))
                .continuity();
        assertThat(gaps(continuity)).isEqualTo("[1:3-4, 2:5-6]");
        assertThat(continuity.gaps()).allSatisfy(gap -> {
            assertThat(gap.storedBefore()).contains(Listing.minute(2));
            assertThat(gap.storedAfter()).contains(Listing.minute(7));
        });
    }

    @Test
    void aTimelineThatHasJustBegunNeedsItsParentUpToThere() {
        assertThat(gaps(new Listing().segments(1, 1, 3).history(2, 1, within(5)).continuity()))
                .isEqualTo("[1:4-4]");
        assertThat(gaps(new Listing().segments(1, 1, 4).history(2, 1, within(5)).continuity()))
                .isEqualTo("[]");
    }

    @Test
    void whatWasDeletedWithOldBackupsIsNoGap() {
        WalContinuity continuity = new Listing()
                .segments(3, 9, 12)
                .history(2, 1, within(3))
                .history(3, 1, within(3), 2, within(6))
                .continuity();
        assertThat(continuity.gaps()).isEmpty();
        assertThat(continuity.first()).hasValueSatisfying(n -> assertThat(n).hasToString(Listing.name(3, 9)));
    }

    @Test
    void whereAParentWasClippedTheTimeIsNotGuessed() {
        WalContinuity continuity = new Listing()
                .segments(1, 1, 9)
                .segments(2, 6, 6)
                .history(2, 1, within(5))
                .continuity();
        assertThat(gaps(continuity)).isEqualTo("[2:5-5]");
        assertThat(continuity.gaps().getFirst().storedBefore()).isEmpty();
        assertThat(continuity.gaps().getFirst().storedAfter()).contains(Listing.minute(6));
    }

    @Test
    void aMissingHistoryIsNamed() {
        assertThat(new Listing()
                        .segments(1, 1, 4)
                        .segments(3, 5, 5)
                        .history(3, 1, within(4))
                        .continuity()
                        .missingHistories())
                .containsExactly(2L);
        assertThat(new Listing()
                        .segments(1, 1, 4)
                        .segments(2, 5, 5)
                        .continuity()
                        .missingHistories())
                .containsExactly(2L);
        assertThat(new Listing()
                        .segments(1, 1, 4)
                        .object("main/wals/FFFFFFFF.history")
                        .continuity()
                        .missingHistories())
                .hasSize(100);
    }

    @Test
    void ofNothingNothingIsMissing() {
        WalContinuity continuity = new Listing().continuity();
        assertThat(continuity.timeline()).isZero();
        assertThat(continuity.first()).isEmpty();
        assertThat(continuity.gaps()).isEmpty();
    }

    private static LocalWal.Finished file(String name, boolean acknowledged, int minute) {
        return new LocalWal.Finished(WalFileName.parse(name), acknowledged, Listing.minute(minute));
    }

    private static WalTail tail(Listing listing, LocalWal.Finished... files) {
        WalInventory inventory = listing.inventory();
        return WalTail.of(inventory, WalContinuity.of(inventory, Map.of()), new LocalWal(List.of(files)));
    }

    @Test
    void whatTheServerHasFinishedAndNobodyStoredIsTheTail() {
        WalTail tail = tail(
                new Listing().segments(1, 5, 9),
                file(Listing.name(1, 9), true, 9),
                file(Listing.name(1, 12), false, 12),
                file(Listing.name(1, 11), false, 14),
                file("00000002.history", false, 13),
                file(Listing.name(1, 10), true, 10));
        assertThat(tail.waiting().count()).isEqualTo(3);
        assertThat(tail.waiting().first()).contains(WalFileName.parse(Listing.name(1, 11)));
        assertThat(tail.waiting().since()).contains(Listing.minute(12));
        assertThat(tail.lost().count()).isEqualTo(1);
        assertThat(tail.lost().first()).contains(WalFileName.parse(Listing.name(1, 10)));
        Instant now = Listing.minute(15);
        assertThat(tail.lost().overdue(now, Duration.ofMinutes(4))).isTrue();
        assertThat(tail.lost().overdue(now, Duration.ofMinutes(6))).isFalse();
        assertThat(WalTail.Files.NONE.overdue(now, Duration.ZERO)).isFalse();
    }

    @Test
    void whatTheServerStillHasOfAGapIsCounted() {
        WalTail tail = tail(
                new Listing().segments(1, 1, 2).segments(1, 6, 6).segments(1, 8, 8),
                file(Listing.name(1, 4), true, 4),
                file(Listing.name(1, 5), false, 5),
                file(Listing.name(1, 6), true, 5));
        assertThat(tail.local()).containsExactly(2, 0);
        assertThat(tail.waiting().count()).isZero();
        assertThat(tail.lost().count()).isZero();
    }

    @Test
    void whatTheServerKeptLongerThanTheRepositoryIsNotLost() {
        WalTail tail = tail(new Listing().segments(1, 5, 9), file(Listing.name(1, 3), true, 3));
        assertThat(tail.lost().count()).isZero();
        assertThat(tail(new Listing(), file(Listing.name(1, 3), true, 3)).lost().count())
                .as("a repository that was emptied")
                .isEqualTo(1);
        assertThat(tail(new Listing().segments(1, 5, 9), file(Listing.name(2, 7), true, 3))
                        .lost()
                        .count())
                .as("a timeline that the repository does not know")
                .isEqualTo(1);
    }
}
