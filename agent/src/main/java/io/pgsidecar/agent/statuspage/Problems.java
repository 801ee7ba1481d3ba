package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.backup.BackupRun;
import io.pgsidecar.agent.metrics.CatalogLook;
import io.pgsidecar.agent.metrics.CatalogWatch;
import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.archive.wal.ReadyBacklog;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds out what is wrong. Pure: the same facts have the same problems. */
final class Problems {

    /** PostgreSQL asks again each minute at most: what waits for longer waits for something. */
    private static final Duration WAITS_LONG = Duration.ofMinutes(5);

    private static final Duration SHORTEST_DISK_AGE = Duration.ofMinutes(1);

    /** A listing that takes a minute is made once in fifty, so that its age tells nothing before. */
    private static final Duration SHORTEST_CATALOG_AGE = Duration.ofHours(1);

    private static final int LOOKS = 4;
    private static final double NEARLY_FULL = 0.80;
    /** As the alert has it. */
    private static final double FULL = 0.92;

    private final StatusFacts facts;
    private final List<Problem> found = new ArrayList<>();

    private Problems(StatusFacts facts) {
        this.facts = facts;
    }

    /** All of them, the worst first. */
    static List<Problem> of(StatusFacts facts) {
        Problems problems = new Problems(facts);
        problems.instance();
        problems.label();
        problems.archive();
        problems.restore();
        problems.replication();
        problems.volumes();
        facts.repositories().forEach(problems::repository);
        problems.ownBackup();
        problems.found.sort(Comparator.comparing(Problem::level).reversed());
        return problems.found;
    }

    private void instance() {
        InstanceState instance = facts.instance();
        for (Verdict verdict : facts.probes()) {
            if (verdict.name().equals(StatusFacts.LIVE) && !verdict.ok()) {
                failing(Problem.Area.INSTANCE, "The liveness probe fails: " + verdict.reason());
            }
            if (verdict.name().equals(StatusFacts.READY) && !verdict.ok()) {
                // Where the server answers, somebody has wanted it so, or it mends itself.
                boolean mild = switch (instance.availability()) {
                    case ACCEPTING, LOGIN_REFUSED, STARTING, STOPPING -> true;
                    case FULL, FAILING, NO_SERVER, NO_ANSWER, UNKNOWN -> false;
                };
                add(
                        mild ? Level.WARNING : Level.FAILING,
                        Problem.Area.INSTANCE,
                        "No clients are sent here: " + verdict.reason());
            }
        }
        if (instance.availability() == Availability.LOGIN_REFUSED) {
            warning(Problem.Area.INSTANCE, "The agent's login is refused: " + instance.cause());
        }
        if (instance.report().pendingRestart()) {
            warning(Problem.Area.INSTANCE, "A changed setting waits for a restart of PostgreSQL");
        }
    }

    private void label() {
        facts.label().ifPresent(label -> {
            if (label.splitBrain()) {
                failing(Problem.Area.INSTANCE, "The set has two primaries: " + label.reason());
            } else if (label.heldBack()) {
                failing(Problem.Area.INSTANCE, "This primary is held back: " + label.reason());
            }
            if (label.failures() > 0) {
                warning(
                        Problem.Area.INSTANCE,
                        "The label may be wrong, the Kubernetes API cannot be asked: "
                                + label.lastError().orElse("no reason is known"));
            }
        });
    }

    private void archive() {
        Optional<ReadyBacklog> ready = facts.disks().flatMap(look -> look.ready());
        WalCalls calls = facts.archive();
        if (calls.failingSince().isPresent() && isAsked(calls) && !isMended(calls)) {
            failing(
                    Problem.Area.ARCHIVE,
                    "Archiving is failing for %s: %s"
                            .formatted(
                                    since(calls.failingSince().get()),
                                    calls.lastFailure().map(WalCalls.Call::line).orElse("no reason is known")));
            return;
        }
        if (isReplica()) {
            return; // What is left from its time as a primary goes with its segments.
        }
        Optional<Duration> waits = ready.flatMap(ReadyBacklog::oldest)
                .map(oldest -> Duration.between(oldest, facts.now()))
                .filter(wait -> wait.compareTo(WAITS_LONG) > 0);
        waits.ifPresent(wait -> {
            boolean moves = facts.archived()
                    .last()
                    .filter(last -> Duration.between(last, facts.now()).compareTo(WAITS_LONG) <= 0)
                    .isPresent();
            String files = Told.count(ready.orElseThrow().files(), "WAL file");
            if (moves) {
                warning(
                        Problem.Area.ARCHIVE,
                        "Archiving is behind: %s, the oldest for %s".formatted(wait(files, ready), Told.span(wait)));
            } else {
                failing(
                        Problem.Area.ARCHIVE,
                        "Nothing is archived: %s, the oldest for %s".formatted(wait(files, ready), Told.span(wait)));
            }
        });
    }

    private static String wait(String files, Optional<ReadyBacklog> ready) {
        return files + (ready.orElseThrow().files() == 1 ? " waits" : " wait");
    }

