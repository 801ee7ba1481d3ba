package io.pgsidecar.agent.statuspage;

import static io.pgsidecar.agent.statuspage.MadeUpStatus.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.backup.BackupRun;
import io.pgsidecar.agent.metrics.ArchiveCounts;
import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.wal.ReadyBacklog;
import io.pgsidecar.k8s.LabelStatus;
import io.pgsidecar.k8s.RoleLabel;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.ReplayProgress;
import io.pgsidecar.probes.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What stands at the top of the page, as a table. */
class HeadlineTest {

    private static final String FULL = "repository \"main\": disk full\nhint: make room";

    @ParameterizedTest(name = "{2}")
    @MethodSource("cases")
    void theHeadlineSaysWhatIsWrong(Consumer<MadeUpStatus> change, Level level, String line) {
        MadeUpStatus status = new MadeUpStatus();
        change.accept(status);
        assertThat(status.headline().line()).isEqualTo(line);
        assertThat(status.headline().level()).isEqualTo(level);
    }

    static Stream<Arguments> cases() {
        return Stream.of(
                row(s -> {}, Level.FINE, "Primary, ready. Nothing needs attention."),
                row(
                        s -> s.archive = MadeUpStatus.failing(Duration.ofMinutes(4), Duration.ofSeconds(2), FULL),
                        Level.FAILING,
                        "Primary, ready. Archiving is failing for 4m: repository \"main\": disk full."),
                // The disks were looked at since, and nothing waits any more.
                row(
                        s -> s.archive = MadeUpStatus.failing(Duration.ofMinutes(4), Duration.ofMinutes(3), FULL),
                        Level.FINE,
                        "Primary, ready. Nothing needs attention."),
                row(
                        s -> {
                            s.archive = MadeUpStatus.failing(Duration.ofMinutes(4), Duration.ofMinutes(3), FULL);
                            s.disks = MadeUpStatus.disk(
                                    0.1, MadeUpStatus.waiting(1, Duration.ofMinutes(4)), Duration.ofSeconds(1));
                        },
                        Level.FAILING,
                        "Primary, ready. Archiving is failing for 4m: repository \"main\": disk full."),
                row(
                        s -> s.disks = MadeUpStatus.disk(
                                0.1, MadeUpStatus.waiting(1, Duration.ofMinutes(6)), Duration.ofSeconds(1)),
                        Level.FAILING,
                        "Primary, ready. Nothing is archived: 1 WAL file waits, the oldest for 6m."),
                row(
                        s -> {
                            s.disks = MadeUpStatus.disk(
                                    0.1, MadeUpStatus.waiting(40, Duration.ofMinutes(6)), Duration.ofSeconds(1));
                            s.archived = new ArchiveCounts.Totals(9, 0, 0, 9, Optional.of(NOW.minusSeconds(2)));
                        },
                        Level.WARNING,
                        "Primary, ready. Archiving is behind: 40 WAL files wait, the oldest for 6m."),
                row(
                        s -> s.disks = MadeUpStatus.disk(
                                0.1, MadeUpStatus.waiting(3, Duration.ofMinutes(2)), Duration.ofSeconds(1)),
                        Level.FINE,
                        "Primary, ready. Nothing needs attention."),
                row(
                        s -> s.disks = MadeUpStatus.disk(0.81, ReadyBacklog.NONE, Duration.ofSeconds(1)),
                        Level.WARNING,
                        "Primary, ready. The volume of pgdata is 81 % full, 19 GB are left."),
                row(
                        s -> s.disks = MadeUpStatus.disk(0.97, ReadyBacklog.NONE, Duration.ofSeconds(1)),
                        Level.FAILING,
                        "Primary, ready. The volume of pgdata is 97 % full, 3 GB are left."),
                row(
                        s -> s.disks = MadeUpStatus.disk(0.1, ReadyBacklog.NONE, Duration.ofMinutes(7)),
                        Level.WARNING,
                        "Primary, ready. The disks have not been seen for 7m: a file system may hang."),
                row(
                        s -> server(s, Availability.NO_ANSWER, InstanceRole.PRIMARY, "no answer for 12 s"),
                        Level.FAILING,
                        "Primary, not answering. No clients are sent here: no answer for 12 s."),
                row(
                        s -> server(s, Availability.NO_SERVER, InstanceRole.UNKNOWN, "nothing listens"),
                        Level.FAILING,
                        "PostgreSQL, not running. No clients are sent here: nothing listens."),
                row(
                        s -> server(s, Availability.STARTING, InstanceRole.REPLICA, "in recovery at 0/3"),
                        Level.WARNING,
                        "Replica, starting. No clients are sent here: in recovery at 0/3."),
                row(
                        s -> server(s, Availability.ACCEPTING, InstanceRole.PRIMARY, "draining since 12:00"),
                        Level.WARNING,
                        "Primary, not ready. No clients are sent here: draining since 12:00."),
                row(
                        s -> s.probes = MadeUpStatus.probes(503, 200, "it has been silent for 600 s"),
                        Level.FAILING,
                        "Primary, ready. The liveness probe fails: it has been silent for 600 s."),
                row(
                        s -> s.instance = MadeUpStatus.state(
                                Availability.ACCEPTING,
                                InstanceRole.PRIMARY,
                                MadeUpStatus.primary(List.of(MadeUpStatus.standby("b", "async")), "a")),
                        Level.FAILING,
                        "Primary, ready. Commits wait: synchronous_standby_names is \"a\", and no such standby is there."),
                row(
                        s -> replica(s, ReplayProgress.Activity.CURRENT, Duration.ZERO),
                        Level.FINE,
                        "Replica, ready. Nothing needs attention."),
                // It archives nothing: what is left is from when it was a primary.
                row(
                        s -> {
                            replica(s, ReplayProgress.Activity.CURRENT, Duration.ZERO);
                            s.archive = MadeUpStatus.failing(Duration.ofHours(4), Duration.ofHours(3), FULL);
                            s.disks = MadeUpStatus.disk(
                                    0.1, MadeUpStatus.waiting(3, Duration.ofHours(4)), Duration.ofSeconds(1));
                        },
                        Level.FINE,
                        "Replica, ready. Nothing needs attention."),
                // With archive_mode=always it does.
                row(
                        s -> {
                            replica(s, ReplayProgress.Activity.CURRENT, Duration.ZERO);
                            s.archive = MadeUpStatus.failing(Duration.ofHours(4), Duration.ofSeconds(30), FULL);
                            s.disks = MadeUpStatus.disk(
                                    0.1, MadeUpStatus.waiting(3, Duration.ofHours(4)), Duration.ofSeconds(1));
                        },
                        Level.FAILING,
                        "Replica, ready. Archiving is failing for 4h: repository \"main\": disk full."),
                row(
                        s -> s.disks = MadeUpStatus.disk(0.93, ReadyBacklog.NONE, Duration.ofSeconds(1)),
                        Level.FAILING,
                        "Primary, ready. The volume of pgdata is 93 % full, 7 GB are left."),
                row(
                        s -> replica(s, ReplayProgress.Activity.NOT_REPLAYING, Duration.ofSeconds(70)),
                        Level.FAILING,
                        "Replica, ready. WAL is here and is not replayed for 1m 10s."),
                row(
                        s -> replica(s, ReplayProgress.Activity.CUT_OFF, Duration.ofSeconds(70)),
                        Level.FAILING,
                        "Replica, ready. No WAL comes and no primary is heard of for 1m 10s."),
                row(
                        s -> replica(s, ReplayProgress.Activity.PAUSED, Duration.ofHours(2)),
                        Level.WARNING,
                        "Replica, ready. Replay is paused for 2h."),
                row(
                        s -> replica(s, ReplayProgress.Activity.CUT_OFF, Duration.ofSeconds(3)),
                        Level.FINE,
                        "Replica, ready. Nothing needs attention."),
                row(
                        s -> {
                            replica(s, ReplayProgress.Activity.CURRENT, Duration.ZERO);
                            s.restore = MadeUpStatus.failing(Duration.ofMinutes(2), Duration.ofSeconds(4), FULL);
                        },
                        Level.WARNING,
                        "Replica, ready. WAL cannot be restored for 2m: repository \"main\": disk full."),
                row(
                        s -> s.restore = MadeUpStatus.failing(Duration.ofHours(2), Duration.ofHours(1), FULL),
                        Level.FINE,
                        "Primary, ready. Nothing needs attention."),
                row(
                        s -> s.metrics = Optional.of(MadeUpStatus.slots("old", false, "extended")),
                        Level.WARNING,
                        "Primary, ready. Nobody uses slot old, which stays and keeps 5 MB of WAL."),
                // A copy, for the time after a promotion.
                row(
                        s -> {
                            replica(s, ReplayProgress.Activity.CURRENT, Duration.ZERO);
                            s.metrics = Optional.of(MadeUpStatus.slots("old", false, "extended"));
                        },
                        Level.FINE,
                        "Replica, ready. Nothing needs attention."),
                row(
                        s -> s.metrics = Optional.of(MadeUpStatus.slots("old", false, "lost")),
                        Level.FAILING,
                        "Primary, ready. Slot old is lost: its WAL is gone."),
                row(
                        s -> s.metrics = Optional.of(MadeUpStatus.slots("b", true, "reserved")),
                        Level.FINE,
                        "Primary, ready. Nothing needs attention."),
                row(
                        s -> subscription(s, false, true, 1),
                        Level.FAILING,
                        "Primary, ready. Subscription s of database app was switched off by an error."),
                row(
                        s -> subscription(s, true, false, 0),
                        Level.WARNING,
                        "Primary, ready. Subscription s of database app does not run."),
                row(
                        s -> s.label = Optional.of(label(true, 0)),
                        Level.FAILING,
                        "Primary, ready. The set has two primaries: postgres-1 is one too."),
                row(
                        s -> s.label = Optional.of(label(false, 4)),
                        Level.WARNING,
                        "Primary, ready. The label may be wrong, the Kubernetes API cannot be asked: refused."),
                row(
                        s -> s.repositories = List.of(MadeUpStatus.stored(
                                "main", MadeUpStatus.look(new RepositoryHistory(List.of(), 0, List.of(), List.of())))),
                        Level.WARNING,
                        "Primary, ready. Repository main has no backup to recover from."),
                row(
                        s -> s.repositories =
                                List.of(MadeUpStatus.away("main", Duration.ofMinutes(12), "connection refused")),
                        Level.WARNING,
                        "Primary, ready. Repository main cannot be looked into for 12m: connection refused."),
                row(
                        s -> s.repositories = List.of(MadeUpStatus.behind("west", "connection refused")),
                        Level.WARNING,
                        "Primary, ready. Optional repository west is not caught up for 10m: connection refused."),
                row(
                        s -> gap(s, NOW.minus(Duration.ofMinutes(30))),
                        Level.FAILING,
                        "Primary, ready. Repository main lacks 8 WAL segments: not every point in time can be recovered"
                                + " to."),
                row(
                        s -> gap(s, NOW.minus(Duration.ofHours(30))),
                        Level.WARNING,
                        "Primary, ready. Repository main lacks 8 WAL segments, all older than its newest backup: not every"
                                + " point in time can be recovered to."),
                row(
                        s -> backups(s, CatalogEntry.State.DONE, false),
                        Level.FAILING,
                        "Primary, ready. No backup in repository main can be recovered: WAL that they need is missing."),
                row(
                        s -> failedBackup(s, NOW),
                        Level.WARNING,
                        "Primary, ready. The last backup failed: the server went away."),
                // Another agent has made a good one since.
                row(
                        s -> failedBackup(s, NOW.minus(Duration.ofHours(30))),
                        Level.FINE,
                        "Primary, ready. Nothing needs attention."));
    }

