package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Period;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which backups stay, and from which segment on the WAL of each timeline does. */
class RetentionPolicyTest {

    private static final Retention LAST_TWO = new Retention(Optional.of(2), Optional.empty(), 1);
    private static final Retention WEEK = new Retention(Optional.empty(), Optional.of(Period.ofDays(7)), 1);
    private static final Retention NOTHING = new Retention(Optional.empty(), Optional.empty(), 1);

    /** A backup each five days, on one timeline. */
    private static RetentionScenario plain() {
        return new RetentionScenario()
                .backup(5, 1, 10, 11)
                .backup(10, 1, 20, 21)
                .backup(15, 1, 30, 31)
                .backup(20, 1, 40, 41)
                .wal(1, 1, 50, 24);
    }

    @Test
    void withoutRetentionAllStays() {
        assertThat(plain().decide(NOTHING, 25)).isEqualTo("5 10 15 20 | 1: all");
    }

    @Test
    void redundancyCountsTheLatest() {
        assertThat(plain().decide(LAST_TWO, 25)).isEqualTo("15 20 | 1: 30");
        assertThat(plain().decide(new Retention(Optional.of(9), Optional.empty(), 1), 25))
                .isEqualTo("5 10 15 20 | 1: 10");
    }

    @Test
    void aWindowBeginsWithTheLastBackupBeforeIt() {
        assertThat(plain().decide(WEEK, 25)).isEqualTo("15 20 | 1: 30");
        assertThat(plain().decide(WEEK, 22)).isEqualTo("10 15 20 | 1: 20");
        assertThat(plain().decide(WEEK, 300)).isEqualTo("20 | 1: 40");
    }

    @Test
    void theMinimumStaysHoweverOld() {
        assertThat(plain().decide(new Retention(Optional.empty(), Optional.of(Period.ofDays(7)), 3), 300))
                .isEqualTo("10 15 20 | 1: 20");
    }

    @Test
    void redundancyAndWindowTogetherKeepWhatEitherKeeps() {
        assertThat(plain().decide(new Retention(Optional.of(1), Optional.of(Period.ofDays(12)), 1), 25))
                .isEqualTo("10 15 20 | 1: 20");
    }

    @Test
    void aMarkKeepsABackupAndItsWal() {
        RetentionScenario marked = new RetentionScenario()
                .backup(1, 1, 2, 3)
                .kept()
                .backup(10, 1, 20, 21)
                .backup(15, 1, 30, 31)
                .backup(20, 1, 40, 41)
                .wal(1, 1, 50, 24);
        assertThat(marked.decide(LAST_TWO, 25)).isEqualTo("1 15 20 | 1: 2");
    }

    @Test
    void whatFailedGoesOnceALaterOneIsGood() {
        RetentionScenario scenario = plain().backup(12, CatalogEntry.State.FAILED)
                .backup(13, CatalogEntry.State.DEAD)
                .backup(22, CatalogEntry.State.FAILED)
                .backup(23, CatalogEntry.State.DEAD);
        assertThat(scenario.decide(LAST_TWO, 25)).isEqualTo("15 20 22 23 | 1: 30");
    }

    @Test
    void oneThatFailedIsNotCounted() {
        assertThat(plain().backup(24, CatalogEntry.State.FAILED)
                        .decide(new Retention(Optional.of(1), Optional.empty(), 1), 25))
                .isEqualTo("20 24 | 1: 40");
    }

    @Test
    void whileOneIsTakenOrCannotBeReadAllWalStays() {
        assertThat(plain().backup(24, CatalogEntry.State.RUNNING).decide(LAST_TWO, 25))
                .isEqualTo("15 20 24 | 1: all");
        RetentionScenario unreadable = plain().backup(4, CatalogEntry.State.UNREADABLE);
        assertThat(unreadable.decide(LAST_TWO, 25)).isEqualTo("4 15 20 | 1: all");
        assertThat(unreadable.plan(LAST_TWO, 25).wal().getFirst().reason())
                .contains("20260105T000000 cannot be read", "pgsidecar backup delete");
    }

    @Test
    void withoutAGoodBackupNothingGoes() {
        RetentionScenario scenario =
                new RetentionScenario().backup(3, CatalogEntry.State.DEAD).wal(1, 1, 9, 3);
        assertThat(scenario.decide(WEEK, 25)).isEqualTo("3 | 1: all");
    }

    @Test
    void afterAPromotionTheParentsWalStaysForItsBackups() {
        RetentionScenario promoted =
                plain().history(2, 1, 45).backup(22, 2, 46, 47).wal(2, 45, 60, 24);
        assertThat(promoted.decide(LAST_TWO, 25)).isEqualTo("20 22 | 1: 40 | 2: 40");
    }

    @Test
    void onceOnlyTheChildsBackupsStayTheParentsWalGoes() {
        RetentionScenario promoted = plain().history(2, 1, 50)
                .backup(26, 2, 60, 61)
                .backup(27, 2, 70, 71)
                .wal(2, 50, 80, 28);
        assertThat(promoted.decide(LAST_TWO, 29)).isEqualTo("26 27 | 1: none | 2: 60");
    }

