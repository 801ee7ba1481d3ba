package io.pgsidecar.archive.backup;

import static io.pgsidecar.archive.backup.RetentionScenario.SIZE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.TimelineHistory;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Backups, promotions, recoveries to a moment of the past, and prunes, in any order: after each prune every moment of the
 * window is recoverable that would be if nothing had ever been removed.
 */
class RandomRetentionTest {

    private static final int RUNS = 400;
    private static final int STEPS = 60;

    private record Moment(long timeline, long lsn, Instant time) {}

    private final Map<Long, TimelineHistory> histories = new HashMap<>();
    private final NavigableMap<Long, NavigableMap<Long, Instant>> segments = new TreeMap<>();
    private final List<CatalogEntry> ever = new ArrayList<>();
    private final List<CatalogEntry> stored = new ArrayList<>();
    private final List<Moment> moments = new ArrayList<>();
    private Instant now = RetentionScenario.BEGIN;
    private long newest;
    private long timeline;
    private long lsn;

    @Test
    void whatIsPromisedIsRecoverable() {
        long seed = System.nanoTime();
        System.out.println("RandomRetentionTest: seed " + seed);
        Random random = new Random(seed);
        int removed = 0;
        for (int run = 0; run < RUNS; run++) {
            removed += run(random, "seed %d, run %d".formatted(seed, run));
        }
        assertThat(removed).as("backups that were removed").isGreaterThan(RUNS);
    }

