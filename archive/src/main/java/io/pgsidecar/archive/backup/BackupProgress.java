package io.pgsidecar.archive.backup;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How far a backup is.
 *
 * @param bytesDone of the cluster's files, before compression
 * @param bytesTotal what there was when it began; more may come
 */
public record BackupProgress(BackupId id, Phase phase, Instant started, long bytesDone, long bytesTotal) {

    /** What it is at. */
    public enum Phase {
        /** The server makes a checkpoint. */
        CHECKPOINT,
        COPYING,
        /** Everything is stored but for the WAL that the backup needs. */
        WAITING_FOR_WAL,
        DONE
    }

    /** Bytes a second since it began; 0 at its beginning. */
    public long rate(Instant now) {
        long millis = Duration.between(started, now).toMillis();
        return millis <= 0 ? 0 : bytesDone * 1000 / millis;
    }

    /** How long the copying will go on at this rate; empty while nobody can tell. */
    public Optional<Duration> left(Instant now) {
        long rate = rate(now);
        return phase != Phase.COPYING || rate == 0
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(Math.max(0, bytesTotal - bytesDone) / rate));
    }
}
