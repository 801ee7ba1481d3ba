package io.pgsidecar.agent.backup;

import io.pgsidecar.agent.config.CronExpression;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When backups are due. What the clock of the time zone skips in spring comes as much later as it skips; what it shows
 * twice in autumn comes once, unless the expression means every hour or hours at a distance, which the day then has one
 * more of.
 */
public record BackupSchedule(CronExpression cron, ZoneId zone) {

    /** More than any clock is put forward or back for summer time. */
    private static final Duration SHIFT = Duration.ofHours(3);

    /** The first slot after the given time. */
    public Instant next(Instant after) {
        LocalDateTime local = cron.next(local(after).minus(SHIFT));
        Optional<Instant> best = Optional.empty();
        // Times that a clock shows are not in the order of time where it is put back: so the neighbours are asked too.
        while (best.isEmpty() || local.isBefore(local(best.get()).plus(SHIFT))) {
            best = Stream.concat(best.stream(), instants(local).filter(after::isBefore))
                    .min(Instant::compareTo);
            local = cron.next(local);
        }
        return best.get();
    }

    /** The last slot that is not after the given time. */
    public Instant latest(Instant until) {
        LocalDateTime local = cron.latest(local(until).plus(SHIFT));
        Optional<Instant> best = Optional.empty();
        while (best.isEmpty() || local.isAfter(local(best.get()).minus(SHIFT))) {
            best = Stream.concat(best.stream(), instants(local).filter(slot -> !slot.isAfter(until)))
                    .max(Instant::compareTo);
            local = cron.latest(local.minusMinutes(1));
        }
        return best.get();
    }

    /**
     * Whether the latest slot is still to be served. Those before it are not made up. One from before the agent's start
     * is, if there are backups, all of them older; where there is none yet, the schedule begins with its next slot.
     *
     * @param slot the latest one
     * @param watchedSince when the agent began to look
     * @param newest when the newest backup was begun
     */
    public static boolean isDue(Instant slot, Instant watchedSince, Optional<Instant> newest) {
        return newest.map(begun -> begun.isBefore(slot)).orElse(!slot.isBefore(watchedSince));
    }

    private LocalDateTime local(Instant time) {
        return LocalDateTime.ofInstant(time, zone);
    }

    private Stream<Instant> instants(LocalDateTime local) {
        ZonedDateTime earlier = ZonedDateTime.of(local, zone).withEarlierOffsetAtOverlap();
        return cron.overTheDay()
                ? Stream.of(earlier, earlier.withLaterOffsetAtOverlap()).map(ZonedDateTime::toInstant)
                : Stream.of(earlier.toInstant());
    }
}