    private int run(Random random, String name) {
        histories.clear();
        segments.clear();
        ever.clear();
        stored.clear();
        moments.clear();
        newest = 1;
        timeline = 1;
        lsn = SIZE;
        Retention retention = new Retention(
                random.nextBoolean() ? Optional.of(1 + random.nextInt(3)) : Optional.empty(),
                random.nextBoolean() ? Optional.of(Period.ofDays(1 + random.nextInt(10))) : Optional.empty(),
                1 + random.nextInt(2));
        int removed = 0;
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> write(random);
                case 3, 4, 5 -> backUp(random);
                case 6 -> branch(timeline, lsn);
                case 7 -> setBack(random);
                case 8 -> now = now.plus(Duration.ofHours(random.nextInt(200)));
                default -> removed += prune(retention, name + ", step " + step);
            }
        }
        return removed;
    }

    private void write(Random random) {
        long end = lsn + (1 + random.nextInt(12)) * SIZE / 4;
        while (lsn / SIZE < end / SIZE) {
            finishSegment(random);
        }
        lsn = end;
    }

    private void finishSegment(Random random) {
        now = now.plus(Duration.ofMinutes(1 + random.nextInt(600)));
        segments.computeIfAbsent(timeline, t -> new TreeMap<>()).put(lsn / SIZE, now);
        lsn = (lsn / SIZE + 1) * SIZE;
        moments.add(new Moment(timeline, lsn, now));
    }

    private void backUp(Random random) {
        now = now.plusSeconds(1);
        Instant begun = now;
        long begin = lsn;
        write(random);
        long end = lsn;
        Instant ended = now;
        finishSegment(random);
        CatalogEntry backup = RetentionScenario.done(begun, ended, timeline, begin, end, random.nextInt(20) == 0);
        ever.add(backup);
        stored.add(backup);
    }

    private void branch(long parent, long at) {
        List<TimelineHistory.Ancestor> ancestors = new ArrayList<>();
        if (histories.containsKey(parent)) {
            ancestors.addAll(histories.get(parent).ancestors());
        }
        ancestors.add(new TimelineHistory.Ancestor(parent, at));
        timeline = ++newest;
        lsn = at;
        histories.put(timeline, new TimelineHistory(timeline, ancestors));
    }

    private void setBack(Random random) {
        List<Moment> possible = moments.stream().filter(this::isRecoverable).toList();
        if (!possible.isEmpty()) {
            Moment moment = possible.get(random.nextInt(possible.size()));
            branch(moment.timeline(), moment.lsn());
        }
    }

    private int prune(Retention retention, String name) {
        RetentionPlan plan = RetentionPolicy.decide(retention, stored, histories, ranges(), now);
        int before = stored.size();
        stored.removeAll(plan.removed());
        for (RetentionPlan.WalDecision decision : plan.wal()) {
            segments.getOrDefault(decision.timeline(), new TreeMap<>())
                    .keySet()
                    .removeIf(number -> decision.removes(number * SIZE, SIZE));
        }
        segments.values().removeIf(Map::isEmpty);
        String what = "%s: %s, %s".formatted(name, retention, plan);
        assertThat(stored)
                .as(what)
                .hasSizeGreaterThanOrEqualTo(
                        Math.min(before, retention.redundancy().orElse(1)));
        assertThat(stored).as(what).hasSizeGreaterThanOrEqualTo(Math.min(before, retention.minimum()));
        for (CatalogEntry backup : stored) {
            BackupInfo.Point end = info(backup).end().orElseThrow();
            assertThat(isRecoverableFrom(backup, new Moment(info(backup).timeline(), end.lsn(), end.time())))
                    .as("%s: backup %s", what, backup.id())
                    .isTrue();
        }
        for (Moment moment : moments) {
            if (retention
                            .windowStart(now)
                            .map(start -> !moment.time().isBefore(start))
                            .orElse(false)
                    && ever.stream().anyMatch(backup -> leads(backup, moment))) {
                assertThat(isRecoverable(moment)).as("%s: %s", what, moment).isTrue();
            }
        }
        return before - stored.size();
    }

    private NavigableMap<Long, List<SegmentRange>> ranges() {
        NavigableMap<Long, List<SegmentRange>> all = new TreeMap<>();
        segments.forEach((each, stock) -> all.put(
                each,
                List.of(new SegmentRange(
                        each,
                        SIZE,
                        stock.firstKey(),
                        stock.lastKey(),
                        0,
                        stock.firstEntry().getValue(),
                        stock.lastEntry().getValue()))));
        return all;
    }

    private boolean isRecoverable(Moment moment) {
        return stored.stream().anyMatch(backup -> isRecoverableFrom(backup, moment));
    }

    private boolean isRecoverableFrom(CatalogEntry backup, Moment moment) {
        if (!leads(backup, moment)) {
            return false;
        }
        for (long number = info(backup).begin().lsn() / SIZE; number <= (moment.lsn() - 1) / SIZE; number++) {
            long from = timelineOf(number, moment.timeline());
            if (!segments.getOrDefault(from, new TreeMap<>()).containsKey(number)) {
                return false;
            }
        }
        return true;
    }

    private boolean leads(CatalogEntry backup, Moment moment) {
        BackupInfo info = info(backup);
        BackupInfo.Point end = info.end().orElseThrow();
        long limit = moment.lsn();
        if (info.timeline() != moment.timeline()) {
            TimelineHistory history = histories.get(moment.timeline());
            limit = history == null
                    ? -1
                    : history.ancestors().stream()
                            .filter(each -> each.timeline() == info.timeline())
                            .mapToLong(TimelineHistory.Ancestor::switchPoint)
                            .findFirst()
                            .orElse(-1);
        }
        return end.lsn() <= limit && !end.time().isAfter(moment.time());
    }

    /** From which timeline a recovery takes the segment: the last one that has begun by then. */
    private long timelineOf(long number, long target) {
        long from = target;
        if (histories.containsKey(target)) {
            for (TimelineHistory.Ancestor ancestor :
                    histories.get(target).ancestors().reversed()) {
                if (ancestor.switchPoint() / SIZE > number) {
                    from = ancestor.timeline();
                }
            }
        }
        return from;
    }

    private static BackupInfo info(CatalogEntry backup) {
        return backup.info().orElseThrow();
    }
}