    /** A replica archives nothing, unless {@code archive_mode} is {@code always}: then it asks each minute. */
    private boolean isAsked(WalCalls calls) {
        return !isReplica()
                || calls.lastFailure()
                        .filter(call ->
                                Duration.between(call.time(), facts.now()).compareTo(WAITS_LONG) <= 0)
                        .isPresent();
    }

    private boolean isReplica() {
        return facts.instance().role() == InstanceRole.REPLICA;
    }

    /** PostgreSQL does not ask again for what is not to be archived any more: after its role changed, say. */
    private boolean isMended(WalCalls calls) {
        boolean lookedSince = facts.diskAge()
                .flatMap(age ->
                        calls.lastFailure().map(call -> facts.now().minus(age).isAfter(call.time())))
                .orElse(false);
        return lookedSince
                && facts.disks()
                        .flatMap(look -> look.ready())
                        .filter(ready -> ready.files() == 0)
                        .isPresent();
    }

    private void restore() {
        // It asks every few seconds while it needs WAL; an old failure is over.
        facts.restore()
                .lastFailure()
                .filter(call -> facts.restore().failingSince().isPresent())
                .filter(call -> Duration.between(call.time(), facts.now()).compareTo(WAITS_LONG) <= 0)
                .ifPresent(call -> warning(
                        Problem.Area.REPLICATION,
                        "WAL cannot be restored for %s: %s"
                                .formatted(since(facts.restore().failingSince().orElseThrow()), call.line())));
    }

    private void replication() {
        InstanceState instance = facts.instance();
        boolean known = instance.availability() == Availability.ACCEPTING;
        if (known
                && instance.role() == InstanceRole.PRIMARY
                && instance.report().commitsWait()) {
            failing(
                    Problem.Area.REPLICATION,
                    "Commits wait: synchronous_standby_names is \"%s\", and no such standby is there"
                            .formatted(instance.report().synchronousStandbyNames()));
        }
        if (known) {
            instance.replay().ifPresent(this::replay);
        }
        instance.report().subscriptions().forEach(this::subscription);
        facts.metrics().map(page -> Slot.of(page.families())).orElse(List.of()).forEach(this::slot);
    }

    private void replay(Replay replay) {
        if (!replay.progress().stuck(facts.nanos())) {
            return;
        }
        String held = replay.progress().heldFor(facts.nanos()).map(Told::span).orElse("some time");
        switch (replay.progress().activity()) {
            case PAUSED -> warning(Problem.Area.REPLICATION, "Replay is paused for " + held);
            case NOT_REPLAYING -> failing(Problem.Area.REPLICATION, "WAL is here and is not replayed for " + held);
            case NOT_RECEIVING ->
                failing(Problem.Area.REPLICATION, "The primary has WAL that does not come for " + held);
            case CUT_OFF -> failing(Problem.Area.REPLICATION, "No WAL comes and no primary is heard of for " + held);
            case CURRENT, REPLAYING, DELAYED, FOLLOWING_ARCHIVE -> {
                // Nothing holds it.
            }
        }
    }

    private void subscription(Subscription subscription) {
        String name = "Subscription %s of database %s".formatted(subscription.name(), subscription.database());
        if (subscription.disabledByError()) {
            failing(Problem.Area.REPLICATION, name + " was switched off by an error");
        } else if (subscription.enabled() && !subscription.running()) {
            warning(Problem.Area.REPLICATION, name + " does not run");
        }
    }

    private void slot(Slot slot) {
        String kept = slot.keptBytes().isPresent()
                ? " and keeps %s of WAL"
                        .formatted(Words.size(Math.max(0, slot.keptBytes().getAsLong())))
                : "";
        if (slot.walStatus().equals("lost")) {
            failing(Problem.Area.REPLICATION, "Slot %s is lost: its WAL is gone".formatted(slot.name()));
        } else if (slot.walStatus().equals("unreserved")) {
            failing(Problem.Area.REPLICATION, "Slot %s is about to be lost".formatted(slot.name()));
        } else if (!slot.active() && !isReplica()) { // On a replica it is a copy, which nobody uses before a promotion.
            warning(Problem.Area.REPLICATION, "Nobody uses slot %s, which stays%s".formatted(slot.name(), kept));
        }
    }

    static Level ofVolume(double ratio) {
        return ratio >= FULL ? Level.FAILING : ratio >= NEARLY_FULL ? Level.WARNING : Level.FINE;
    }

    private void volumes() {
        facts.disks()
                .ifPresent(look -> look.volumes().forEach((name, volume) -> {
                    double ratio = volume.usedRatio();
                    Level level = ofVolume(ratio);
                    if (level != Level.FINE) {
                        add(
                                level,
                                Problem.Area.VOLUMES,
                                "The volume of %s is %d %% full, %s are left"
                                        .formatted(name, (long) (ratio * 100), Words.size(volume.available())));
                    }
                }));
        facts.diskAge()
                .filter(age ->
                        age.compareTo(longer(SHORTEST_DISK_AGE, facts.looks().disks())) > 0)
                .ifPresent(age -> warning(
                        Problem.Area.VOLUMES,
                        "The disks have not been seen for %s: a file system may hang".formatted(Told.span(age))));
    }

