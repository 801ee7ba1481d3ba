package io.pgsidecar.archive.wal;

import java.time.Instant;
import java.util.Optional;

/**
 * How far an optional repository is behind the others.
 *
 * @param repository its name in the configuration
 * @param missingFiles that are known to be missing from it; not all of them before {@code compared}
 * @param missingSince when the oldest of them was archived elsewhere
 * @param compared whether it has been compared with another repository since the agent's start, so that what is not
 *     counted is there
 * @param caughtUp when it last lacked nothing; empty if it never did since the agent's start
 * @param lastError why the last try failed; empty while it goes on
 */
public record RepositoryLag(
        String repository,
        long missingFiles,
        Optional<Instant> missingSince,
        boolean compared,
        Optional<Instant> caughtUp,
        Optional<String> lastError) {}
