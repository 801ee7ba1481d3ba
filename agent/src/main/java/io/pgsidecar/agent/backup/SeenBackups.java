package io.pgsidecar.agent.backup;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * What there is in the repository at a moment.
 *
 * @param running whether a backup is under way and alive, whoever takes it
 * @param newest when the newest good backup was begun
 */
public record SeenBackups(boolean running, Optional<Instant> newest) {

    /** Asks the repository. */
    @FunctionalInterface
    public interface Look {
        SeenBackups look() throws IOException;
    }
}