    @Test
    void whatWasArchivedBehindTheSwitchStaysWhileItIsYoung() {
        RetentionScenario promoted = new RetentionScenario()
                .backup(5, 1, 10, 11)
                .history(2, 1, 15)
                .backup(8, 2, 20, 21)
                .backup(9, 2, 30, 31)
                .wal(1, 1, 18, 10)
                .wal(2, 15, 40, 10);
        assertThat(promoted.decide(LAST_TWO, 11)).isEqualTo("8 9 | 1: 15 | 2: 20");
    }

    @Test
    void aBackupBehindTheSwitchDoesNotLeadToTheChild() {
        // Timeline 1 went on until day 20; the cluster was set back to segment 25 then, and goes on as timeline 2.
        RetentionScenario setBack = plain().history(2, 1, 25).wal(2, 25, 60, 29);
        assertThat(setBack.decide(new Retention(Optional.of(1), Optional.empty(), 1), 30))
                .as("the last of all, and the last that leads to timeline 2")
                .isEqualTo("10 20 | 1: 20 | 2: 20");
        assertThat(setBack.decide(WEEK, 30)).isEqualTo("10 20 | 1: 20 | 2: 20");
    }

    @Test
    void anAbandonedTimelineWithMomentsInTheWindowKeepsItsBackup() {
        RetentionScenario setBack =
                plain().history(2, 1, 25).backup(26, 2, 40, 41).wal(2, 25, 60, 39);
        assertThat(setBack.decide(WEEK, 30))
                .as("timeline 1 has moments of day 23 and 24")
                .isEqualTo("10 20 26 | 1: 20 | 2: 20");
        assertThat(setBack.decide(WEEK, 40)).as("and then not").isEqualTo("26 | 1: none | 2: 40");
    }

    @Test
    void aSiblingThatNothingLeadsToGoesWhenItIsOld() {
        RetentionScenario siblings = new RetentionScenario()
                .history(2, 1, 10)
                .history(3, 1, 8)
                .backup(20, 3, 30, 31)
                .wal(1, 1, 10, 5)
                .wal(2, 10, 15, 6)
                .wal(3, 8, 40, 24);
        assertThat(siblings.decide(WEEK, 50)).isEqualTo("20 | 1: none | 2: none | 3: 30");
        RetentionScenario young = new RetentionScenario()
                .history(2, 1, 10)
                .history(3, 1, 8)
                .backup(20, 3, 30, 31)
                .wal(2, 10, 15, 21)
                .wal(3, 8, 40, 24);
        assertThat(young.decide(WEEK, 50)).isEqualTo("20 | 2: all | 3: 30");
    }

    @Test
    void withoutItsHistoryNobodyKnowsWhatLeadsToATimeline() {
        RetentionScenario unknown = plain().wal(2, 45, 60, 24);
        assertThat(unknown.decide(WEEK, 25)).isEqualTo("5 10 15 20 | 1: 10 | 2: all");
        assertThat(unknown.plan(WEEK, 25).backups().getFirst().reason()).contains("timeline 2", "without its history");
    }

    @Test
    void theNewestTimelineCountsForTheWindowThoughNothingWasStoredInIt() {
        RetentionScenario idle = plain().wal(2, 45, 60, 10);
        assertThat(idle.decide(WEEK, 25)).isEqualTo("5 10 15 20 | 1: 10 | 2: all");
        RetentionScenario known = plain().history(2, 1, 45).wal(2, 45, 60, 10);
        assertThat(known.decide(WEEK, 25)).isEqualTo("15 20 | 1: 30 | 2: 30");
    }

    @Test
    void aGrandchildsBackupsComeFromTheWholePath() {
        RetentionScenario path = new RetentionScenario()
                .backup(5, 1, 10, 11)
                .history(2, 1, 15)
                .history(3, 1, 15, 2, 20)
                .wal(1, 1, 15, 6)
                .wal(2, 15, 20, 7)
                .wal(3, 20, 30, 24);
        assertThat(path.decide(WEEK, 25)).isEqualTo("5 | 1: 10 | 2: 10 | 3: 10");
    }

    @Test
    void addressesAreUnsigned() {
        long high = 0xFFFF_FFFF_0000_0000L;
        RetentionPlan.WalDecision decision = new RetentionPlan.WalDecision(1, high + 100, false, "");
        assertThat(decision.removes(high - RetentionScenario.SIZE, RetentionScenario.SIZE))
                .isTrue();
        assertThat(decision.removes(high, RetentionScenario.SIZE)).isFalse();
        assertThat(new RetentionPlan.WalDecision(1, 100, false, "").removes(high, RetentionScenario.SIZE))
                .isFalse();
    }

    @Test
    void noneAtAllCannotBeAskedFor() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Retention(Optional.of(0), Optional.empty(), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Retention(Optional.empty(), Optional.empty(), 0));
    }
}
