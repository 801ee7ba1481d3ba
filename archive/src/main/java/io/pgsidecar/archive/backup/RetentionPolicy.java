package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.backup.RetentionPlan.BackupDecision;
import io.pgsidecar.archive.backup.RetentionPlan.WalDecision;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.TimelineHistory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides which backups and which WAL may go. Nothing is asked and nothing is removed here. What is not understood stays,
 * and so does what might depend on it: an unreadable history, an unreadable backup.
 *
 * <p>A timeline's WAL is of use to a recovery only behind a backup that leads to it: one of its own, or one of an ancestor
 * that was finished before the ancestor was left. So it goes up to the beginning of the first such backup that stays.
 */
public final class RetentionPolicy {

    private final Retention retention;
    private final Ancestry ancestry;
    private final NavigableMap<Long, List<SegmentRange>> wal;
    private final Instant now;
    /** Oldest first, by their ends. */
    private final List<CatalogEntry> good;

    private final List<CatalogEntry> all;
    private final Map<BackupId, String> kept = new TreeMap<>();

    private RetentionPolicy(
            Retention retention,
            List<CatalogEntry> backups,
            Map<Long, TimelineHistory> histories,
            NavigableMap<Long, List<SegmentRange>> wal,
            Instant now) {
        this.retention = retention;
        this.ancestry = new Ancestry(histories);
        this.wal = wal;
        this.now = now;
        this.all =
                backups.stream().sorted(Comparator.comparing(CatalogEntry::id)).toList();
        this.good = all.stream()
                .filter(entry -> entry.state() == CatalogEntry.State.DONE)
                .sorted(Comparator.comparing(RetentionPolicy::ended))
                .toList();
    }

    /**
     * Decides.
     *
     * @param backups all that the repository has
     * @param histories those that could be read; a timeline without one has unknown ancestors
     * @param wal what is stored, by timeline
     */
    public static RetentionPlan decide(
            Retention retention,
            List<CatalogEntry> backups,
            Map<Long, TimelineHistory> histories,
            NavigableMap<Long, List<SegmentRange>> wal,
            Instant now) {
        return new RetentionPolicy(retention, backups, histories, wal, now).plan();
    }

    private RetentionPlan plan() {
        if (!retention.isSet()) {
            all.forEach(entry -> keep(entry, "no retention is configured"));
        }
        all.stream().filter(CatalogEntry::keep).forEach(entry -> keep(entry, "it is marked to be kept"));
        retention.redundancy().ifPresent(count -> keepLatest(count, "redundancy"));
        retention.windowStart(now).ifPresent(this::keepWindow);
        keepLatest(retention.minimum(), "minimum");
        all.stream().filter(entry -> entry.state() != CatalogEntry.State.DONE).forEach(this::judgeUnfinished);
        List<BackupDecision> backups = new ArrayList<>();
        for (CatalogEntry entry : all) {
            String why = kept.get(entry.id());
            backups.add(new BackupDecision(entry, why != null, why != null ? why : whyNot(entry)));
        }
        return new RetentionPlan(backups, wal());
    }

    private void keep(CatalogEntry entry, String why) {
        String ignored = kept.putIfAbsent(entry.id(), why);
    }

    private String whyNot(CatalogEntry entry) {
        return switch (entry.state()) {
            case DONE -> "later backups are enough";
            case FAILED -> "it failed, and a later one is good";
            case DEAD -> "it was never finished, and a later one is good";
            case RUNNING, UNREADABLE -> throw new IllegalStateException("it stays: " + entry.id());
        };
    }

    /** Of all, and of those that lead to the newest timeline: backups of an abandoned one are no help to that. */
    private void keepLatest(int count, String setting) {
        String why = "it is one of the last %d (retention.%s)".formatted(count, setting);
        last(good, count).forEach(entry -> keep(entry, why));
        List<CatalogEntry> useful =
                good.stream().filter(entry -> mayLead(info(entry), newest())).toList();
        last(useful, count).forEach(entry -> keep(entry, why + " that lead to timeline " + newest()));
    }

    private static List<CatalogEntry> last(List<CatalogEntry> entries, int count) {
        return entries.subList(Math.max(0, entries.size() - count), entries.size());
    }

    private void keepWindow(Instant start) {
        good.stream()
                .filter(entry -> !ended(entry).isBefore(start))
                .forEach(entry -> keep(entry, "it lies in the recovery window (retention.window)"));
        for (long timeline : timelines()) {
            if (isActive(timeline, start)) {
                keepFirstOf(timeline, start);
            }
        }
    }

    /** What a recovery to the window's first moments begins with. */
    private void keepFirstOf(long timeline, Instant start) {
        if (!ancestry.isKnown(timeline)) {
            good.stream()
                    .filter(entry -> info(entry).timeline() <= timeline)
                    .forEach(entry -> keep(
                            entry,
                            "timeline %d has WAL of the recovery window, and without its history nobody knows which backups lead to it"
                                    .formatted(timeline)));
            return;
        }
        good.reversed().stream()
                .filter(entry -> ended(entry).isBefore(start))
                .filter(entry -> ancestry.leads(info(entry), timeline))
                .findFirst()
                .ifPresent(entry -> keep(
                        entry,
                        "the recovery window on timeline %d begins with it (retention.window)".formatted(timeline)));
    }

