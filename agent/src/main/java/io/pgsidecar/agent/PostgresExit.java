package io.pgsidecar.agent;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.PostmasterFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether PostgreSQL stops together with the agent. Where it does, its last archive calls are still served: both
 * containers of a pod are told to stop at the same moment, unless the agent is a native sidecar.
 */
final class PostgresExit {

    /** What the server is about. */
    enum Server {
        GONE,
        STOPPING,
        RUNNING
    }

    /** A server that is told to stop at the same moment says so within this time. */
    private static final Duration SETTLED = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(50);
    private static final Logger log = LoggerFactory.getLogger(PostgresExit.class);

    private final Path dataDirectory;
    private final Supplier<InstanceState> observed;
    private final Duration settled;

    PostgresExit(Path dataDirectory, Supplier<InstanceState> observed) {
        this(dataDirectory, observed, SETTLED);
    }

    /** @param settled within this time a server that is told to stop at the same moment says so */
    PostgresExit(Path dataDirectory, Supplier<InstanceState> observed, Duration settled) {
        this.dataDirectory = dataDirectory;
        this.observed = observed;
        this.settled = settled;
    }

    /**
     * Judges by {@code postmaster.pid} and by whether anybody listens. Not by the process id in the file: another
     * container's processes cannot be seen, and the number may be one of ours.
     *
     * @param file whether there is a {@code postmaster.pid}
     * @param status its status line
     * @param nobodyListens whether the port is known to be closed: after a crash the file stays
     */
    static Server judge(boolean file, Optional<String> status, boolean nobodyListens) {
        if (!file || nobodyListens) {
            return Server.GONE;
        }
        return status.isPresent() && status.get().equals("stopping") ? Server.STOPPING : Server.RUNNING;
    }

    /**
     * Waits while the server stops.
     *
     * @param timeout for that
     * @return false if it runs on: then it is only the agent that stops
     */
    boolean await(Duration timeout) throws InterruptedException {
        return await(timeout, () -> {});
    }

    /**
     * The same.
     *
     * @param whenStopping run once, as soon as it is seen that the server stops or is gone; must not block
     */
    boolean await(Duration timeout, Runnable whenStopping) throws InterruptedException {
        boolean told = false;
        long began = System.nanoTime();
        while (true) {
            Duration waited = Duration.ofNanos(System.nanoTime() - began);
            Server server = judge(
                    PostmasterFile.mayExist(dataDirectory),
                    PostmasterFile.status(dataDirectory),
                    nobodyListens(observed.get(), began));
            if (!told && server != Server.RUNNING) {
                told = true;
                whenStopping.run();
            }
            switch (server) {
                case GONE -> {
                    return true;
                }
                case STOPPING -> {
                    if (waited.compareTo(timeout) >= 0) {
                        log.warn("PostgreSQL has not stopped within {} s", timeout.toSeconds());
                        return true;
                    }
                }
                case RUNNING -> {
                    if (waited.compareTo(settled) >= 0 || waited.compareTo(timeout) >= 0) {
                        return false;
                    }
                }
            }
            Thread.sleep(LOOK);
        }
    }

    /**
     * A refused connection tells only where one was accepted before: else the port in the configuration is perhaps not
     * the server's.
     */
    static boolean nobodyListens(InstanceState state, long sinceNanos) {
        return state.availability() == Availability.NO_SERVER
                && state.accepted() != null
                && state.observedNanos() - sinceNanos > 0;
    }
}
