package io.pgsidecar.probes;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** Says of a server that answers, in one line for a person, what it does and what is wrong with it. */
final class Cause {

    private Cause() {}

    static String of(InstanceReport report, long nowNanos) {
        Replay replay = report.replay();
        String cause = replay == null ? primary(report) : replica(replay, nowNanos);
        return report.notSeen() == null ? cause : cause + "; not seen: " + report.notSeen();
    }

    private static String primary(InstanceReport report) {
        String cause = "primary, accepting writes at " + text(report.written());
        return report.commitsWait()
                ? "%s; commits wait: no synchronous standby of %s is there"
                        .formatted(cause, report.synchronousStandbyNames())
                : cause;
    }

    private static String replica(Replay replay, long nowNanos) {
        String cause = "replica, replayed to " + text(replay.replayed());
        Optional<Duration> held = replay.progress().heldFor(nowNanos);
        String since = held.map(time -> " for %d s".formatted(time.toSeconds())).orElse("");
        WalReceiver receiver = replay.receiver();
        return cause
                + switch (replay.progress().activity()) {
                    case CURRENT, REPLAYING ->
                        replay.streaming() && receiver != null
                                ? ", streaming from " + receiver.sender()
                                : ", not streaming";
                    case DELAYED -> ", delayed by recovery_min_apply_delay";
                    case FOLLOWING_ARCHIVE -> ", waiting for WAL from the archive";
                    case PAUSED -> ", replay paused" + since;
                    case NOT_REPLAYING ->
                        ", not replaying%s what was received to %s%s"
                                .formatted(
                                        since,
                                        text(replay.received()),
                                        replay.waitEvent() == null ? "" : " (it waits: " + replay.waitEvent() + ")");
                    case NOT_RECEIVING ->
                        ", nothing received%s, and %s has WAL to %s"
                                .formatted(
                                        since,
                                        receiver == null ? "its sender" : receiver.sender(),
                                        text(replay.knownEnd()));
                    case CUT_OFF -> ", cut off%s: no WAL comes, and no sender is heard of".formatted(since);
                };
    }

    private static String text(@Nullable LogSequenceNumber lsn) {
        return lsn == null ? "nothing yet" : lsn.asString();
    }
}