    @Test
    void theWorstComesFirst() {
        MadeUpStatus status = new MadeUpStatus();
        status.disks = MadeUpStatus.disk(0.85, ReadyBacklog.NONE, Duration.ofSeconds(20));
        status.archive = MadeUpStatus.failing(Duration.ofMinutes(4), Duration.ofSeconds(2), FULL);
        Headline headline = status.headline();
        assertThat(headline.problems()).extracting(Problem::level).containsExactly(Level.FAILING, Level.WARNING);
        assertThat(headline.level(Problem.Area.ARCHIVE)).isEqualTo(Level.FAILING);
        assertThat(headline.level(Problem.Area.VOLUMES)).isEqualTo(Level.WARNING);
        assertThat(headline.level(Problem.Area.REPLICATION)).isEqualTo(Level.FINE);
    }

    private static Arguments row(Consumer<MadeUpStatus> change, Level level, String line) {
        return Arguments.of(change, level, line);
    }

    private static void failedBackup(MadeUpStatus status, Instant finished) {
        status.backup = Optional.of(new BackupRun(
                1,
                finished.minusSeconds(60),
                Optional.empty(),
                Optional.of(finished),
                Optional.empty(),
                Optional.of(new BackupException(BackupException.Reason.FAILED, "the server went away", null))));
    }

