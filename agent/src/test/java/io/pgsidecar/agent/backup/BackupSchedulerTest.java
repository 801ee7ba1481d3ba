package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.agent.config.CronExpression;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.SlotClaim.Role;
import io.pgsidecar.archive.backup.SlotClaims;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Agents of a cluster, stepped by hand at times that the test says. */
class BackupSchedulerTest {

    private static final Instant START = Instant.parse("2026-11-25T01:30:00Z");
    private static final Instant SLOT = Instant.parse("2026-11-25T02:00:00Z");
    private static final Optional<BackupSchedule> DAILY =
            Optional.of(new BackupSchedule(CronExpression.of("0 2 * * *"), ZoneOffset.UTC));

    @TempDir
    Path folder;

    private final Clock clock = new Clock(START);
    private final List<String> begun = new ArrayList<>();
    private ObjectStore store;
    private Optional<Instant> newest = Optional.empty();
    private boolean running;
    private boolean away;

    private static final class Clock implements InstantSource {
        private Instant now;

        Clock(Instant now) {
            this.now = now;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    @BeforeEach
    void open() throws IOException {
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    /** One agent. */
    private final class Pod {
        private final BackupScheduler scheduler;
        private Optional<Role> role;
        private Duration jitter = Duration.ZERO;
        private boolean fails;

        Pod(String host, Role role) {
            this(host, role, DAILY, false);
        }

        Pod(String host, Role role, Optional<BackupSchedule> schedule, boolean immediate) {
            this.role = Optional.of(role);
            scheduler = new BackupScheduler(
                    new BackupScheduler.Plan(schedule, immediate, () -> jitter),
                    new SlotClaims(store, new Repository("main"), host, clock),
                    () -> this.role,
                    BackupSchedulerTest.this::look,
                    () -> {
                        begun.add(host);
                        if (fails) {
                            throw new BackupException(BackupException.Reason.FAILED, "the disk is on fire", null);
                        }
                        newest = Optional.of(clock.now);
                    },
                    clock);
        }
    }

    private SeenBackups look() throws IOException {
        if (away) {
            throw new IOException("the store is away");
        }
        return new SeenBackups(running, newest);
    }

    /** Every ten seconds up to the time, each pod looks, the last one first. */
    private void until(Instant end, Pod... pods) throws Exception {
        while (clock.now.isBefore(end)) {
            clock.now = clock.now.plusSeconds(10);
            for (int i = pods.length - 1; i >= 0; i--) {
                while (pods[i].scheduler.step().isZero()) {
                    // Something was decided, and there may be more.
                }
            }
        }
    }

    @Test
    void aReplicaIsFirstAndOneServesTheSlot() throws Exception {
        Pod first = new Pod("replica-1", Role.REPLICA);
        Pod second = new Pod("replica-2", Role.REPLICA);
        Pod primary = new Pod("primary", Role.PRIMARY);
        until(SLOT.minusSeconds(10), first, second, primary);
        assertThat(begun).isEmpty();
        until(SLOT, first, second, primary);
        assertThat(begun).containsExactly("replica-2");
        until(SLOT.plus(Duration.ofHours(23)), first, second, primary);
        assertThat(begun).hasSize(1);
        until(SLOT.plus(Duration.ofHours(25)), first, second, primary);
        assertThat(begun).hasSize(2);
        assertThat(first.scheduler.next()).hasValue(Instant.parse("2026-11-27T02:00:00Z"));
    }

    @Test
    void withoutAReplicaThePrimaryServesAfterTheGraceTime() throws Exception {
        Pod primary = new Pod("primary", Role.PRIMARY);
        until(SLOT.plusSeconds(50), primary);
        assertThat(begun).isEmpty();
        until(SLOT.plusSeconds(60), primary);
        assertThat(begun).containsExactly("primary");
        until(SLOT.plusSeconds(7200), primary);
        assertThat(begun).hasSize(1);
    }

    @Test
    void theJitterComesBeforeTheGraceTime() throws Exception {
        Pod replica = new Pod("replica", Role.REPLICA);
        replica.jitter = Duration.ofSeconds(40);
        Pod primary = new Pod("primary", Role.PRIMARY);
        primary.jitter = Duration.ofMinutes(5);
        until(SLOT.plusSeconds(30), replica, primary);
        assertThat(begun).isEmpty();
        until(SLOT.plusSeconds(40), replica, primary);
        assertThat(begun).containsExactly("replica");
    }

    @Test
    void aReplicaThatFailedIsTakenOverByThePrimaryOnce() throws Exception {
        Pod replica = new Pod("replica", Role.REPLICA);
        Pod primary = new Pod("primary", Role.PRIMARY);
        replica.fails = true;
        primary.fails = true;
        until(SLOT.plusSeconds(110), replica, primary);
        assertThat(begun).containsExactly("replica");
        until(SLOT.plusSeconds(120), replica, primary);
        assertThat(begun).containsExactly("replica", "primary");
        until(SLOT.plus(Duration.ofHours(20)), replica, primary);
        assertThat(begun).hasSize(2);
    }

    @Test
    void aReplicaThatDiedIsTakenOverWhenItsBackupNoLongerLives() throws Exception {
        assertThat(new SlotClaims(store, new Repository("main"), "gone", clock).take(SLOT, Role.REPLICA))
                .isTrue();
        Pod primary = new Pod("primary", Role.PRIMARY);
        running = true;
        until(SLOT.plus(Duration.ofHours(3)), primary);
        assertThat(begun).isEmpty();
        running = false;
        until(clock.now.plusSeconds(10), primary);
        assertThat(begun).containsExactly("primary");
    }

    @Test
    void aReplicaThatIsSlowAndSucceedsIsLeftAlone() throws Exception {
        assertThat(new SlotClaims(store, new Repository("main"), "slow", clock).take(SLOT, Role.REPLICA))
                .isTrue();
        Pod primary = new Pod("primary", Role.PRIMARY);
        running = true;
        until(SLOT.plus(Duration.ofHours(3)), primary);
        running = false;
        newest = Optional.of(SLOT.plusSeconds(1));
        until(SLOT.plus(Duration.ofHours(4)), primary);
        assertThat(begun).isEmpty();
    }

    @Test
    void whileAnotherBackupRunsNoneIsBegun() throws Exception {
        running = true;
        newest = Optional.of(SLOT.minusSeconds(7200));
        Pod replica = new Pod("replica", Role.REPLICA);
        until(SLOT.plusSeconds(600), replica);
        assertThat(begun).isEmpty();
        running = false; // It was begun before the slot, so the slot needs its own.
        until(SLOT.plusSeconds(610), replica);
        assertThat(begun).containsExactly("replica");
    }

    @Test
    void onlyTheLatestMissedSlotIsMadeUp() throws Exception {
        newest = Optional.of(SLOT.minus(Duration.ofDays(5)));
        clock.now = SLOT.plus(Duration.ofHours(6));
        Pod replica = new Pod("replica", Role.REPLICA);
        until(SLOT.plus(Duration.ofHours(20)), replica);
        assertThat(begun).containsExactly("replica");
    }

    @Test
    void whatIsNewerThanTheMissedSlotIsEnough() throws Exception {
        newest = Optional.of(SLOT.plusSeconds(1));
        clock.now = SLOT.plus(Duration.ofHours(6));
        until(SLOT.plus(Duration.ofHours(20)), new Pod("replica", Role.REPLICA));
        assertThat(begun).isEmpty();
    }

    @Test
    void theFirstBackupIsImmediateWhereThatIsSaid() throws Exception {
        until(SLOT.minusSeconds(60), new Pod("patient", Role.REPLICA));
        assertThat(begun).isEmpty();
        clock.now = START;
        Pod primary = new Pod("primary", Role.PRIMARY, Optional.empty(), true);
        Pod replica = new Pod("replica", Role.REPLICA, Optional.empty(), true);
        until(START.plusSeconds(10), primary, replica);
        assertThat(begun).containsExactly("replica");
        until(START.plus(Duration.ofHours(30)), primary, replica);
        assertThat(begun).hasSize(1);
    }

    @Test
    void aFirstBackupThatFailsIsTriedAgain() throws Exception {
        Pod primary = new Pod("primary", Role.PRIMARY, Optional.empty(), true);
        primary.fails = true;
        until(START.plus(Duration.ofMinutes(29)), primary);
        assertThat(begun).as("taken, and taken over").hasSize(2);
        primary.fails = false;
        until(START.plus(Duration.ofHours(5)), primary);
        assertThat(begun).hasSize(3);
    }

    @Test
    void whereThereAreBackupsNoneIsImmediate() throws Exception {
        newest = Optional.of(START.minusSeconds(10));
        until(SLOT.minusSeconds(10), new Pod("replica", Role.REPLICA, DAILY, true));
        assertThat(begun).isEmpty();
    }

    @Test
    void theSlotWaitsForTheStoreAndForTheInstance() throws Exception {
        Pod replica = new Pod("replica", Role.REPLICA);
        until(SLOT.minusSeconds(10), replica);
        away = true;
        assertThatThrownBy(() -> until(SLOT, replica)).hasMessage("the store is away");
        away = false;
        replica.role = Optional.empty();
        until(SLOT.plusSeconds(600), replica);
        assertThat(begun).isEmpty();
        replica.role = Optional.of(Role.REPLICA);
        until(SLOT.plusSeconds(610), replica);
        assertThat(begun).containsExactly("replica");
    }

    @Test
    void onlyOneIsTakenAlthoughAnotherOneBeginsBetweenLookAndClaim() throws Exception {
        List<Boolean> looks = new ArrayList<>();
        BackupScheduler scheduler = new BackupScheduler(
                new BackupScheduler.Plan(DAILY, false, () -> Duration.ZERO),
                new SlotClaims(store, new Repository("main"), "replica", clock),
                () -> Optional.of(Role.REPLICA),
                () -> {
                    looks.add(true);
                    return new SeenBackups(looks.size() == 2, Optional.empty());
                },
                () -> begun.add("replica"),
                clock);
        clock.now = SLOT;
        assertThat(scheduler.step()).isEqualTo(BackupScheduler.LOOK_AGAIN);
        assertThat(looks).hasSize(2);
        assertThat(begun).isEmpty();
    }

    @Test
    void aFirstBackupDoesNotWaitForASlotThatIsLongPast() throws Exception {
        Pod primary = new Pod("primary", Role.PRIMARY, DAILY, true);
        until(START.plusSeconds(10), primary);
        assertThat(begun).containsExactly("primary");
        until(START.plusSeconds(120), primary);
        assertThat(begun).as("the slot of the day before needs none").hasSize(1);
    }

    @Test
    void toCloseItGivesUpTheBackupAndWaits() throws Exception {
        CountDownLatch taking = new CountDownLatch(1);
        CountDownLatch givenUp = new CountDownLatch(1);
        BackupScheduler scheduler = new BackupScheduler(
                new BackupScheduler.Plan(Optional.empty(), true, () -> Duration.ZERO),
                new SlotClaims(store, new Repository("main"), "replica", clock),
                () -> Optional.of(Role.REPLICA),
                this::look,
                () -> {
                    taking.countDown();
                    try {
                        Thread.sleep(Duration.ofMinutes(5));
                    } finally {
                        givenUp.countDown();
                    }
                },
                clock);
        scheduler.start();
        assertThat(taking.await(10, TimeUnit.SECONDS)).isTrue();
        scheduler.close();
        assertThat(givenUp.getCount()).isZero();
    }

    @Test
    void whatWasNeverStartedIsClosedAtOnce() {
        new BackupScheduler(
                        new BackupScheduler.Plan(Optional.empty(), false, () -> Duration.ZERO),
                        new SlotClaims(store, new Repository("main"), "replica", clock),
                        Optional::empty,
                        this::look,
                        () -> {},
                        clock)
                .close();
        assertThat(begun).isEmpty();
    }
}
