package io.pgsidecar.agent.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.bootstrap.Facts.Begins;
import io.pgsidecar.agent.bootstrap.LocalData.Signal;
import io.pgsidecar.agent.config.BootstrapConfig.LostCluster;
import io.pgsidecar.agent.config.BootstrapConfig.OldPrimary;
import io.pgsidecar.agent.config.BootstrapConfig.Unproven;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.wal.TimelineHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DecisionTest {

    private static final Decision DEFAULT = decision(LostCluster.STANDBY, OldPrimary.FOLLOW, Unproven.REFUSE, false);

    private static final LocalData EMPTY = new LocalData.Empty();
    private static final LocalData BROKEN = new LocalData.BrokenRestore(new BackupId("20260101T000000"));
    private static final OtherServer UNASKED = new OtherServer.NotConfigured();
    private static final OtherServer NOBODY = new OtherServer.Nobody("refused");
    private static final OtherServer UNCLEAR = new OtherServer.Unclear("time-out");
    private static final OtherServer REPLICA = new OtherServer.Replica("pg", 42);

    /** Timeline 2 began at 500 of timeline 1, timeline 3 at 900 of timeline 2. */
    private static final TimelineHistory SECOND = history(2, 1, 500);

    private static final TimelineHistory THIRD = history(3, 1, 500, 2, 900);

    private static Decision decision(LostCluster lost, OldPrimary old, Unproven unproven, boolean rebuild) {
        return new Decision(lost, old, unproven, rebuild, Optional.empty());
    }

    private static TimelineHistory history(long timeline, long... ancestors) {
        List<TimelineHistory.Ancestor> all = new ArrayList<>();
        for (int i = 0; i < ancestors.length; i += 2) {
            all.add(new TimelineHistory.Ancestor(ancestors[i], ancestors[i + 1]));
        }
        return new TimelineHistory(timeline, all);
    }

    private static Archived archived(Optional<Long> identifier, long newest, int backups) {
        return new Archived(1, 1, Optional.empty(), identifier, newest, Map.of(2L, SECOND, 3L, THIRD), backups);
    }

    private static Archived nothing() {
        return archived(Optional.empty(), 0, 0);
    }

    private static Archived timelines(long newest) {
        return archived(Optional.of(42L), newest, 1);
    }

    private static Archived away() {
        return new Archived(
                1,
                0,
                Optional.of(new Archived.Failure(
                        ExitCode.REPOSITORY_UNAVAILABLE, "repository \"main\" is away", Optional.empty())),
                Optional.empty(),
                0,
                Map.of(),
                0);
    }

    private static Archived none() {
        return new Archived(0, 0, Optional.empty(), Optional.empty(), 0, Map.of(), 0);
    }

    private static OtherServer primary(long timeline) {
        return new OtherServer.Primary("pg", 42, timeline);
    }

    private static LocalData.Cluster cluster(Signal signal, long timeline, long reach) {
        return new LocalData.Cluster(
                42,
                timeline,
                signal,
                false,
                Optional.of(reach),
                timeline == 1 ? Optional.empty() : Optional.of(timeline == 2 ? SECOND : THIRD));
    }

    private static LocalData.Cluster fromBackup(Signal signal) {
        return new LocalData.Cluster(42, 1, signal, true, Optional.empty(), Optional.empty());
    }

    private static Facts facts(LocalData data, Archived archived, OtherServer other, Begins begins) {
        return new Facts("/data", data, archived, other, begins);
    }

    /**
     * @param outcome the action's name, with the exit code of one that is refused
     */
    record Row(
            String what,
            Decision decision,
            LocalData data,
            Archived archived,
            OtherServer other,
            Begins begins,
            String outcome) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Row row(
            String what, LocalData data, Archived archived, OtherServer other, Begins begins, String outcome) {
        return new Row(what, DEFAULT, data, archived, other, begins, outcome);
    }

    private static Row row(
            String what, Decision decision, LocalData data, Archived archived, OtherServer other, String outcome) {
        return new Row(what, decision, data, archived, other, Begins.YES, outcome);
    }

    /** A new cluster begins as a copy only where initdb would make one; what is there goes before it. */
    static Stream<Row> copied() {
        Decision copies =
                new Decision(LostCluster.STANDBY, OldPrimary.FOLLOW, Unproven.REFUSE, false, Optional.of("other"));
        return Stream.of(
                row("the first pod of all", copies, EMPTY, nothing(), NOBODY, "Copy"),
                row("no primary configured", copies, EMPTY, nothing(), UNASKED, "Copy"),
                row("a copy that was broken off", copies, BROKEN, nothing(), NOBODY, "Copy"),
                row("the same, and not to be a copy any more", DEFAULT, BROKEN, nothing(), NOBODY, "Refuse UNFIT_DATA"),
                row("not clear who answers", copies, EMPTY, nothing(), UNCLEAR, "Wait UNPROVEN"),
                row("the repository is away", copies, EMPTY, away(), NOBODY, "Wait REPOSITORY_UNAVAILABLE"),
                row("a primary is there", copies, EMPTY, nothing(), primary(1), "Wait NO_BACKUP"),
                row("the volume was lost", copies, EMPTY, timelines(2), NOBODY, "BuildStandby"),
                row(
                        "the volume was lost before the first backup",
                        copies,
                        EMPTY,
                        archived(Optional.of(42L), 1, 0),
                        NOBODY,
                        "Refuse NO_BACKUP"),
                row("it recovers", copies, cluster(Signal.RECOVERY, 1, 100), nothing(), NOBODY, "Start"),
                row("it has recovered", copies, cluster(Signal.NONE, 2, 600), nothing(), NOBODY, "Start"),
                new Row("another pod", copies, EMPTY, nothing(), NOBODY, Begins.NO, "Wait NO_BACKUP"));
    }

    static Stream<Row> nothingThere() {
        return Stream.of(
                row("the first pod of all", EMPTY, nothing(), NOBODY, Begins.YES, "LeaveEmpty"),
                row("the first pod, no primary configured", EMPTY, nothing(), UNASKED, Begins.YES, "LeaveEmpty"),
                row("no repository", EMPTY, none(), NOBODY, Begins.YES, "LeaveEmpty"),
                row("another pod, nothing yet", EMPTY, nothing(), NOBODY, Begins.NO, "Wait NO_BACKUP"),
                row("name without ordinal, nothing yet", EMPTY, nothing(), NOBODY, Begins.UNKNOWN, "Wait NO_BACKUP"),
                row(
                        "another pod, no backup yet",
                        EMPTY,
                        archived(Optional.of(42L), 1, 0),
                        primary(1),
                        Begins.NO,
                        "Wait NO_BACKUP"),
                row(
                        "the first pod, the primary is elsewhere",
                        EMPTY,
                        nothing(),
                        primary(2),
                        Begins.YES,
                        "Wait NO_BACKUP"),
                row("the first pod, a replica is elsewhere", EMPTY, nothing(), REPLICA, Begins.YES, "Wait NO_BACKUP"),
                row("the first pod, somebody may be there", EMPTY, nothing(), UNCLEAR, Begins.YES, "Wait UNPROVEN"),
                row(
                        "the first pod, the repository away",
                        EMPTY,
                        away(),
                        NOBODY,
                        Begins.YES,
                        "Wait REPOSITORY_UNAVAILABLE"),
                row(
                        "another pod, the repository away",
                        EMPTY,
                        away(),
                        primary(1),
                        Begins.NO,
                        "Wait REPOSITORY_UNAVAILABLE"),
                row(
                        "WAL of a cluster, no backup, nobody",
                        EMPTY,
                        archived(Optional.of(42L), 1, 0),
                        NOBODY,
                        Begins.YES,
                        "Refuse NO_BACKUP"),
                row("no repository, another pod", EMPTY, none(), primary(1), Begins.NO, "Refuse NO_BACKUP"),
                row(
                        "no repository, the primary is elsewhere",
                        EMPTY,
                        none(),
                        primary(1),
                        Begins.YES,
                        "Refuse NO_BACKUP"),
                row("a lost replica", EMPTY, timelines(1), primary(1), Begins.NO, "BuildStandby"),
                row("a lost replica, no primary", EMPTY, timelines(1), NOBODY, Begins.NO, "BuildStandby"),
                row("a lost replica, not clear", EMPTY, timelines(1), UNCLEAR, Begins.NO, "BuildStandby"),
                row(
                        "the first pod's volume is lost, another is primary",
                        EMPTY,
                        timelines(2),
                        primary(2),
                        Begins.YES,
                        "BuildStandby"),
                row(
                        "the first pod's volume is lost, nobody answers",
                        EMPTY,
                        timelines(2),
                        NOBODY,
                        Begins.YES,
                        "BuildStandby"),
                row("the same, not clear", EMPTY, timelines(2), UNCLEAR, Begins.YES, "BuildStandby"),
                row("the same, no primary configured", EMPTY, timelines(2), UNASKED, Begins.YES, "BuildStandby"),
                row("a restore that was broken off", BROKEN, timelines(1), primary(1), Begins.NO, "BuildStandby"),
                row(
                        "the same, the repository away",
                        BROKEN,
                        away(),
                        primary(1),
                        Begins.NO,
                        "Wait REPOSITORY_UNAVAILABLE"),
                row(
                        "the repository is another cluster's",
                        EMPTY,
                        archived(Optional.of(43L), 1, 1),
                        primary(1),
                        Begins.NO,
                        "Refuse OTHER_CLUSTER"),
                row(
                        "half made",
                        new LocalData.Unfit("half made", "empty it"),
                        timelines(1),
                        primary(1),
                        Begins.NO,
                        "Refuse UNFIT_DATA"));
    }

    static Stream<Row> lostCluster() {
        Decision promote = decision(LostCluster.PROMOTE, OldPrimary.FOLLOW, Unproven.REFUSE, false);
        Decision refuse = decision(LostCluster.REFUSE, OldPrimary.FOLLOW, Unproven.REFUSE, false);
        Archived half = new Archived(2, 1, away().failure(), Optional.of(42L), 1, Map.of(), 1);
        return Stream.of(
                row("promote, nobody answers", promote, EMPTY, timelines(2), NOBODY, "Recover"),
                row("promote, not configured", promote, EMPTY, timelines(2), UNASKED, "Recover"),
                row("promote, not clear", promote, EMPTY, timelines(2), UNCLEAR, "Wait UNPROVEN"),
                row("promote, a primary", promote, EMPTY, timelines(2), primary(2), "BuildStandby"),
                row("promote, a replica", promote, EMPTY, timelines(2), REPLICA, "BuildStandby"),
                row(
                        "promote, one of two repositories away",
                        promote,
                        EMPTY,
                        half,
                        NOBODY,
                        "Wait REPOSITORY_UNAVAILABLE"),
                row("promote, a first cluster", promote, EMPTY, nothing(), NOBODY, "LeaveEmpty"),
                row("refuse, nobody answers", refuse, EMPTY, timelines(2), NOBODY, "Refuse UNPROVEN"),
                row("refuse, a primary", refuse, EMPTY, timelines(2), primary(2), "BuildStandby"),
                new Row("promote, another pod", promote, EMPTY, timelines(2), NOBODY, Begins.NO, "BuildStandby"));
    }

    static Stream<Row> aPrimaryReturns() {
        LocalData old = cluster(Signal.NONE, 1, 499);
        LocalData diverged = cluster(Signal.NONE, 1, 500);
        LocalData unreadable = new LocalData.Cluster(42, 1, Signal.NONE, false, Optional.empty(), Optional.empty());
        Decision refuse = decision(LostCluster.STANDBY, OldPrimary.REFUSE, Unproven.REFUSE, false);
        Decision start = decision(LostCluster.STANDBY, OldPrimary.START, Unproven.REFUSE, false);
        Decision rebuild = decision(LostCluster.STANDBY, OldPrimary.FOLLOW, Unproven.REFUSE, true);
        Decision daring = decision(LostCluster.STANDBY, OldPrimary.FOLLOW, Unproven.START, false);
        return Stream.of(
                row("restarted", DEFAULT, cluster(Signal.NONE, 1, 700), timelines(1), NOBODY, "Start"),
                row("restarted on timeline 2", DEFAULT, cluster(Signal.NONE, 2, 700), timelines(2), NOBODY, "Start"),
                row("never archived", DEFAULT, cluster(Signal.NONE, 1, 700), nothing(), NOBODY, "Start"),
                row("no repository", DEFAULT, cluster(Signal.NONE, 1, 700), none(), NOBODY, "Start"),
                row(
                        "just promoted, not archived yet",
                        DEFAULT,
                        cluster(Signal.NONE, 2, 700),
                        timelines(1),
                        NOBODY,
                        "Start"),
                row("alone, the repository away", DEFAULT, old, away(), UNASKED, "Start"),
                row("one of a set, the repository away", DEFAULT, old, away(), NOBODY, "Wait REPOSITORY_UNAVAILABLE"),
                row("the same, daring", daring, old, away(), NOBODY, "Start"),
                row("one of a set, not clear", DEFAULT, old, timelines(1), UNCLEAR, "Wait UNPROVEN"),
                row("the same, daring", daring, old, timelines(1), UNCLEAR, "Start"),
                row("the repository away, a newer primary", DEFAULT, old, away(), primary(2), "Wait DIVERGED"),
                row("passed, not diverged", DEFAULT, old, timelines(2), primary(2), "Follow"),
                row("the same, nobody answers", DEFAULT, old, timelines(2), NOBODY, "Follow"),
                row("the same, not clear", DEFAULT, old, timelines(2), UNCLEAR, "Follow"),
                row("passed twice", DEFAULT, old, timelines(3), primary(3), "Follow"),
                row("passed, not archived yet", DEFAULT, old, timelines(1), primary(4), "Wait DIVERGED"),
                row("passed, refuse", refuse, old, timelines(2), primary(2), "Refuse OLD_PRIMARY"),
                row("passed, start", start, old, timelines(2), primary(2), "Start"),
                row("diverged", DEFAULT, diverged, timelines(2), primary(2), "Refuse DIVERGED"),
                row("diverged, nobody answers", DEFAULT, diverged, timelines(2), NOBODY, "Refuse DIVERGED"),
                row("diverged, rebuild", rebuild, diverged, timelines(2), primary(2), "Rebuild"),
                row(
                        "diverged, rebuild, no backup",
                        rebuild,
                        diverged,
                        archived(Optional.of(42L), 2, 0),
                        primary(2),
                        "Refuse NO_BACKUP"),
                row("diverged, start", start, diverged, timelines(2), primary(2), "Start"),
                row("end not known", DEFAULT, unreadable, timelines(2), primary(2), "Refuse DIVERGED"),
                row("end not known, rebuild", rebuild, unreadable, timelines(2), primary(2), "Rebuild"),
                row("end not known, not passed", DEFAULT, unreadable, timelines(1), NOBODY, "Start"),
                row(
                        "another branch",
                        DEFAULT,
                        new LocalData.Cluster(
                                42, 2, Signal.NONE, false, Optional.of(1L), Optional.of(history(2, 1, 400))),
                        timelines(3),
                        primary(3),
                        "Refuse DIVERGED"),
                row(
                        "the same number",
                        DEFAULT,
                        new LocalData.Cluster(
                                42, 2, Signal.NONE, false, Optional.of(1L), Optional.of(history(2, 1, 400))),
                        timelines(2),
                        NOBODY,
                        "Refuse DIVERGED"),
                row("two on one timeline", DEFAULT, old, timelines(1), primary(1), "Refuse DIVERGED"),
                row("two on one timeline, rebuild", rebuild, old, timelines(1), primary(1), "Rebuild"),
                row(
                        "an older one is the primary",
                        DEFAULT,
                        cluster(Signal.NONE, 2, 700),
                        timelines(2),
                        primary(1),
                        "Refuse DIVERGED"),
                row("a replica answers", DEFAULT, old, timelines(1), REPLICA, "Start"),
                row(
                        "of another cluster than the repository",
                        DEFAULT,
                        old,
                        archived(Optional.of(43L), 1, 1),
                        NOBODY,
                        "Refuse OTHER_CLUSTER"),
                row(
                        "of another cluster than the primary",
                        DEFAULT,
                        old,
                        nothing(),
                        new OtherServer.Primary("pg", 43, 1),
                        "Refuse OTHER_CLUSTER"),
                row(
                        "of another cluster than a replica",
                        DEFAULT,
                        old,
                        nothing(),
                        new OtherServer.Replica("pg", 43),
                        "Refuse OTHER_CLUSTER"),
                row(
                        "a backup without a signal",
                        DEFAULT,
                        fromBackup(Signal.NONE),
                        timelines(1),
                        NOBODY,
                        "Refuse UNFIT_DATA"));
    }

    static Stream<Row> aReplicaReturns() {
        return Stream.of(
                row("restarted", DEFAULT, cluster(Signal.STANDBY, 1, 400), timelines(1), primary(1), "Start"),
                row("restarted, all away", DEFAULT, cluster(Signal.STANDBY, 1, 400), away(), NOBODY, "Start"),
                row("restarted, not clear", DEFAULT, cluster(Signal.STANDBY, 1, 400), away(), UNCLEAR, "Start"),
                row(
                        "another was promoted",
                        DEFAULT,
                        cluster(Signal.STANDBY, 1, 499),
                        timelines(2),
                        primary(2),
                        "Start"),
                row(
                        "it had come further",
                        DEFAULT,
                        cluster(Signal.STANDBY, 1, 500),
                        timelines(2),
                        primary(2),
                        "Refuse DIVERGED"),
                row("not archived yet", DEFAULT, cluster(Signal.STANDBY, 1, 500), timelines(1), primary(4), "Start"),
                row(
                        "restored, not recovered yet",
                        DEFAULT,
                        fromBackup(Signal.STANDBY),
                        timelines(2),
                        primary(2),
                        "Start"),
                row(
                        "the primary is older",
                        DEFAULT,
                        cluster(Signal.STANDBY, 2, 600),
                        timelines(2),
                        primary(1),
                        "Refuse DIVERGED"),
                row("in a recovery", DEFAULT, fromBackup(Signal.RECOVERY), timelines(1), NOBODY, "Start"),
                row(
                        "in a recovery, a primary answers",
                        DEFAULT,
                        fromBackup(Signal.RECOVERY),
                        timelines(1),
                        primary(1),
                        "Refuse OLD_PRIMARY"),
                row(
                        "in a recovery, and who answers is not clear",
                        DEFAULT,
                        fromBackup(Signal.RECOVERY),
                        timelines(1),
                        UNCLEAR,
                        "Wait UNPROVEN"),
                row(
                        "the same, to start all the same",
                        decision(LostCluster.STANDBY, OldPrimary.FOLLOW, Unproven.START, false),
                        fromBackup(Signal.RECOVERY),
                        timelines(1),
                        UNCLEAR,
                        "Start"));
    }

    @ParameterizedTest
    @MethodSource({"nothingThere", "copied", "lostCluster", "aPrimaryReturns", "aReplicaReturns"})
    void table(Row row) {
        Action action = row.decision().of(facts(row.data(), row.archived(), row.other(), row.begins()));
        assertThat(outcome(action)).as(action.toString()).isEqualTo(row.outcome());
        if (action instanceof Action.Refuse(var _, var message, var hint)) {
            assertThat(message).isNotBlank();
            assertThat(hint).isNotBlank();
        }
    }

    private static String outcome(Action action) {
        String name = action.getClass().getSimpleName();
        return switch (action) {
            case Action.Refuse(var exit, var _, var _) -> name + " " + exit;
            case Action.Wait(var exit, var _, var _) -> name + " " + exit;
            default -> name;
        };
    }

    /** Whatever is found: what may become a primary does so only where no primary answers and none may be there. */
    @ParameterizedTest
    @EnumSource(Unproven.class)
    void nothingBecomesAPrimaryBesideAnother(Unproven unproven) {
        for (LocalData data : List.of(
                EMPTY,
                BROKEN,
                cluster(Signal.NONE, 1, 499),
                cluster(Signal.NONE, 1, 600),
                cluster(Signal.NONE, 2, 700),
                fromBackup(Signal.NONE),
                fromBackup(Signal.RECOVERY))) {
            for (Archived archived : List.of(nothing(), none(), away(), timelines(1), timelines(2), timelines(3))) {
                for (OtherServer other : List.of(primary(1), primary(2), primary(3), primary(4))) {
                    for (LostCluster lost : LostCluster.values()) {
                        for (OldPrimary old : List.of(OldPrimary.FOLLOW, OldPrimary.REFUSE)) {
                            for (Begins begins : Begins.values()) {
                                Facts facts = facts(data, archived, other, begins);
                                assertThat(decision(lost, old, unproven, true).of(facts))
                                        .as(facts.toString())
                                        .isNotInstanceOfAny(
                                                Action.Start.class, Action.LeaveEmpty.class, Action.Recover.class);
                            }
                        }
                    }
                }
            }
        }
    }

    @Test
    void theReasonNamesWhereTheTimelineWasLeft() {
        Action action =
                DEFAULT.of(facts(cluster(Signal.NONE, 1, 0x2_0000_1000L), timelines(2), primary(2), Begins.YES));
        assertThat(action).isInstanceOfSatisfying(Action.Refuse.class, refused -> {
            assertThat(refused.message())
                    .isEqualTo(
                            "/data does not fit the cluster: timeline 2 left timeline 1 at 0/1F4, and it went on there to 2/1000");
            assertThat(refused.hint()).contains("bootstrap.rebuildDiverged");
        });
    }
}
