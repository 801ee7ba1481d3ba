package io.pgsidecar.agent.labels;

import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.probes.ControlFile;
import io.pgsidecar.probes.PostmasterFile;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the data directory tells of a server that does not tell it itself.
 *
 * @param postmaster whether there may be a {@code postmaster.pid}: PostgreSQL removes it as the last thing it does, and
 *     after a crash it stays
 * @param role by the state in {@code pg_control}, which is written when recovery begins and when it has ended; true only
 *     while a server is up. The status line of {@code postmaster.pid} does not tell it: it is {@code ready} for a replica
 *     that takes connections too
 * @param timeline of a primary; 0 if the files do not tell it
 */
record InstanceFiles(boolean postmaster, Optional<Role> role, long timeline) {

    static final InstanceFiles NONE = new InstanceFiles(true, Optional.empty(), 0);

    static InstanceFiles of(Path dataDirectory) {
        Optional<ControlFile> control = ControlFile.read(dataDirectory);
        return new InstanceFiles(
                PostmasterFile.mayExist(dataDirectory),
                control.flatMap(ControlFile::role).map(ObservedInstance::role),
                control.map(InstanceFiles::timeline).orElse(0L));
    }

    /** Just promoted, the last checkpoint is still the replica's: a primary's own wipes out what recovery had to reach. */
    private static long timeline(ControlFile control) {
        boolean own = control.state() == ControlFile.State.IN_PRODUCTION
                && control.consistentAt().asLong() == 0;
        return own ? Integer.toUnsignedLong(control.timeline()) : 0;
    }
}
