package io.pgsidecar.probes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Signs of a change that lie in the data directory. They cost a few system calls, so they are looked at more often than
 * the server is asked.
 *
 * @param postmaster the status line of {@code postmaster.pid}
 * @param started when the postmaster started, by the same file
 * @param recovers whether a signal file asks for recovery; it goes when the server leaves recovery
 * @param promotes whether a promotion was asked for and is not noticed yet
 */
record ClusterSigns(Optional<String> postmaster, Optional<Instant> started, boolean recovers, boolean promotes) {

    /** Nothing was looked at yet. */
    static final ClusterSigns NONE = new ClusterSigns(Optional.empty(), Optional.empty(), false, false);

    /** What is there now. */
    static ClusterSigns of(Path dataDirectory) {
        return new ClusterSigns(
                PostmasterFile.status(dataDirectory),
                PostmasterFile.started(dataDirectory),
                Files.exists(dataDirectory.resolve("standby.signal"))
                        || Files.exists(dataDirectory.resolve("recovery.signal")),
                Files.exists(dataDirectory.resolve("promote")));
    }

    /** Whether the server is going down. */
    boolean stopping() {
        return postmaster.isPresent() && postmaster.get().equals("stopping");
    }
}
