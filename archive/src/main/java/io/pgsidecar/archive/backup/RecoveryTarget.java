package io.pgsidecar.archive.backup;

import java.time.Instant;
import java.util.Locale;

/**
 * Where a recovery is to end.
 *
 * @param inclusive whether what is at the target is still replayed; of a time, an LSN and a transaction
 * @param action what the server does when it is there
 */
public record RecoveryTarget(Stop stop, boolean inclusive, TargetTimeline timeline, Action action) {

    /** A point at which the recovery stops. */
    public sealed interface Stop {

        /** At the end of the WAL. */
        record Latest() implements Stop {}

        /** As soon as the data is consistent. */
        record Immediate() implements Stop {}

        /** At the last transaction that was committed by then. */
        record Time(Instant time) implements Stop {}

        /**
         * At an address in the WAL.
         *
         * @param lsn unsigned
         */
        record Lsn(long lsn) implements Stop {}

        /**
         * At the end of a transaction.
         *
         * @param xid without its epoch
         */
        record Xid(long xid) implements Stop {}

        /** At a restore point, of {@code pg_create_restore_point()}. */
        record Name(String name) implements Stop {}
    }

    /** What a server does when it has reached the target. */
    public enum Action {
        /** It can be read, and goes on with {@code pg_wal_replay_resume()}. */
        PAUSE,
        /** It becomes a primary on a new timeline. */
        PROMOTE,
        /** It exits, and is not to be started before the target was changed. */
        SHUTDOWN;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** To the end of the WAL on the latest timeline. */
    public static final RecoveryTarget LATEST =
            new RecoveryTarget(new Stop.Latest(), true, TargetTimeline.LATEST, Action.PROMOTE);

    /** Whether there is a point at which it stops, so that the action counts. */
    public boolean stops() {
        return !(stop instanceof Stop.Latest);
    }
}
