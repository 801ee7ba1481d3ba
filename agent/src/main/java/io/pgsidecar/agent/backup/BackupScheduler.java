package io.pgsidecar.agent.backup;

import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.SlotClaim;
import io.pgsidecar.archive.backup.SlotClaim.Role;
import io.pgsidecar.archive.backup.SlotClaims;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes backups when they are due, on a thread of its own. Where several agents share a repository each slot is served
 * by one: a replica if there is one that can, else, after a grace time, the primary. A backup that failed, or whose agent
 * died, is taken once more, by the primary.
 *
 * <p>It remembers nothing that matters: what is due follows from the clock, the backups and the claims in the
 * repository. While the repository is away it goes on to ask.
 */
public final class BackupScheduler implements AutoCloseable {

    /** What the primary waits for a replica. */
    static final Duration GRACE = Duration.ofSeconds(60);

    /** Who has claimed a slot has begun its backup by then, or died. */
    static final Duration BEGUN_WITHIN = Duration.ofMinutes(2);

    /** A clock can be set, an instance promoted: nothing is waited for longer. */
    static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** What the instance is, is known a moment after the agent's start; to ask for it again costs nothing. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private static final Duration CLOSE_TIME = Duration.ofSeconds(30);
    private static final Logger log = LoggerFactory.getLogger(BackupScheduler.class);

    /**
     * When backups are taken.
     *
     * @param immediate whether one is taken at once if there is none
     * @param jitter how much later a slot is served; asked for each one
     */
    public record Plan(Optional<BackupSchedule> schedule, boolean immediate, Supplier<Duration> jitter) {}

    /** A slot to be served, and from when on. */
    private record Due(Instant slot, boolean first, Instant from) {}

    private final Plan plan;
    private final SlotClaims claims;
    private final Supplier<Optional<Role>> role;
    private final SeenBackups.Look backups;
    private final ScheduledBackup run;
    private final InstantSource clock;
    private final Instant watchedSince;
    private final Thread thread;

    private boolean hasBackups;
    private boolean told;
    private @Nullable Due due;
    /** The slot that was tried here, and failed. */
    private @Nullable Instant tried;
    /** The slots of the schedule and of a first backup that need nothing more from here. */
    private @Nullable Instant served;

    private @Nullable Instant servedFirst;

    /**
     * Not started.
     *
     * @param role what the instance is; empty while it is not known, or cannot be backed up
     */
    public BackupScheduler(
            Plan plan,
            SlotClaims claims,
            Supplier<Optional<Role>> role,
            SeenBackups.Look backups,
            ScheduledBackup run,
            InstantSource clock) {
        this.plan = plan;
        this.claims = claims;
        this.role = role;
        this.backups = backups;
        this.run = run;
        this.clock = clock;
        this.watchedSince = clock.instant();
        this.thread = Thread.ofVirtual().name("backup-scheduler").unstarted(this::run);
    }

    /** Begins to look; without a schedule and a first backup there is nothing to do. */
    public void start() {
        if (plan.schedule().isPresent() || plan.immediate()) {
            thread.start();
        }
    }

