package io.pgsidecar.agent.wal;

import io.pgsidecar.agent.ExitCode;
import org.jspecify.annotations.Nullable;

/**
 * Something that was found in a repository.
 *
 * @param subject what it is about, in a word
 * @param text one line
 * @param remedy what to do about it; null if nothing is to be done
 */
public record WalFinding(
        Level level, String subject, String text, @Nullable String remedy) {

    /** How it stands; the worst comes last. */
    public enum Level {
        OK(ExitCode.OK),
        /** Worth to know, and no fault of the repository. */
        NOTE(ExitCode.OK),
        /** Nothing is known of it: the repository is away, or the key for it. */
        UNAVAILABLE(ExitCode.REPOSITORY_UNAVAILABLE),
        DENIED(ExitCode.REPOSITORY_DENIED),
        OTHER_CLUSTER(ExitCode.OTHER_CLUSTER),
        FAILED(ExitCode.FAILED),
        MISSING(ExitCode.WAL_MISSING),
        DAMAGED(ExitCode.CORRUPT);

        private final ExitCode exit;

        Level(ExitCode exit) {
            this.exit = exit;
        }

        /** What the command exits with if this is the worst that it found. */
        public ExitCode exit() {
            return exit;
        }
    }
}
