package io.pgsidecar.probes;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A server under observation, and what the probes say of it. */
final class Probed implements AutoCloseable {

    static final Duration MAX_AGE = Duration.ofSeconds(2);
    private static final Duration STALLED = Duration.ofMinutes(2);

    private final PostgresServer server;
    private final InstanceObserver observer;

    private Probed(PostgresServer server, InstanceObserver observer) {
        this.server = server;
        this.observer = observer;
    }

    /** Observed by looks that the test asks for, each by {@link #look()}. */
    static Probed byHand(PostgresServer server) {
        return new Probed(server, observer(server, "postgres", Optional::empty));
    }

    /** Observed all the time, as in the agent. */
    static Probed running(PostgresServer server) {
        Probed probed = byHand(server);
        probed.observer.start();
        return probed;
    }

    static InstanceObserver observer(PostgresServer server, String user, InstanceAddress.Password password) {
        return new InstanceObserver(
                new InstanceAddress(
                        "127.0.0.1",
                        server.port(),
                        "postgres",
                        user,
                        password,
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(2),
                        server.data()),
                Duration.ofSeconds(1));
    }

    InstanceObserver observer() {
        return observer;
    }

    InstanceState look() {
        return observer.observe();
    }

    InstanceState state() {
        return observer.state();
    }

    /** The answers of startup, liveness and readiness, as in the DESIGN's table: {@code 200 200 503}. */
    String answers(LagLimit... limits) {
        InstanceState now = state();
        long nanos = System.nanoTime();
        return "%s %s %s"
                .formatted(
                        status(Startup.of(now, STALLED, nanos)),
                        status(Liveness.of(now, STALLED, Optional.empty(), nanos)),
                        status(Readiness.of(now, MAX_AGE, List.of(limits), ServiceGate.OPEN, nanos)));
    }

    boolean alive(Duration hungLimit) {
        return Liveness.of(state(), STALLED, Optional.of(hungLimit), System.nanoTime())
                .ok();
    }

    private static int status(ProbeAnswer answer) {
        return answer.ok() ? 200 : 503;
    }

    /** Waits until the state, looked at by whoever looks, is as described. */
    void await(String description, Predicate<InstanceState> condition) {
        server.await(description + "; now " + state(), () -> condition.test(state()));
    }

    /** Looks until the state is as described. */
    InstanceState lookUntil(String description, Predicate<InstanceState> condition) {
        server.await(description, () -> condition.test(look()));
        return state();
    }

    @Override
    public void close() {
        observer.close();
    }
}
