package io.pgsidecar.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.probes.ReplayProgress.Activity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.replication.LogSequenceNumber;

class ReplayTest {

    private static final Duration MAX_AGE = Duration.ofSeconds(10);
    private static final long START = -5_000_000_000L;

    /**
     * Two looks: the replayed position before (none if it is the first look), then what the second one saw. Positions
     * are small numbers; the sender's end is empty where no receiver runs.
     */
    @ParameterizedTest
    @CsvSource({
        // before, replayed, received, sender's end, silent s, paused, wait event, sender configured, expected, held
        " , 5, 5, 5,  0, false, , true,  CURRENT,           false",
        "5, 5, 5, 5,  0, false, , true,  CURRENT,           false",
        "4, 5, 5, 5,  0, false, , true,  CURRENT,           false",
        "4, 5, 7, 7,  0, false, , true,  REPLAYING,         false",
        "4, 5, 7,  ,  0, false, , true,  REPLAYING,         false",
        // Stuck with lag 0: it knows of no more, because nobody tells it.
        "5, 5, 5,  ,  0, false, , true,  CUT_OFF,           true",
        "5, 5,  ,  ,  0, false, , true,  CUT_OFF,           true",
        "5, 5, 5, 5, 91, false, , true,  CUT_OFF,           true",
        "5, 5, 5, 5, 89, false, , true,  CURRENT,           false",
        "5, 5,  ,  ,  0, false, , false, FOLLOWING_ARCHIVE, false",
        "5, 5, 7, 7,  0, false, RecoveryConflictSnapshot, true, NOT_REPLAYING, true",
        "5, 5, 7,  ,  0, false, DataFileRead,             true, NOT_REPLAYING, true",
        "5, 5, 7, 7,  0, false, RecoveryApplyDelay,       true, DELAYED,       false",
        "5, 5, 7, 7,  0, false, RecoveryWalStream,        true, CURRENT,       false",
        "5, 5, 5, 9,  0, false, , true,  NOT_RECEIVING,     true",
        "5, 5, 5, 5,  0, true,  , true,  PAUSED,            true",
        "5, 5, 7, 7,  0, true,  RecoveryPause, true, PAUSED, true",
        " , 5, 7, 7,  0, true,  , true,  PAUSED,            true",
    })
    void isJudgedByWhatMoves(
            @Nullable Integer before,
            Integer replayed,
            @Nullable Integer received,
            @Nullable Integer end,
            int silent,
            boolean paused,
            @Nullable String waitEvent,
            boolean hasSender,
            Activity expected,
            boolean held) {
        Replay seen = Replay.seen(
                lsn(received),
                lsn(replayed),
                paused,
                null,
                hasSender,
                end == null ? null : receiver(end, silent),
                waitEvent);
        ReplayProgress progress = before == null
                ? ReplayProgress.first(seen, START)
                : new ReplayProgress(Activity.REPLAYING, lsn(before), null).after(seen, START);
        assertThat(progress.activity()).isEqualTo(expected);
        assertThat(progress.heldFor(START + 1).isPresent()).isEqualTo(held);
    }

    @Test
    void isHeldSinceItLastWentOn() {
        Replay cutOff = Replay.seen(lsn(5), lsn(5), false, null, true, null, null);
        Replay caughtUp = Replay.seen(lsn(5), lsn(5), false, null, true, receiver(5, 0), null);
        ReplayProgress progress =
                ReplayProgress.first(caughtUp, at(0)).after(cutOff, at(1)).after(cutOff, at(2));
        assertThat(progress.heldFor(at(5))).contains(Duration.ofSeconds(4));
        assertThat(progress.stuck(at(10))).isFalse();
        assertThat(progress.stuck(at(11))).isTrue();
        Replay paused = Replay.seen(lsn(5), lsn(5), true, null, true, null, null);
        assertThat(progress.after(paused, at(6)).heldFor(at(7)))
                .as("for another reason now, but never free in between")
                .contains(Duration.ofSeconds(6));
        assertThat(progress.after(caughtUp, at(6)).heldFor(at(7))).isEmpty();
    }

    @Test
    void itsLagIsTheAgeOfWhatItShowsAndNotOfTheLastTransaction() {
        SenderPositions sender = new SenderPositions();
        assertThat(sender.after(streaming(5, 5), at(0)).time(at(0)))
                .as("all there is, however old")
                .contains(Duration.ZERO);
        sender.after(streaming(5, 7), at(10));
        ReplayLag behind = sender.after(streaming(5, 9), at(20));
        assertThat(behind.knownBytes()).isEqualTo(4);
        assertThat(behind.time(at(25))).as("7 was there at 10 s").contains(Duration.ofSeconds(15));
        ReplayLag nearer = sender.after(streaming(7, 9), at(30));
        assertThat(nearer.knownBytes()).isEqualTo(2);
        assertThat(nearer.time(at(30))).as("9 was there at 20 s").contains(Duration.ofSeconds(10));
        assertThat(sender.after(streaming(9, 9), at(40)).time(at(40))).contains(Duration.ZERO);
    }

