package io.pgsidecar.archive.backup;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A backup as a repository shows it.
 *
 * @param info what it is; empty if there is no {@code backup.info}, or none that can be read
 * @param storedSize bytes of all its objects
 * @param keep whether it bears the mark that keeps it from a retention policy
 * @param failure why it is not good; empty if it is, or if nothing tells
 */
public record CatalogEntry(
        BackupId id, State state, Optional<BackupInfo> info, long storedSize, boolean keep, Optional<String> failure) {

    /** What became of it. Only {@link #DONE} is of use for a restore. */
    public enum State {
        DONE,
        /** Somebody takes it. */
        RUNNING,
        /** It was given up. */
        FAILED,
        /** Nobody takes it any more, and it was never finished; or its removal was interrupted. */
        DEAD,
        /** It claims to be finished, and what it is cannot be read. */
        UNREADABLE
    }

    /** When it was begun; without {@code backup.info} the name tells, in UTC. */
    public Instant begun() {
        return info.map(known -> known.begin().time()).orElseGet(id::time);
    }

    /** How long it took; empty if it is not finished. */
    public Optional<Duration> duration() {
        return info.flatMap(
                known -> known.end().map(end -> Duration.between(known.begin().time(), end.time())));
    }
}
