package io.pgsidecar.probes;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the local instance, once an interval, over one kept connection, and remembers what it saw. Probes, labels
 * and metrics read {@link #state()}; none of them asks PostgreSQL by itself, so a fleet of readers costs the server
 * one round trip a second.
 *
 * <p>{@link #state()} may be read by any thread. {@link #close()} waits for the look that is under way.
 */
public final class InstanceObserver implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(InstanceObserver.class);

    private final InstanceAddress address;
    private final Duration interval;
    private final InstanceConnection connection;
    private final Thread thread;
    private volatile boolean closing;
    private volatile InstanceState state = InstanceState.unknown(System.nanoTime());

    public InstanceObserver(InstanceAddress address, Duration interval) {
        this.address = address;
        this.interval = interval;
        this.connection = new InstanceConnection(address);
        this.thread = Thread.ofPlatform().daemon().name("instance-observer").unstarted(this::run);
    }

    /** Begins to look. Does not wait for PostgreSQL. */
    public void start() {
        thread.start();
    }

    /** What was seen last. */
    public InstanceState state() {
        return state;
    }

    /** Looks now. Never throws and never returns null: what goes wrong is part of what is seen. */
    InstanceState observe() {
        InstanceState before = state;
        InstanceState after = look(before);
        state = after;
        if (after.availability() != before.availability() || after.role() != before.role()) {
            log.atInfo()
                    .addKeyValue("availability", after.availability())
                    .addKeyValue("role", after.role())
                    .log("PostgreSQL: {}", after.cause());
        }
        return after;
    }

    private InstanceState look(InstanceState before) {
        try {
            InstanceConnection.Answer answer = connection.ask();
            InstanceRole role = answer.inRecovery() ? InstanceRole.REPLICA : InstanceRole.PRIMARY;
            long now = System.nanoTime();
            String cause = answer.inRecovery()
                    ? "replica, replayed to " + (answer.lsn() == null ? "nothing yet" : answer.lsn())
                    : "primary, accepting writes at " + answer.lsn();
            return new InstanceState(
                    Availability.ACCEPTING, role, cause, Instant.now(), now, now, answer.serverVersion(), answer.lsn());
        } catch (SQLException | IOException | RuntimeException e) {
            Diagnosis diagnosis = Diagnosis.of(e, PostmasterFile.status(address.dataDirectory()));
            return before.become(diagnosis.availability(), diagnosis.cause(), System.nanoTime());
        }
    }

    private void run() {
        while (!closing) {
            observe();
            try {
                Thread.sleep(interval);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        try {
            if (thread.isAlive()) {
                thread.join(
                        address.connectTimeout().plus(address.queryTimeout()).plusSeconds(2));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            connection.close();
        }
    }
}