    /**
     * Whether something of the window happened on it. The newest counts even if nobody writes: without its history
     * nobody knows which backup its present state needs.
     */
    private boolean isActive(long timeline, Instant start) {
        return timeline == newest()
                || wal.getOrDefault(timeline, List.of()).stream()
                        .anyMatch(range -> !range.lastStored().isBefore(start))
                || good.stream()
                        .anyMatch(entry -> info(entry).timeline() == timeline
                                && !ended(entry).isBefore(start));
    }

    private void judgeUnfinished(CatalogEntry entry) {
        switch (entry.state()) {
            case RUNNING -> keep(entry, "it is being taken");
            case UNREADABLE -> keep(entry, "it cannot be read; what it is, is for you to judge");
            case FAILED, DEAD -> {
                if (good.stream().noneMatch(later -> later.id().compareTo(entry.id()) > 0)) {
                    keep(entry, "there is no later one that is good");
                }
            }
            case DONE -> {}
        }
    }

    private List<WalDecision> wal() {
        Optional<String> obstacle = obstacle();
        List<WalDecision> decisions = new ArrayList<>();
        for (long timeline : wal.keySet()) {
            decisions.add(obstacle.map(why -> stays(timeline, why)).orElseGet(() -> wal(timeline)));
        }
        return decisions;
    }

    /** What makes it impossible to tell which WAL is needed. */
    private Optional<String> obstacle() {
        if (!retention.isSet()) {
            return Optional.of("no retention is configured");
        }
        if (good.isEmpty()) {
            return Optional.of("there is no good backup to recover from");
        }
        return all.stream()
                .filter(entry ->
                        entry.state() == CatalogEntry.State.RUNNING || entry.state() == CatalogEntry.State.UNREADABLE)
                .findFirst()
                .map(entry -> entry.state() == CatalogEntry.State.RUNNING
                        ? "backup %s is being taken".formatted(entry.id())
                        : "backup %s cannot be read, and may need it: mend it, or remove it with \"pgsidecar backup delete\""
                                .formatted(entry.id()));
    }

    private WalDecision wal(long timeline) {
        if (!ancestry.isKnown(timeline)) {
            return stays(
                    timeline,
                    "its history is missing or cannot be read: nobody knows which backups lead to timeline "
                            + timeline);
        }
        List<CatalogEntry> staying =
                good.stream().filter(entry -> kept.containsKey(entry.id())).toList();
        Optional<CatalogEntry> first = staying.stream()
                .filter(entry -> ancestry.leads(info(entry), timeline))
                .min(Comparator.comparing(entry -> info(entry).begin().lsn(), Long::compareUnsigned));
        if (first.isPresent()) {
            return new WalDecision(
                    timeline,
                    info(first.get()).begin().lsn(),
                    false,
                    "backup %s needs it from %s on"
                            .formatted(
                                    first.get().id(), info(first.get()).begin().segment()));
        }
        return unreachable(timeline, staying);
    }

    /** No backup that stays leads there. That alone is no reason: a copy elsewhere, or a standby, may still need it. */
    private WalDecision unreachable(long timeline, List<CatalogEntry> staying) {
        Instant oldest = staying.stream()
                .map(entry -> info(entry).begin().time())
                .min(Comparator.naturalOrder())
                .orElse(Instant.MIN);
        boolean old = wal.getOrDefault(timeline, List.of()).stream()
                .allMatch(range -> range.lastStored().isBefore(oldest));
        if (old && timeline != newest()) {
            return new WalDecision(
                    timeline,
                    0,
                    true,
                    "no backup that stays leads to it, and all of it is older than the oldest of them");
        }
        // Those who went on from here and have a backup of their own no longer need what came before.
        long below = staying.stream()
                .mapToLong(entry -> leftOf(timeline, info(entry)))
                .filter(left -> left != 0)
                .reduce((a, b) -> Long.compareUnsigned(a, b) <= 0 ? a : b)
                .orElse(0);
        return below == 0
                ? stays(timeline, "no backup that stays leads to it, but it is younger than the oldest of them")
                : new WalDecision(
                        timeline,
                        below,
                        false,
                        "only backups of its descendants stay; what is behind the point where they left it is younger than the oldest of them");
    }

    /** Up to where nothing of the timeline is needed because of a backup of a descendant; 0 if it is none. */
    private long leftOf(long timeline, BackupInfo backup) {
        long left = ancestry.switchPoint(timeline, backup.timeline()).orElse(0);
        long begin = backup.begin().lsn();
        return Long.compareUnsigned(left, begin) <= 0 ? left : begin;
    }

    private static WalDecision stays(long timeline, String why) {
        return new WalDecision(timeline, 0, false, why);
    }

    private boolean mayLead(BackupInfo backup, long timeline) {
        return ancestry.isKnown(timeline) ? ancestry.leads(backup, timeline) : backup.timeline() <= timeline;
    }

    private NavigableSet<Long> timelines() {
        NavigableSet<Long> timelines = new TreeSet<>(wal.keySet());
        timelines.addAll(ancestry.histories().keySet());
        good.forEach(entry -> timelines.add(info(entry).timeline()));
        return timelines;
    }

    private long newest() {
        NavigableSet<Long> timelines = timelines();
        return timelines.isEmpty() ? 1 : timelines.last();
    }

    private static Instant ended(CatalogEntry entry) {
        return info(entry).end().orElseThrow().time();
    }

    private static BackupInfo info(CatalogEntry entry) {
        return entry.info().orElseThrow();
    }
}
