package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import io.pgsidecar.archive.wal.WalSegmentName;
import io.pgsidecar.archive.wal.WalSurvey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a restore will do, decided from what is in the repository before anything of it is read.
 *
 * @param timeline that the recovery ends on
 * @param firstSegment the first that the recovery asks for
 * @param lastSegment up to which all segments are there; a recovery to a time, a transaction or a name may need more,
 *     of which nobody knows
 */
public record RestorePlan(
        BackupInfo backup,
        RecoveryTarget target,
        long timeline,
        WalSegmentName firstSegment,
        WalSegmentName lastSegment) {

    /** Part of the way of a recovery: a timeline from one address to another, both unsigned. */
    private record Leg(long timeline, long from, long to) {}

    /** What is known of the WAL. */
    private record Wal(Map<Long, TimelineHistory> histories, Map<Long, List<SegmentRange>> timelines) {}

    /** As {@link #of(List, Map, Map, RecoveryTarget, Optional)}, with what a repository has of WAL. */
    public static RestorePlan of(
            List<BackupInfo> backups, WalInspector wal, RecoveryTarget target, Optional<BackupId> chosen)
            throws BackupException {
        WalSurvey survey;
        try {
            survey = wal.survey();
        } catch (WalException e) {
            throw BackupException.of(e);
        }
        RestorePlan plan = of(backups, survey.histories(), survey.inventory().timelines(), target, chosen);
        if (plan.backup().systemIdentifier() != survey.systemIdentifier()) {
            throw new BackupException(
                    BackupException.Reason.OTHER_CLUSTER,
                    "backup %s is of the cluster with the system identifier %s, and the WAL beside it of %s"
                            .formatted(
                                    plan.backup().id(),
                                    Long.toUnsignedString(plan.backup().systemIdentifier()),
                                    Long.toUnsignedString(survey.systemIdentifier())),
                    "Two clusters have used one folder: \"pgsidecar backup list\" shows what there is.");
        }
        return plan;
    }

    /**
     * Chooses the newest backup from which the target can be reached, and makes sure that the WAL for it is there.
     *
     * @param backups those that are not complete do not count
     * @param timelines the segments of each, in their order
     * @param chosen the only backup that may be used
     * @throws BackupException {@code BAD_REQUEST} if there is no such backup; the message says why each does not fit.
     *     {@code WAL_MISSING} with the segments that are missing
     */
    public static RestorePlan of(
            List<BackupInfo> backups,
            Map<Long, TimelineHistory> histories,
            Map<Long, List<SegmentRange>> timelines,
            RecoveryTarget target,
            Optional<BackupId> chosen)
            throws BackupException {
        Wal wal = new Wal(histories, timelines);
        List<String> refused = new ArrayList<>();
        List<BackupInfo> newestFirst = backups.stream()
                .filter(backup -> chosen.isEmpty() || chosen.get().equals(backup.id()))
                .sorted(Comparator.comparing(BackupInfo::id).reversed())
                .toList();
        for (BackupInfo backup : newestFirst) {
            Optional<String> unfit = unfit(backup, wal, target);
            if (unfit.isEmpty()) {
                return plan(backup, wal, target);
            }
            refused.add(backup.id() + " " + unfit.get());
        }
        if (newestFirst.isEmpty()) {
            throw bad(chosen.map(id -> "there is no backup " + id).orElse("there is no backup"));
        }
        throw bad("no backup fits the target: " + String.join("; ", refused));
    }

    /**
     * The last segment that a recovery from a complete backup to the end of a timeline reads before the first one that
     * is missing; empty if there is no way to that timeline, or the backup's own first segment is missing.
     */
    static Optional<WalSegmentName> reach(
            BackupInfo backup,
            Map<Long, TimelineHistory> histories,
            Map<Long, List<SegmentRange>> timelines,
            TargetTimeline timeline) {
        Wal wal = new Wal(histories, timelines);
        RecoveryTarget target = new RecoveryTarget(new Stop.Latest(), true, timeline, RecoveryTarget.Action.PROMOTE);
        if (unfit(backup, wal, target).isPresent()) {
            return Optional.empty();
        }
        long size = backup.walSegmentSize();
        List<Leg> legs = legs(backup, wal, target);
        long first = Long.divideUnsigned(backup.begin().lsn(), size);
        long last = last(backup, legs, wal, target);
        long number = first;
        while (number <= last && holder(number, legs, wal, size).isPresent()) {
            number++;
        }
        return number == first ? Optional.empty() : Optional.of(name(number - 1, legs, wal, size));
    }

    private static BackupException bad(String message) {
        return new BackupException(
                BackupException.Reason.BAD_REQUEST,
                message,
                "Give another target or timeline, another backup (--backup), or another repository (--repository).");
    }

    /** Why a backup is of no use. */
    private static Optional<String> unfit(BackupInfo backup, Wal wal, RecoveryTarget target) {
        if (!backup.isComplete()) {
            return Optional.of("is not complete");
        }
        BackupInfo.Point end = backup.end().orElseThrow();
        switch (target.stop()) {
            case Stop.Time(var time)
            when end.time().isAfter(time) -> {
                return Optional.of("ends at %s, after %s".formatted(end.time(), time));
            }
            case Stop.Lsn(long lsn)
            when Long.compareUnsigned(end.lsn(), lsn) > 0 -> {
                return Optional.of(
                        "ends at %s, behind %s".formatted(RecoverySettings.lsn(end.lsn()), RecoverySettings.lsn(lsn)));
            }
            default -> {}
        }
        long timeline = timeline(backup, wal, target);
        Optional<List<Leg>> path = path(timeline, wal);
        if (path.isEmpty()) {
            return Optional.of("is on timeline %d, and the history of timeline %d is not in the repository"
                    .formatted(backup.timeline(), timeline));
        }
        Optional<Leg> leg = path.get().stream()
                .filter(each -> each.timeline() == backup.timeline())
                .findFirst();
        if (leg.isEmpty()) {
            return Optional.of(
                    "is on timeline %d, from which timeline %d did not come".formatted(backup.timeline(), timeline));
        }
        if (Long.compareUnsigned(end.lsn(), leg.get().to()) > 0) {
            return Optional.of("ends at %s, and timeline %d left timeline %d before, at %s"
                    .formatted(
                            RecoverySettings.lsn(end.lsn()),
                            timeline,
                            backup.timeline(),
                            RecoverySettings.lsn(leg.get().to())));
        }
        return Optional.empty();
    }

    /** As PostgreSQL finds the latest: it asks for the next number's history until there is none. */
    private static long timeline(BackupInfo backup, Wal wal, RecoveryTarget target) {
        if (target.timeline().isNumber()) {
            return target.timeline().number();
        }
        long timeline = backup.timeline();
        if (target.timeline().equals(TargetTimeline.LATEST)) {
            while (wal.histories().containsKey(timeline + 1)) {
                timeline++;
            }
        }
        return timeline;
    }

    /** The way to the end of a timeline, oldest leg first; empty if its history is missing. */
    private static Optional<List<Leg>> path(long timeline, Wal wal) {
        List<Leg> legs = new ArrayList<>();
        long from = 0;
        TimelineHistory history = wal.histories().get(timeline);
        if (history != null) {
            for (TimelineHistory.Ancestor ancestor : history.ancestors()) {
                legs.add(new Leg(ancestor.timeline(), from, ancestor.switchPoint()));
                from = ancestor.switchPoint();
            }
        } else if (timeline != 1) {
            return Optional.empty();
        }
        legs.add(new Leg(timeline, from, -1L));
        return Optional.of(legs);
    }

    /** The part of the way that a recovery from a backup takes. */
    private static List<Leg> legs(BackupInfo backup, Wal wal, RecoveryTarget target) {
        return path(timeline(backup, wal, target), wal).orElseThrow().stream()
                .filter(leg -> leg.timeline() >= backup.timeline())
                .toList();
    }

    private static RestorePlan plan(BackupInfo backup, Wal wal, RecoveryTarget target) throws BackupException {
        long timeline = timeline(backup, wal, target);
        long size = backup.walSegmentSize();
        List<Leg> legs = legs(backup, wal, target);
        long first = Long.divideUnsigned(backup.begin().lsn(), size);
        long last = last(backup, legs, wal, target);
        for (long number = first; number <= last; number++) {
            if (holder(number, legs, wal, size).isEmpty()) {
                throw missing(number, last, legs, wal, size);
            }
        }
        return new RestorePlan(backup, target, timeline, name(first, legs, wal, size), name(last, legs, wal, size));
    }

    /** The number of the segment up to which all must be there. */
    private static long last(BackupInfo backup, List<Leg> legs, Wal wal, RecoveryTarget target) {
        long size = backup.walSegmentSize();
        // An LSN at the beginning of a segment has nothing in it yet.
        long end = Long.divideUnsigned(backup.end().orElseThrow().lsn() - 1, size);
        return switch (target.stop()) {
            case Stop.Lsn(long lsn) -> Math.max(end, Long.divideUnsigned(lsn, size));
            case Stop.Latest() -> {
                // A gap would end the recovery there, with all behind it lost, and nobody told.
                Leg newest = legs.getLast();
                long stored = wal.timelines().getOrDefault(newest.timeline(), List.of()).stream()
                        .mapToLong(SegmentRange::last)
                        .max()
                        .orElse(0);
                long begun = legs.size() > 1 ? Long.divideUnsigned(newest.from(), size) : 0;
                yield LongStream.of(end, stored, begun).max().orElseThrow();
            }
            case Stop.Immediate _, Stop.Time _, Stop.Xid _, Stop.Name _ -> end;
        };
    }

    /**
     * The timeline whose segment a recovery takes: of those that have it the newest. The one in which a timeline was
     * left exists on both, but mostly is partial on the older one.
     */
    private static OptionalLong holder(long number, List<Leg> legs, Wal wal, long size) {
        for (Leg leg : legs.reversed()) {
            boolean passes =
                    number >= Long.divideUnsigned(leg.from(), size) && number <= Long.divideUnsigned(leg.to(), size);
            if (passes
                    && wal.timelines().getOrDefault(leg.timeline(), List.of()).stream()
                            .anyMatch(range -> range.first() <= number && number <= range.last())) {
                return OptionalLong.of(leg.timeline());
            }
        }
        return OptionalLong.empty();
    }

    private static BackupException missing(long first, long needed, List<Leg> legs, Wal wal, long size) {
        long next = legs.stream()
                .flatMap(leg -> wal.timelines().getOrDefault(leg.timeline(), List.of()).stream())
                .mapToLong(SegmentRange::first)
                .filter(number -> number > first)
                .min()
                .orElse(Long.MAX_VALUE);
        long last = Math.min(needed, next - 1);
        String from = name(first, legs, wal, size).toString();
        String to = name(last, legs, wal, size).toString();
        return new BackupException(
                BackupException.Reason.WAL_MISSING,
                first == last
                        ? "WAL segment %s, which the target needs, is not in the repository".formatted(from)
                        : "the WAL segments %s to %s, which the target needs, are not in the repository"
                                .formatted(from, to),
                "If they lie in another repository, restore from there (--repository); if PostgreSQL has them still,"
                        + " let it archive them. Else give an earlier target: what was stored last is "
                        + stored(legs, wal)
                        + ".");
    }

    private static String stored(List<Leg> legs, Wal wal) {
        return legs.stream()
                .flatMap(leg -> Stream.ofNullable(wal.timelines().get(leg.timeline())))
                .filter(ranges -> !ranges.isEmpty())
                .map(ranges -> ranges.getLast().lastName().toString())
                .collect(Collectors.joining(", ", "", ""));
    }

    private static WalSegmentName name(long number, List<Leg> legs, Wal wal, long size) {
        long timeline = holder(number, legs, wal, size)
                .orElseGet(() -> legs.stream()
                        .filter(leg -> number >= Long.divideUnsigned(leg.from(), size))
                        .mapToLong(Leg::timeline)
                        .max()
                        .orElse(legs.getFirst().timeline()));
        long perLog = (1L << 32) / size;
        return new WalSegmentName(timeline, number / perLog, number % perLog);
    }
}
