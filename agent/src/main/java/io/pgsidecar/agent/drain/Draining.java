package io.pgsidecar.agent.drain;

import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.ServiceGate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the instance is being taken out of service. A drain belongs to one run of the server: when another postmaster
 * is seen, it is over, since a container that has restarted must not stay without clients for ever.
 */
public final class Draining implements ServiceGate {

    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Logger log = LoggerFactory.getLogger(Draining.class);

    /**
     * A drain.
     *
     * @param postmaster when the server had started that it belongs to; null if that was not known
     */
    record Drain(@Nullable Instant postmaster, Instant since) {

        /** Whether the server that is there now is another one. */
        boolean isOver(@Nullable Instant nowPostmaster) {
            if (nowPostmaster == null) {
                return false;
            }
            return postmaster == null ? nowPostmaster.isAfter(since) : !nowPostmaster.equals(postmaster);
        }
    }

    private final Supplier<InstanceState> state;
    private final RoleLabel label;
    private final AtomicReference<@Nullable Drain> current = new AtomicReference<>();

    public Draining(Supplier<InstanceState> state, RoleLabel label) {
        this.state = state;
        this.label = label;
    }

    /** Why no client may come; empty if it is not draining. */
    @Override
    public Optional<String> closed() {
        Drain drain = current.get();
        return drain == null || drain.isOver(state.get().postmasterStart())
                ? Optional.empty()
                : Optional.of("draining since %s".formatted(drain.since().truncatedTo(ChronoUnit.SECONDS)));
    }

    /**
     * Begins, or goes on: no client may come from now on, and the label is taken away.
     *
     * @return whether the label is gone within the bound
     */
    public boolean drain(Duration bound) throws InterruptedException {
        Instant now = Instant.now();
        Drain drain = new Drain(state.get().postmasterStart(), now);
        synchronized (this) {
            Drain before = current.get();
            if (before == null || before.isOver(drain.postmaster())) {
                current.set(drain);
                log.info("Draining: no new clients until PostgreSQL starts again, or undrain");
                Thread.ofVirtual().name("drain").start(() -> endWithServer(drain));
            }
        }
        boolean gone = label.drain(bound);
        synchronized (this) {
            if (current.get() == null) {
                label.undrain(); // Taken back meanwhile, perhaps before the label was told to go.
            }
        }
        return gone;
    }

    /**
     * Clients may come again.
     *
     * @return whether it was draining
     */
    public synchronized boolean undrain() {
        boolean was = current.getAndSet(null) != null;
        label.undrain();
        if (was) {
            log.info("Undrained: clients may come again");
        }
        return was;
    }

    private void endWithServer(Drain drain) {
        try {
            while (drain.equals(current.get()) && !drain.isOver(state.get().postmasterStart())) {
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        // As one step: the label must not come back for a new drain that begins in between.
        synchronized (this) {
            if (current.compareAndSet(drain, null)) {
                label.undrain();
                log.info("The drain is over: PostgreSQL has started again");
            }
        }
    }
}