    @Test
    void itsLagGrowsWhileNoSenderIsHeardOf() {
        SenderPositions sender = new SenderPositions();
        assertThat(sender.after(alone(5), at(0)).time(at(0))).isEmpty();
        sender.after(streaming(5, 5), at(10));
        ReplayLag cutOff = sender.after(alone(5), at(20));
        assertThat(cutOff.time(at(40))).contains(Duration.ofSeconds(30));
        assertThat(cutOff.bytes(MAX_AGE, at(20))).hasValue(0);
        assertThat(cutOff.bytes(MAX_AGE, at(21)))
                .as("what the primary has written since, nobody knows")
                .isEmpty();
    }

    @Test
    void anotherSendersEndMayBeEarlier() {
        SenderPositions sender = new SenderPositions();
        sender.after(streaming(5, 9), at(0));
        sender.after(alone(5), at(10));
        ReplayLag promoted = sender.after(streaming(6, 6), at(20));
        assertThat(promoted.knownBytes()).isZero();
        assertThat(promoted.time(at(20))).contains(Duration.ZERO);
    }

    @Test
    void aReplicaThatIsFarBehindForLongIsRememberedInLittle() {
        SenderPositions sender = new SenderPositions();
        ReplayLag lag = ReplayLag.UNKNOWN;
        for (int second = 0; second < 100_000; second++) {
            lag = sender.after(streaming(1, 10 + second), at(second));
        }
        assertThat(lag.time(at(100_000))).contains(Duration.ofSeconds(100_000));
    }

    @ParameterizedTest
    @CsvSource({
        "16777216, Bytes[most=16777216]",
        "16MB,     Bytes[most=16777216]",
        "512kB,    Bytes[most=524288]",
        "1GB,      Bytes[most=1073741824]",
        "0,        Bytes[most=0]",
        "30s,      Age[most=PT30S]",
        "500ms,    Age[most=PT0.5S]",
        "5m,       Age[most=PT5M]",
    })
    void aLimitIsASizeOrATime(String text, String limit) {
        assertThat(LagLimit.parse(text)).hasToString(limit);
    }

    @ParameterizedTest
    @CsvSource({"''", "x", "-1", "16 MB", "1.5GB", "16mb", "99999999999999999999", "999999999999TB"})
    void whatIsNoLimitIsRefused(String text) {
        assertThatThrownBy(() -> LagLimit.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("lag ");
    }

    /** The limit, bytes behind, s behind, s since the sender was heard of (empty: never), ready. */
    @ParameterizedTest
    @CsvSource({
        "16MB, 16777216,  0,  0, true",
        "16MB, 16777217,  0,  0, false",
        "16MB,        0, 11, 11, false",
        "16MB,        0,  9,  9, true",
        "16MB,        0,  0,   , false",
        "30s,  99999999, 30,  0, true",
        "30s,         0, 31, 31, false",
        "30s,         0,  0,   , false",
    })
    void aReplicaIsReadyOnlyWithinTheLimit(
            String limit, long bytes, int behind, @Nullable Integer heard, boolean ready) {
        ReplayLag lag = heard == null ? ReplayLag.UNKNOWN : new ReplayLag(bytes, at(-behind), at(-heard));
        Replay replay = Replay.seen(lsn(5), lsn(5), false, null, true, null, null);
        InstanceReport report = InstanceReport.NONE.with(replay.with(ReplayProgress.first(replay, at(0)), lag), 0);
        InstanceState state = new InstanceState(
                Availability.ACCEPTING, InstanceRole.REPLICA, "replica", Instant.EPOCH, at(0), at(0), null, report);
        ProbeAnswer answer = Readiness.of(state, MAX_AGE, List.of(LagLimit.parse(limit)), Optional::empty, at(0));
        assertThat(answer.ok()).isEqualTo(ready);
        assertThat(Readiness.of(state, MAX_AGE, at(0)).ok())
                .as("without a limit")
                .isTrue();
    }

    private static Replay streaming(long replayed, long end) {
        return Replay.seen(lsn(end), lsn(replayed), false, null, true, receiver(end, 0), null);
    }

    private static Replay alone(long replayed) {
        return Replay.seen(lsn(replayed), lsn(replayed), false, null, true, null, null);
    }

    private static WalReceiver receiver(long end, int silent) {
        return new WalReceiver("streaming", 1, lsn(end), lsn(end), Duration.ofSeconds(silent), "primary", 5432, null);
    }

    private static @Nullable LogSequenceNumber lsn(@Nullable Number value) {
        return value == null ? null : LogSequenceNumber.valueOf(value.longValue());
    }

    private static long at(long seconds) {
        return START + Duration.ofSeconds(seconds).toNanos();
    }
}
