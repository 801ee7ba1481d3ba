package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.WalSegmentName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a repository holds, in days and in segments of 1 MB; a backup is called by the day on which it was begun. */
final class RetentionScenario {

    static final long SIZE = 1 << 20;
    static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private final List<CatalogEntry> backups = new ArrayList<>();
    private final Map<Long, TimelineHistory> histories = new HashMap<>();
    private final NavigableMap<Long, List<SegmentRange>> wal = new TreeMap<>();

    static Instant day(int day) {
        return BEGIN.plus(Duration.ofDays(day));
    }

    static CatalogEntry done(Instant begin, Instant end, long timeline, long beginLsn, long endLsn, boolean keep) {
        BackupId id = BackupId.at(begin);
        return new CatalogEntry(
                id,
                CatalogEntry.State.DONE,
                Optional.of(new BackupInfo(
                        id,
                        BackupInfo.Status.DONE,
                        170002,
                        1,
                        timeline,
                        SIZE,
                        "/data",
                        point(begin, timeline, beginLsn),
                        Optional.of(point(end, timeline, endLsn)),
                        Optional.empty(),
                        List.of(),
                        Optional.of(Compression.ZSTD),
                        true,
                        Optional.empty(),
                        Optional.empty())),
                0,
                keep,
                Optional.empty());
    }

    private static BackupInfo.Point point(Instant time, long timeline, long lsn) {
        return new BackupInfo.Point(new WalSegmentName(timeline, 0, lsn / SIZE).toString(), lsn, time);
    }

    RetentionScenario backup(int day, long timeline, long beginSegment, long endSegment) {
        backups.add(done(
                day(day),
                day(day).plusSeconds(3600),
                timeline,
                beginSegment * SIZE + 40,
                endSegment * SIZE + 80,
                false));
        return this;
    }

    /** Marks the last one. */
    RetentionScenario kept() {
        CatalogEntry last = backups.removeLast();
        backups.add(new CatalogEntry(last.id(), last.state(), last.info(), 0, true, last.failure()));
        return this;
    }

    RetentionScenario backup(int day, CatalogEntry.State state) {
        backups.add(new CatalogEntry(BackupId.at(day(day)), state, Optional.empty(), 0, false, Optional.empty()));
        return this;
    }

    RetentionScenario wal(long timeline, long first, long last, int lastDay) {
        wal.computeIfAbsent(timeline, t -> new ArrayList<>())
                .add(new SegmentRange(timeline, SIZE, first, last, 0, BEGIN, day(lastDay)));
        return this;
    }

    /** @param ancestors in pairs: timeline, and the segment in which it was left */
    RetentionScenario history(long timeline, long... ancestors) {
        List<TimelineHistory.Ancestor> all = new ArrayList<>();
        for (int i = 0; i < ancestors.length; i += 2) {
            all.add(new TimelineHistory.Ancestor(ancestors[i], ancestors[i + 1] * SIZE + 512));
        }
        histories.put(timeline, new TimelineHistory(timeline, all));
        return this;
    }

    RetentionPlan plan(Retention retention, int today) {
        return RetentionPolicy.decide(retention, backups, histories, wal, day(today));
    }

    /** The days of the backups that stay, and of each timeline the first segment that stays. */
    String decide(Retention retention, int today) {
        RetentionPlan plan = plan(retention, today);
        String stay = plan.backups().stream()
                .filter(RetentionPlan.BackupDecision::keep)
                .map(decision -> Long.toString(
                        Duration.between(BEGIN, decision.backup().id().time()).toDays()))
                .collect(Collectors.joining(" "));
        return stay
                + plan.wal().stream()
                        .map(each -> " | %d: %s"
                                .formatted(
                                        each.timeline(),
                                        each.all() ? "none" : each.firstKept() == 0 ? "all" : each.firstKept() / SIZE))
                        .collect(Collectors.joining());
    }
}
