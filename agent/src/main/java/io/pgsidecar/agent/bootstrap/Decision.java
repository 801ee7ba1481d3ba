package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.bootstrap.Facts.Begins;
import io.pgsidecar.agent.bootstrap.LocalData.Signal;
import io.pgsidecar.agent.config.BootstrapConfig.LostCluster;
import io.pgsidecar.agent.config.BootstrapConfig.OldPrimary;
import io.pgsidecar.agent.config.BootstrapConfig.Unproven;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of a data directory; a pure function of what was found. Two rules stand above all: no second
 * cluster begins where there is one, and no server becomes a primary while another one is or may be. What is not known
 * is never taken for the better case.
 *
 * @param lostCluster what is done where only the repository seems to be left
 * @param oldPrimary what is done with a primary after another one was promoted
 * @param unproven what is done with a primary of which nobody can tell whether it still is the one
 * @param rebuildDiverged whether a directory that has left the cluster's timeline may be given up
 * @param copied the server that a new cluster begins as a copy of; empty if initdb makes it
 */
record Decision(
        LostCluster lostCluster,
        OldPrimary oldPrimary,
        Unproven unproven,
        boolean rebuildDiverged,
        Optional<String> copied) {

    /** What is to be done. */
    Action of(Facts facts) {
        return switch (facts.data()) {
            case LocalData.Unfit(var why, var hint) -> new Action.Refuse(ExitCode.UNFIT_DATA, why, hint);
            case LocalData.Empty _, LocalData.BrokenRestore _ -> nothingThere(facts);
            case LocalData.Cluster cluster -> cluster(cluster, facts);
        };
    }

    private Action nothingThere(Facts facts) {
        Archived archived = facts.archived();
        Action other = otherCluster(facts, archived.systemIdentifier().orElse(null), "the repository");
        if (other != null) {
            return other;
        }
        if (archived.backups() > 0) {
            return ofBackups(facts);
        }
        if (archived.failure().isPresent()) {
            // What cannot be read may have this cluster's backups: initdb would begin a second one.
            return unreadable(archived.failure().get());
        }
        if (facts.other() instanceof OtherServer.Unclear(var why)) {
            return unclear(why, "initdb would begin a second cluster if there is one");
        }
        boolean answered = facts.other() instanceof OtherServer.Primary || facts.other() instanceof OtherServer.Replica;
        if (archived.hasCluster() && facts.begins() == Begins.YES && !answered) {
            return new Action.Refuse(
                    ExitCode.NO_BACKUP,
                    "%s is empty, and the repository has WAL of cluster %s but no backup: initdb would begin a second cluster there"
                            .formatted(facts.directory(), identifiers(archived.systemIdentifier())),
                    "Give the pod its old volume back. If the old data is given up, set \"server\" to a new name.");
        }
        if (!answered && facts.begins() == Begins.YES) {
            if (copied.isPresent()) {
                return new Action.Copy("there is no cluster yet, and it is to begin as a copy of server \"%s\""
                        .formatted(copied.get()));
            }
            return facts.data() instanceof LocalData.BrokenRestore(var backup)
                    ? new Action.Refuse(
                            ExitCode.UNFIT_DATA,
                            "%s is not empty, so initdb cannot make a cluster: a restore of backup %s was broken off there, and nothing has that backup now"
                                    .formatted(facts.directory(), backup),
                            "Set \"server\", the repositories or bootstrap.restore as they were, and it goes on; or empty the"
                                    + " directory.")
                    : new Action.LeaveEmpty("there is no cluster anywhere yet: initdb makes a new one");
        }
        if (archived.repositories() == 0) {
            return new Action.Refuse(
                    ExitCode.NO_BACKUP,
                    "%s is empty, and there is no repository to build it from".formatted(facts.directory()),
                    "Configure the repository of the primary. " + whoBegins(facts.begins()));
        }
        return new Action.Wait(
                ExitCode.NO_BACKUP,
                answered
                        ? "there is no backup yet to build a replica from"
                        : "there is no backup yet to build a replica from, and only the pod with ordinal 0 begins a cluster",
                "\"pgsidecar backup now\" in the primary's agent takes one; with backup.schedule and backup.immediate the"
                        + " first is taken by itself. "
                        + whoBegins(facts.begins()));
    }

    private static String whoBegins(Begins begins) {
        return begins == Begins.UNKNOWN
                ? "This host's name has no ordinal as in postgres-0: set bootstrap.newCluster to always in the one that"
                        + " begins the cluster, to never in the others."
                : "";
    }

    private Action ofBackups(Facts facts) {
        boolean mayBeLost = facts.begins() == Begins.YES
                && (facts.other() instanceof OtherServer.Nobody || facts.other() instanceof OtherServer.NotConfigured);
        boolean promotes = facts.begins() == Begins.YES && lostCluster == LostCluster.PROMOTE;
        if (promotes && facts.other() instanceof OtherServer.Unclear(var why)) {
            return unclear(why, "bootstrap.lostCluster promotes only where there certainly is none");
        }
        if (!mayBeLost) {
            return new Action.BuildStandby("the repository has this cluster's backups");
        }
        return switch (lostCluster) {
            case STANDBY ->
                new Action.BuildStandby(
                        "the repository has this cluster's backups, and no primary answers: it waits for"
                                + " one. If the cluster is lost, \"pgsidecar promote\" makes this one the primary");
            case PROMOTE -> {
                if (facts.archived().failure().isPresent()) {
                    // It may have WAL that the others do not have.
                    yield unreadable(facts.archived().failure().get());
                }
                yield new Action.Recover("the repository has this cluster's backups, no primary answers, and"
                        + " bootstrap.lostCluster is promote");
            }
            case REFUSE ->
                new Action.Refuse(
                        ExitCode.UNPROVEN,
                        "%s is empty, the repository has this cluster's backups, and no primary answers"
                                .formatted(facts.directory()),
                        "Start the other pods. If the cluster is lost, set bootstrap.lostCluster to standby and run"
                                + " \"pgsidecar promote\" then, or set it to promote for once.");
        };
    }

    private Action cluster(LocalData.Cluster cluster, Facts facts) {
        Action other = otherCluster(facts, cluster.systemIdentifier(), facts.directory());
        if (other != null) {
            return other;
        }
        if (cluster.signal() == Signal.RECOVERY) {
            return switch (facts.other()) {
                case OtherServer.Primary(var host, var _, var _) ->
                    new Action.Refuse(
                            ExitCode.OLD_PRIMARY,
                            "%s is in the middle of a recovery and would become a primary, and %s is one"
                                    .formatted(facts.directory(), host),
                            "To make it a replica, replace recovery.signal by standby.signal, or empty the directory.");
                case OtherServer.Unclear(var why)
                when unproven != Unproven.START -> unclear(why, "it would become a primary at the end of its recovery");
                default -> new Action.Start("it goes on with its recovery, and becomes a primary at the end");
            };
        }
        long newest = newest(facts);
        if (cluster.signal() == Signal.STANDBY) {
            return standby(cluster, facts, newest);
        }
        if (cluster.fromBackup() && oldPrimary != OldPrimary.START) {
            return new Action.Refuse(
                    ExitCode.UNFIT_DATA,
                    "%s is a restored backup (it has a backup_label) without standby.signal or recovery.signal: it would become a primary at the end of the WAL that it happens to have"
                            .formatted(facts.directory()),
                    "Make it a replica by an empty standby.signal, or empty the directory: it is then built anew.");
        }
        return newest > cluster.timeline() ? oldPrimary(cluster, facts, newest) : primary(cluster, facts);
    }

    private Action standby(LocalData.Cluster cluster, Facts facts, long newest) {
        if (facts.other() instanceof OtherServer.Primary(var host, var _, long timeline)
                && timeline < cluster.timeline()) {
            return behind(cluster, facts, host, timeline);
        }
        if (cluster.fromBackup()) {
            return new Action.Start("it is a replica of a backup; PostgreSQL looks itself whether the WAL fits");
        }
        Relation relation = Relation.of(cluster, facts.archived(), newest);
        return relation instanceof Relation.Left(var why)
                ? diverged(facts, why)
                : new Action.Start("it is a replica on timeline %d; the newest is %d"
                        .formatted(cluster.timeline(), Math.max(newest, cluster.timeline())));
    }

    /** One that nobody has passed, as far as is known. */
    private Action primary(LocalData.Cluster cluster, Facts facts) {
        if (Relation.of(cluster, facts.archived(), cluster.timeline()) instanceof Relation.Left(var why)) {
            return oldPrimary == OldPrimary.START ? started(why) : diverged(facts, why);
        }
        return switch (facts.other()) {
            case OtherServer.Primary(var host, var _, long timeline) ->
                timeline < cluster.timeline()
                        ? behind(cluster, facts, host, timeline)
                        : oldPrimary == OldPrimary.START
                                ? started("%s is a primary on the same timeline".formatted(host))
                                : diverged(
                                        facts,
                                        "it is a primary on timeline %d, and so is %s: what the one has written the other does not have"
                                                .formatted(timeline, host));
            case OtherServer.Unclear(var why) ->
                unproven == Unproven.START
                        ? started("whether there is another primary is not known: " + why)
                        : unclear(why, "two primaries must never be");
            case OtherServer.NotConfigured _ ->
                // The only one there is, as far as anybody has said.
                new Action.Start("it is a primary on timeline %d, and no other host is configured"
                        .formatted(cluster.timeline()));
            case OtherServer.Nobody _, OtherServer.Replica _ -> {
                Optional<Archived.Failure> failure = facts.archived().failure();
                if (failure.isPresent() && facts.archived().read() == 0) {
                    yield unproven == Unproven.START
                            ? started("whether another one was promoted is not known: "
                                    + failure.get().message())
                            : new Action.Wait(
                                    failure.get().exit(),
                                    "whether another primary was promoted cannot be told, no primary answers: %s"
                                            .formatted(failure.get().message()),
                                    "%sTo start all the same, set bootstrap.unproven to start."
                                            .formatted(failure.get()
                                                    .hint()
                                                    .map(hint -> hint + " ")
                                                    .orElse("")));
                }
                yield new Action.Start(
                        "it is the primary on timeline %d, and none is newer".formatted(cluster.timeline()));
            }
        };
    }

    /** One after which another was promoted. */
    private Action oldPrimary(LocalData.Cluster cluster, Facts facts, long newest) {
        Relation relation = Relation.of(cluster, facts.archived(), newest);
        String passed = "it was a primary on timeline %d, and the cluster is on timeline %d"
                .formatted(cluster.timeline(), newest);
        if (oldPrimary == OldPrimary.START) {
            return started(passed);
        }
        return switch (relation) {
            case Relation.Fits _ ->
                oldPrimary == OldPrimary.FOLLOW
                        ? new Action.Follow(passed + "; it has nothing that the new one does not have")
                        : new Action.Refuse(
                                ExitCode.OLD_PRIMARY,
                                "%s: %s; it has nothing that the new one does not have"
                                        .formatted(facts.directory(), passed),
                                "Set bootstrap.oldPrimary to follow, and it becomes a replica.");
            case Relation.Left(var why) -> diverged(facts, why);
            case Relation.Unknown(var why, boolean passing) -> {
                if (passing) {
                    yield new Action.Wait(
                            ExitCode.DIVERGED,
                            "%s: %s; whether it fits cannot be told: %s".formatted(facts.directory(), passed, why),
                            "A primary archives its timeline's history first of all: look why it does not archive.");
                }
                yield diverged(
                        facts,
                        "%s; whether it has WAL that the new one does not have cannot be told: %s"
                                .formatted(passed, why));
            }
        };
    }

    private static Action started(String why) {
        return new Action.Start("AGAINST THE RULE, as it is configured: " + why);
    }

    private Action behind(LocalData.Cluster cluster, Facts facts, String host, long timeline) {
        return new Action.Refuse(
                ExitCode.DIVERGED,
                "%s is on timeline %d, and %s is a primary on timeline %d, which is older: one of the two is not of this cluster's line"
                        .formatted(facts.directory(), cluster.timeline(), host, timeline),
                "Look which of them has the data that counts. Stop the other one, or empty its data directory: it is then"
                        + " built anew.");
    }

    private Action diverged(Facts facts, String why) {
        if (!rebuildDiverged) {
            return new Action.Refuse(
                    ExitCode.DIVERGED,
                    "%s does not fit the cluster: %s".formatted(facts.directory(), why),
                    "Save what only it has, if that is of use; then set bootstrap.rebuildDiverged to true, and it is"
                            + " built anew of the repository, or use pg_rewind.");
        }
        if (facts.archived().backups() == 0) {
            return new Action.Refuse(
                    ExitCode.NO_BACKUP,
                    "%s does not fit the cluster (%s), and no backup to rebuild it from can be read"
                            .formatted(facts.directory(), why),
                    "\"pgsidecar backup now\" in the primary's agent takes one.");
        }
        return new Action.Rebuild(why);
    }

    private static @Nullable Action otherCluster(Facts facts, @Nullable Long identifier, String whose) {
        Optional<Archived.Failure> failure = facts.archived().failure();
        if (failure.isPresent() && failure.get().exit() == ExitCode.OTHER_CLUSTER) {
            return foreign(failure.get().message());
        }
        if (identifier == null) {
            return null;
        }
        Optional<Long> archived = facts.archived().systemIdentifier();
        if (archived.isPresent() && !archived.get().equals(identifier)) {
            return foreign("%s is of the cluster with system identifier %s, and the repository of %s"
                    .formatted(whose, Long.toUnsignedString(identifier), identifiers(archived)));
        }
        String format = "%s is of the cluster with system identifier %s, and %s of %s";
        return switch (facts.other()) {
            case OtherServer.Primary(var host, long found, var _)
            when found != identifier ->
                foreign(format.formatted(whose, Long.toUnsignedString(identifier), host, Long.toUnsignedString(found)));
            case OtherServer.Replica(var host, long found)
            when found != identifier ->
                foreign(format.formatted(whose, Long.toUnsignedString(identifier), host, Long.toUnsignedString(found)));
            default -> null;
        };
    }

    private static Action foreign(String message) {
        return new Action.Refuse(
                ExitCode.OTHER_CLUSTER,
                message,
                "Two clusters have come to one set: after a second initdb, a volume of another set, or with a wrong"
                        + " \"server\" or bootstrap.primaryHost. Set it right, or empty the directory that is not wanted.");
    }

    private static Action unreadable(Archived.Failure failure) {
        return new Action.Wait(
                failure.exit(),
                failure.message(),
                failure.hint().orElse("What cannot be read may have this cluster's backups, so nothing new is begun."));
    }

    private static Action unclear(String why, String rule) {
        return new Action.Wait(
                ExitCode.UNPROVEN,
                "whether there is another primary cannot be told, and %s: %s".formatted(rule, why),
                "bootstrap.primaryHost must lead to the primary, and postgres.user be able to log in there. Where there is"
                        + " none, its name must not resolve, or nothing listen: packets that are dropped tell nothing.");
    }

    private static long newest(Facts facts) {
        long archived = facts.archived().newestTimeline();
        return facts.other() instanceof OtherServer.Primary(var _, var _, long timeline)
                ? Math.max(archived, timeline)
                : archived;
    }

    private static String identifiers(Optional<Long> identifier) {
        return identifier.map(Long::toUnsignedString).orElse("of unknown system identifier");
    }
}
