package io.pgsidecar.agent.labels;

import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.probes.PostmasterFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
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
 */
record InstanceFiles(boolean postmaster, Optional<Role> role) {

    static final InstanceFiles NONE = new InstanceFiles(true, Optional.empty());

    // PostgreSQL's pg_control.h, the same from 14 to 18: after the system identifier and two versions the DBState.
    private static final int STATE = 16;
    private static final int IN_ARCHIVE_RECOVERY = 5;
    private static final int IN_PRODUCTION = 6;

    static InstanceFiles of(Path dataDirectory) {
        return new InstanceFiles(PostmasterFile.mayExist(dataDirectory), role(dataDirectory));
    }

    private static Optional<Role> role(Path dataDirectory) {
        byte[] start;
        try (InputStream control = Files.newInputStream(dataDirectory.resolve("global/pg_control"))) {
            start = control.readNBytes(STATE + Integer.BYTES);
        } catch (IOException e) {
            return Optional.empty();
        }
        if (start.length < STATE + Integer.BYTES) {
            return Optional.empty();
        }
        return switch (ByteBuffer.wrap(start).order(ByteOrder.nativeOrder()).getInt(STATE)) {
            case IN_PRODUCTION -> Optional.of(Role.PRIMARY);
            case IN_ARCHIVE_RECOVERY -> Optional.of(Role.REPLICA);
            default -> Optional.empty();
        };
    }
}