    private static void server(MadeUpStatus status, Availability availability, InstanceRole role, String reason) {
        status.instance = MadeUpStatus.state(availability, role, InstanceReport.NONE);
        status.probes = MadeUpStatus.probes(200, 503, reason);
    }

    private static void replica(MadeUpStatus status, ReplayProgress.Activity activity, Duration held) {
        status.instance =
                MadeUpStatus.state(Availability.ACCEPTING, InstanceRole.REPLICA, MadeUpStatus.replica(activity, held));
    }

    private static void subscription(MadeUpStatus status, boolean enabled, boolean disableOnError, long errors) {
        Subscription subscription =
                new Subscription("app", "s", enabled, disableOnError, false, null, null, null, errors, 0L, 0L);
        status.instance = MadeUpStatus.state(
                Availability.ACCEPTING,
                InstanceRole.PRIMARY,
                MadeUpStatus.report(MadeUpStatus.lsn("0/9"), null, List.of(), "", List.of(subscription)));
    }

    private static void gap(MadeUpStatus status, Instant before) {
        RepositoryHistory whole = MadeUpStatus.history(3);
        RepositoryHistory.Gap gap =
                new RepositoryHistory.Gap(2, "a", "b", 8, Optional.of(before.minusSeconds(60)), Optional.of(before));
        status.repositories = List.of(MadeUpStatus.stored(
                "main", MadeUpStatus.look(new RepositoryHistory(whole.backups(), 0, whole.wal(), List.of(gap)))));
    }

    private static void backups(MadeUpStatus status, CatalogEntry.State state, boolean leads) {
        status.repositories = List.of(MadeUpStatus.stored(
                "main",
                MadeUpStatus.look(new RepositoryHistory(
                        List.of(MadeUpStatus.backup(NOW.minusSeconds(7200), state, leads)), 0, List.of(), List.of()))));
    }

    private static LabelStatus label(boolean splitBrain, int failures) {
        return new LabelStatus(
                "postgres-0",
                Optional.of(RoleLabel.Wanted.PRIMARY),
                RoleLabel.Wanted.PRIMARY,
                false,
                splitBrain,
                "postgres-1 is one too",
                2,
                Optional.of(NOW),
                Optional.of(NOW),
                Optional.of("refused"),
                failures,
                0,
                0);
    }
}
