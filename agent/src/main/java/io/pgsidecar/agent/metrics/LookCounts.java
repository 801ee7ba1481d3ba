package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Counts the observer's looks. To be told after each by the thread that looks; read by any. */
public final class LookCounts implements Runnable {

    private final Supplier<InstanceState> state;
    private final AtomicLong looks = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final AtomicLong roleChanges = new AtomicLong();
    private InstanceRole role = InstanceRole.UNKNOWN;

    public LookCounts(Supplier<InstanceState> state) {
        this.state = state;
    }

    @Override
    public void run() {
        InstanceState now = state.get();
        looks.incrementAndGet();
        if (now.availability() != Availability.ACCEPTING) {
            errors.incrementAndGet();
        }
        if (now.role() != role && now.role() != InstanceRole.UNKNOWN) {
            if (role != InstanceRole.UNKNOWN) {
                roleChanges.incrementAndGet();
            }
            role = now.role();
        }
    }

    long looks() {
        return looks.get();
    }

    /** Looks that got no answer to their query. */
    long errors() {
        return errors.get();
    }

    long roleChanges() {
        return roleChanges.get();
    }
}
