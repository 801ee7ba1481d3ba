package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.metrics.CatalogLook;
import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.archive.backup.CatalogEntry;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Where things lie on the picture of the recovery window, in hundredths of its width. What lies outside is drawn at its
 * edge; how much there is on it has a bound, whatever the repository holds.
 *
 * @param lanes a timeline each, the oldest first
 * @param olderTimelines how many are left out
 * @param window what can be recovered to
 * @param now where the present is
 * @param clockAhead whether something claims to be of the future
 */
record RecoveryPicture(
        Instant from,
        Instant to,
        List<Lane> lanes,
        int olderTimelines,
        Optional<Bar> window,
        double now,
        List<Tick> ticks,
        boolean clockAhead) {

    static final int MOST_LANES = 6;

    private static final Duration SHORTEST = Duration.ofMinutes(2);
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);

    /** Of the time that is shown, at each end. */
    private static final double MARGIN = 0.03;

    private static final double THINNEST = 0.4;
    private static final double THINNEST_GAP = 1.2;

    /** Marks that are nearer would cover each other. */
    private static final double MARK = 1.0;

    private static final int MOST_TICKS = 4;
    private static final List<Duration> STEPS = Stream.concat(
                    Stream.concat(
                            Stream.of(1, 2, 5, 10, 15, 30).map(minutes -> Duration.ofMinutes(minutes)),
                            Stream.of(1, 2, 3, 6, 12).map(hours -> Duration.ofHours(hours))),
                    Stream.of(1, 2, 3, 5, 7, 14, 30, 60, 90, 180, 365).map(days -> Duration.ofDays(days)))
            .toList();
    private static final DateTimeFormatter HOUR = format("HH:mm");
    private static final DateTimeFormatter DAY = format("MMM d");
    private static final DateTimeFormatter MONTH = format("MMM yyyy");

    /** From here to there. */
    record Bar(double from, double to) {

        double width() {
            return to - from;
        }
    }

    /** What a mark stands for. */
    enum Kind {
        GOOD,
        RUNNING,
        USELESS
    }

    /** Backups of a kind that lie together, the last of them begun at a time. */
    record Mark(double at, Kind kind, int count, Instant newest) {}

    /** WAL that is missing. */
    record Missing(Bar bar, long segments) {}

    /** What there is of a timeline. */
    record Lane(long timeline, List<Bar> wal, List<Missing> missing, List<Mark> marks) {}

    /** A time with its words. */
    record Tick(double at, String text) {}

    /** Draws; empty if there is nothing to be shown. */
    static Optional<RecoveryPicture> of(CatalogLook look, Instant now) {
        RepositoryHistory history = look.history();
        if (history.backups().isEmpty() && history.wal().isEmpty()) {
            return Optional.empty();
        }
        Axis axis = Axis.of(history, now);
        NavigableSet<Long> timelines = timelines(history);
        int left = Math.max(0, timelines.size() - MOST_LANES);
        List<Lane> lanes = timelines.stream()
                .skip(left)
                .map(timeline -> lane(history, timeline, timelines.last(), axis))
                .toList();
        return Optional.of(new RecoveryPicture(
                axis.from,
                axis.to,
                lanes,
                left,
                look.window().map(window -> axis.bar(window.from(), window.to().orElse(window.from()), THINNEST)),
                axis.at(now),
                ticks(axis),
                axis.clockAhead));
    }

    /** The time that is shown. */
    private record Axis(Instant from, Instant to, boolean clockAhead) {

        static Axis of(RepositoryHistory history, Instant now) {
            NavigableSet<Instant> backups = new TreeSet<>();
            history.backups().forEach(backup -> {
                backups.add(backup.begun());
                backup.ended().ifPresent(backups::add);
            });
            NavigableSet<Instant> all = new TreeSet<>(backups);
            history.wal().forEach(range -> {
                all.add(range.from());
                all.add(range.to());
            });
            // WAL from before the oldest backup leads nowhere.
            Instant first = backups.isEmpty() ? all.first() : backups.first();
            boolean ahead = all.last().isAfter(now.plus(CLOCKS_DIFFER));
            Instant last = all.last();
            if (first.isBefore(now)) {
                // A clock that is wrong by years must not press all that is right into a point.
                Duration shown = Duration.between(first, now);
                Duration most = shown.compareTo(SHORTEST) > 0 ? shown.dividedBy(5) : SHORTEST;
                Instant latest = now.plus(most);
                last = last.isAfter(latest) ? latest : last.isBefore(now) ? now : last;
            }
            Duration length = Duration.between(first, last);
            if (length.compareTo(SHORTEST) < 0) {
                first = last.minus(SHORTEST);
                length = SHORTEST;
            }
            Duration margin = Duration.ofMillis((long) (length.toMillis() * MARGIN));
            return new Axis(first.minus(margin), last.plus(margin), ahead);
        }

        double at(Instant time) {
            if (!time.isAfter(from)) {
                return 0;
            }
            if (!time.isBefore(to)) {
                return 100;
            }
            double whole = Duration.between(from, to).toMillis();
            return 100 * Duration.between(from, time).toMillis() / whole;
        }

        Bar bar(Instant begin, Instant end, double thinnest) {
            double left = at(begin);
            double right = Math.max(left, at(end));
            double lacks = Math.max(0, thinnest - (right - left)) / 2;
            left = Math.min(Math.max(0, left - lacks), 100 - thinnest);
            return new Bar(left, Math.min(100, Math.max(right + lacks, left + thinnest)));
        }
    }

    private static NavigableSet<Long> timelines(RepositoryHistory history) {
        NavigableSet<Long> timelines = new TreeSet<>();
        history.wal().forEach(range -> timelines.add(range.timeline()));
        history.backups().forEach(backup -> timelines.add(backup.timeline()));
        if (timelines.size() > 1) {
            timelines.remove(0L); // Nobody knows of which one they are: they are drawn on the latest.
        }
        return timelines;
    }

    private static Lane lane(RepositoryHistory history, long timeline, long latest, Axis axis) {
        List<Bar> wal = new ArrayList<>();
        history.wal().stream()
                .filter(range -> range.timeline() == timeline)
                .map(range -> axis.bar(range.from(), range.to(), THINNEST))
                .forEach(bar -> join(wal, bar));
        Map<Long, Missing> missing = new LinkedHashMap<>();
        history.gaps().stream().filter(gap -> gap.timeline() == timeline).forEach(gap -> {
            Instant end = gap.before().orElse(axis.to);
            Bar bar = axis.bar(gap.after().orElse(end), end, THINNEST_GAP);
            missing.merge(
                    Math.round(bar.from / THINNEST_GAP),
                    new Missing(bar, gap.segments()),
                    (one, other) -> new Missing(
                            new Bar(one.bar.from, Math.max(one.bar.to, other.bar.to)), one.segments + other.segments));
        });
        Map<String, Mark> marks = new LinkedHashMap<>();
        history.backups().stream()
                .filter(backup -> backup.timeline() == timeline || (backup.timeline() == 0 && timeline == latest))
                .forEach(backup -> {
                    Instant time = backup.ended().orElse(backup.begun());
                    double at = axis.at(time);
                    Kind kind = kind(backup);
                    marks.merge(
                            kind + "-" + Math.round(at / MARK),
                            new Mark(at, kind, 1, time),
                            (one, other) -> new Mark(one.at, kind, one.count + 1, one.newest));
                });
        return new Lane(timeline, List.copyOf(wal), List.copyOf(missing.values()), List.copyOf(marks.values()));
    }

    /** Ranges that touch each other on the picture are one; what is missing between them is drawn over it. */
    private static void join(List<Bar> bars, Bar next) {
        if (!bars.isEmpty() && next.from - bars.getLast().to <= THINNEST) {
            Bar last = bars.removeLast();
            bars.add(new Bar(Math.min(last.from, next.from), Math.max(last.to, next.to)));
        } else {
            bars.add(next);
        }
    }

    private static Kind kind(RepositoryHistory.Backup backup) {
        if (backup.state() == CatalogEntry.State.RUNNING) {
            return Kind.RUNNING;
        }
        return backup.state() == CatalogEntry.State.DONE && backup.leads() ? Kind.GOOD : Kind.USELESS;
    }

    private static List<Tick> ticks(Axis axis) {
        long length = Duration.between(axis.from, axis.to).toMillis();
        long step = STEPS.stream()
                .mapToLong(Duration::toMillis)
                .filter(millis -> length / millis < MOST_TICKS)
                .findFirst()
                // Centuries, of a clock that knows nothing.
                .orElse(length / 3);
        List<Tick> ticks = new ArrayList<>();
        String day = "";
        for (long time = Math.floorDiv(axis.from.toEpochMilli(), step) * step + step;
                time < axis.to.toEpochMilli() && ticks.size() < MOST_TICKS;
                time += step) {
            Instant instant = Instant.ofEpochMilli(time);
            String newDay = DAY.format(instant);
            String text;
            if (step >= STEPS.getLast().toMillis()) {
                text = MONTH.format(instant);
            } else if (step >= Duration.ofDays(1).toMillis()) {
                text = newDay;
            } else {
                text = newDay.equals(day) ? HOUR.format(instant) : newDay + ", " + HOUR.format(instant);
            }
            day = newDay;
            ticks.add(new Tick(axis.at(instant), text));
        }
        return List.copyOf(ticks);
    }

    private static DateTimeFormatter format(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
    }
}
