package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.wal.TimelineHistory;
import java.util.Map;
import java.util.OptionalLong;

/** Which timelines came from which, as far as their histories are at hand. */
record Ancestry(Map<Long, TimelineHistory> histories) {

    Ancestry {
        histories = Map.copyOf(histories);
    }

    /** Whether it is known where the timeline came from. Timeline 1 came from none. */
    boolean isKnown(long timeline) {
        return timeline == 1 || histories.containsKey(timeline);
    }

    /** Where the ancestor was left on the way to a timeline; empty if it is none. */
    OptionalLong switchPoint(long ancestor, long timeline) {
        TimelineHistory history = histories.get(timeline);
        return history == null
                ? OptionalLong.empty()
                : history.ancestors().stream()
                        .filter(each -> each.timeline() == ancestor)
                        .mapToLong(TimelineHistory.Ancestor::switchPoint)
                        .findFirst();
    }

    /** Whether a recovery can go from the end of a backup to the timeline. */
    boolean leads(BackupInfo backup, long timeline) {
        if (backup.timeline() == timeline) {
            return true;
        }
        OptionalLong left = switchPoint(backup.timeline(), timeline);
        return left.isPresent()
                && backup.end().isPresent()
                && Long.compareUnsigned(backup.end().get().lsn(), left.getAsLong()) <= 0;
    }
}