    /** The next slot of the schedule. */
    public Optional<Instant> next() {
        return plan.schedule().map(schedule -> schedule.next(clock.instant()));
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(tryStep());
            }
        } catch (InterruptedException e) {
            // It is closed.
        }
    }

    private Duration tryStep() throws InterruptedException {
        try {
            Duration pause = step();
            told = false;
            return pause;
        } catch (IOException | RuntimeException | Error e) {
            // An outage is told once.
            if (!told) {
                log.atWarn().setCause(e).log("A scheduled backup has to wait: {}", e.getMessage());
            }
            told = true;
            return LOOK_AGAIN;
        }
    }

    /**
     * Does what is due now.
     *
     * @return when to come again
     */
    Duration step() throws IOException, InterruptedException {
        Instant now = clock.instant();
        @Nullable Due current = due(now);
        due = current;
        if (current == null) {
            return LOOK_AGAIN;
        }
        Optional<Role> own = role.get();
        Duration wait = Duration.between(now, current.from());
        if (own.isEmpty()) {
            return SOON;
        }
        if (wait.plus(grace(own.get(), current)).isPositive()) {
            return LOOK_AGAIN;
        }
        SeenBackups seen = backups.look();
        hasBackups = seen.newest().isPresent();
        boolean needed = current.first()
                ? seen.newest().isEmpty()
                : BackupSchedule.isDue(current.slot(), watchedSince, seen.newest());
        if (!needed) {
            serve(current);
            return Duration.ZERO;
        }
        // Never two at once. Whether this slot needs another one is seen when that one has ended.
        if (!seen.running()) {
            take(current, own.get(), now);
        }
        return LOOK_AGAIN;
    }

    /** Where there is no backup yet, replicas may be waiting for the first one to be built from it. */
    private static Duration grace(Role own, Due due) {
        return own == Role.PRIMARY && !due.first() ? GRACE : Duration.ZERO;
    }

    private @Nullable Due due(Instant now) {
        // It has the hour for its slot: so several agents agree on it, and one that failed is tried again some time.
        Instant hour = now.truncatedTo(ChronoUnit.HOURS);
        // Before any slot: one that is long past has the primary wait for replicas until it is seen to need nothing.
        if (plan.immediate() && !hasBackups && !hour.equals(servedFirst)) {
            return due(hour, true, now);
        }
        Optional<Instant> slot = plan.schedule().map(schedule -> schedule.latest(now));
        return slot.isPresent() && !slot.get().equals(served) ? due(slot.get(), false, now) : null;
    }

    private Due due(Instant slot, boolean first, Instant now) {
        return due != null && due.slot().equals(slot) && due.first() == first
                ? due
                : new Due(slot, first, now.plus(plan.jitter().get()));
    }

    private void serve(Due slot) {
        if (slot.first()) {
            servedFirst = slot.slot();
        } else {
            served = slot.slot();
        }
    }

    private void take(Due due, Role own, Instant now) throws IOException, InterruptedException {
        Instant slot = due.slot();
        if (!slot.equals(tried) && claims.take(slot, own)) {
            tried = slot;
            if (take(slot, own)) {
                serve(due);
            }
            return;
        }
        if (own == Role.REPLICA) {
            serve(due);
            return;
        }
        Optional<SlotClaim> claim = claims.claim(slot);
        if (claim.isPresent() && claim.get().at().plus(BEGUN_WITHIN).isAfter(now)) {
            return;
        }
        if (claims.takeOver(slot, own)) {
            log.atWarn()
                    .addKeyValue("slot", slot)
                    .addKeyValue("claimedBy", claim.map(SlotClaim::host).orElse("nobody"))
                    .log("The scheduled backup was begun and there is none: it is taken over");
            boolean ignored = take(slot, own);
        }
        serve(due);
    }

    /** Whether there is a backup now. */
    private boolean take(Instant slot, Role own) throws InterruptedException {
        try {
            // One that was begun by hand meanwhile: it is waited for, and this one is taken after it if it fails.
            if (backups.look().running()) {
                return false;
            }
            log.atInfo().addKeyValue("slot", slot).addKeyValue("role", own).log("Scheduled backup begins");
            run.take();
            hasBackups = true;
        } catch (IOException | BackupException | RuntimeException e) {
            log.atError().addKeyValue("slot", slot).setCause(e).log("Scheduled backup failed: {}", e.getMessage());
            return false;
        }
        try {
            claims.forgetOld();
        } catch (IOException e) {
            log.atWarn().log("Old claims of the schedule could not be removed: {}", e.getMessage());
        }
        return true;
    }

    /** Gives up the backup that is under way, and waits until it is given up; not longer than 30 seconds. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            if (thread.getState() != Thread.State.NEW && !thread.join(CLOSE_TIME)) {
                log.warn("A scheduled backup does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
