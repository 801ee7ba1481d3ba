package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.archive.wal.TimelineHistory;
import java.util.List;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;

/** How a data directory is related to a timeline of its cluster. */
sealed interface Relation {

    /** All of its WAL is in the timeline's past. */
    record Fits() implements Relation {}

    /** It has WAL of its own. */
    record Left(String why) implements Relation {}

    /**
     * It cannot be told.
     *
     * @param passing whether a later look may tell
     */
    record Unknown(String why, boolean passing) implements Relation {}

    /** A timeline that is older than the directory's is no reproach to it. */
    static Relation of(LocalData.Cluster cluster, Archived archived, long timeline) {
        if (timeline < cluster.timeline()) {
            return new Fits();
        }
        Optional<TimelineHistory> own = cluster.history();
        Optional<TimelineHistory> history =
                Optional.ofNullable(archived.histories().get(timeline));
        if (timeline == cluster.timeline()) {
            return own.isEmpty() || history.isEmpty() ? new Fits() : sameNumber(own.get(), history.get());
        }
        return history.isEmpty()
                ? new Unknown("the history of timeline %d is not in the repository".formatted(timeline), true)
                : later(cluster, own, history.get());
    }

    /** Two servers that are promoted apart from each other take the same number. */
    private static Relation sameNumber(TimelineHistory own, TimelineHistory history) {
        return own.ancestors().equals(history.ancestors())
                ? new Fits()
                : new Left("its timeline %d began at %s, and the repository's timeline of that number at %s"
                        .formatted(own.timeline(), beginning(own), beginning(history)));
    }

    private static Relation later(LocalData.Cluster cluster, Optional<TimelineHistory> own, TimelineHistory history) {
        List<TimelineHistory.Ancestor> past = history.ancestors().stream()
                .filter(each -> each.timeline() < cluster.timeline())
                .toList();
        Optional<Long> left = history.ancestors().stream()
                .filter(each -> each.timeline() == cluster.timeline())
                .map(TimelineHistory.Ancestor::switchPoint)
                .findFirst();
        if (left.isEmpty() || own.filter(each -> !each.ancestors().equals(past)).isPresent()) {
            return new Left(
                    "timeline %d did not come of its timeline %d".formatted(history.timeline(), cluster.timeline()));
        }
        if (cluster.reach().isEmpty()) {
            return new Unknown("the end of the WAL in its pg_wal cannot be read", false);
        }
        long reach = cluster.reach().get();
        return Long.compareUnsigned(reach, left.get()) >= 0
                ? new Left("timeline %d left timeline %d at %s, and it went on there to %s"
                        .formatted(history.timeline(), cluster.timeline(), lsn(left.get()), lsn(reach)))
                : new Fits();
    }

    private static String beginning(TimelineHistory history) {
        TimelineHistory.Ancestor ancestor = history.ancestors().getLast();
        return "%s of timeline %d".formatted(lsn(ancestor.switchPoint()), ancestor.timeline());
    }

    private static String lsn(long lsn) {
        return LogSequenceNumber.valueOf(lsn).asString();
    }
}