    private void repository(StatusFacts.StoredIn stored) {
        CatalogWatch.Seen seen = stored.seen();
        String name = seen.repository();
        seen.failure()
                .ifPresentOrElse(
                        failure -> warning(
                                Problem.Area.RECOVERY,
                                "Repository %s cannot be looked into for %s: %s"
                                        .formatted(name, since(failure.since()), failure.message())),
                        () -> {
                            Duration age = facts.age(seen);
                            if (age.compareTo(longer(
                                            SHORTEST_CATALOG_AGE, facts.looks().repositories()))
                                    > 0) {
                                warning(
                                        Problem.Area.RECOVERY,
                                        "Repository %s has not answered for %s".formatted(name, Told.span(age)));
                            }
                        });
        CatalogLook look = seen.last();
        if (look != null) {
            gaps(name, look);
            backups(name, look);
        }
        stored.lag()
                .flatMap(lag -> lag.lastError()
                        .map(error -> "Optional repository %s is not caught up%s: %s"
                                .formatted(
                                        name,
                                        lag.missingSince()
                                                .map(since -> " for " + since(since))
                                                .orElse(""),
                                        error)))
                .ifPresent(text -> warning(Problem.Area.ARCHIVE, text));
    }

    /** What lies before a good backup only takes older points in time away. */
    private void gaps(String name, CatalogLook look) {
        Optional<Instant> newest = look.newest().map(CatalogLook.Good::begun);
        List<RepositoryHistory.Gap> gaps = look.history().gaps();
        long segments = gaps.stream().mapToLong(RepositoryHistory.Gap::segments).sum();
        if (segments == 0) {
            return;
        }
        boolean before = gaps.stream()
                .allMatch(gap -> newest.isPresent()
                        && gap.before().filter(newest.get()::isAfter).isPresent());
        add(
                before ? Level.WARNING : Level.FAILING,
                Problem.Area.RECOVERY,
                "Repository %s lacks %s%s: not every point in time can be recovered to"
                        .formatted(
                                name,
                                Told.count(segments, "WAL segment"),
                                before ? ", all older than its newest backup" : ""));
    }

    private void backups(String name, CatalogLook look) {
        if (look.newest().isEmpty()) {
            if (!isRunning()) {
                warning(Problem.Area.BACKUP, "Repository %s has no backup to recover from".formatted(name));
            }
        } else if (look.window().isEmpty()) {
            failing(
                    Problem.Area.RECOVERY,
                    "No backup in repository %s can be recovered: WAL that they need is missing".formatted(name));
        }
    }

    private void ownBackup() {
        Optional<RepositoryHistory.Backup> failed = facts.repositories().stream()
                .flatMap(stored -> Optional.ofNullable(stored.seen().last()).stream())
                .flatMap(look -> lastFailed(look).stream())
                .max(Comparator.comparing(RepositoryHistory.Backup::begun));
        Optional<Instant> newest = facts.repositories().stream()
                .flatMap(stored -> Optional.ofNullable(stored.seen().last()).stream())
                .flatMap(look -> look.newest().stream())
                .map(CatalogLook.Good::ended)
                .max(Comparator.naturalOrder());
        Optional<String> own = facts.backup()
                // Another agent may have made a good one since.
                .filter(run -> run.finished()
                        .flatMap(ended -> newest.map(good -> !good.isAfter(ended)))
                        .orElse(true))
                .flatMap(BackupRun::failure)
                .map(failure -> "The last backup failed: " + failure.getMessage());
        own.or(() -> failed.filter(backup -> !isRunning())
                        .map(backup -> "The last backup failed, %s: %s"
                                .formatted(backup.id(), backup.failure().orElse("nobody takes it any more"))))
                .ifPresent(text -> warning(Problem.Area.BACKUP, text));
    }

    private static Optional<RepositoryHistory.Backup> lastFailed(CatalogLook look) {
        return look.history().backups().stream().findFirst().filter(backup -> switch (backup.state()) {
            case FAILED, DEAD, UNREADABLE -> true;
            case DONE, RUNNING -> false;
        });
    }

    private boolean isRunning() {
        return facts.backup().filter(run -> run.finished().isEmpty()).isPresent();
    }

    private String since(Instant time) {
        return Told.span(Duration.between(time, facts.now()));
    }

    private static Duration longer(Duration least, Duration interval) {
        Duration looks = interval.multipliedBy(LOOKS);
        return looks.compareTo(least) > 0 ? looks : least;
    }

    private void failing(Problem.Area area, String text) {
        add(Level.FAILING, area, text);
    }

    private void warning(Problem.Area area, String text) {
        add(Level.WARNING, area, text);
    }

    private void add(Level level, Problem.Area area, String text) {
        found.add(new Problem(level, area, text));
    }
}
