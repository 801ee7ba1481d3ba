package io.pgsidecar.agent.statuspage;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the instance has been since the agent's start: its last {@value #MOST} changes. To be told after each look by the
 * thread that looks; read by any.
 */
public final class RoleHistory implements Runnable {

    static final int MOST = 50;

    private final Supplier<InstanceState> state;
    private final Deque<Change> newestFirst = new ArrayDeque<>();
    private @Nullable Change last;
    private long forgotten;

    public RoleHistory(Supplier<InstanceState> state) {
        this.state = state;
    }

    /**
     * It became something else.
     *
     * @param timeline 0 if unknown
     * @param cause one line of that moment
     */
    public record Change(Instant time, InstanceRole role, Availability availability, int timeline, String cause) {

        boolean isSame(Change other) {
            return role == other.role
                    && availability == other.availability
                    // What is not known at the moment has not changed.
                    && (timeline == other.timeline || timeline == 0);
        }
    }

    /**
     * What is kept.
     *
     * @param forgotten how many changes there were before
     */
    public record Kept(List<Change> newestFirst, long forgotten) {

        public Kept {
            newestFirst = List.copyOf(newestFirst);
        }
    }

    @Override
    public void run() {
        InstanceState now = state.get();
        Change seen = new Change(now.observed(), now.role(), now.availability(), now.timeline(), now.cause());
        synchronized (this) {
            if (last == null || !seen.isSame(last)) {
                newestFirst.addFirst(seen);
                if (newestFirst.size() > MOST) {
                    newestFirst.removeLast();
                    forgotten++;
                }
                last = seen;
            }
        }
    }

    /** What is known. */
    public synchronized Kept kept() {
        return new Kept(List.copyOf(newestFirst), forgotten);
    }
}
