package io.pgsidecar.probes;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How to reach the instance.
 *
 * @param password asked at each connect, so that a rotated one is seen without a restart
 * @param queryTimeout for each statement
 * @param dataDirectory where {@code postmaster.pid} lies
 */
public record InstanceAddress(
        String host,
        int port,
        String database,
        String user,
        Password password,
        Duration connectTimeout,
        Duration queryTimeout,
        Path dataDirectory) {

    /** Where the password comes from. */
    @FunctionalInterface
    public interface Password {
        /** The password of now; empty to log in without one. */
        Optional<String> read() throws IOException;
    }
}
