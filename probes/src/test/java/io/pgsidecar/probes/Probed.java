package io.pgsidecar.probes;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** A server under observation, and what the probes say of it. */
final class Probed implements AutoCloseable {

    /** Where a test waits until an answer is too old, or until a server that is frozen counts as silent. */
    static final Duration SHORT = Duration.ofSeconds(2);

    /** Everywhere else: a machine that stands still for a while is no finding. */
    static final Duration LONG = Duration.ofMinutes(2);

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
        return started(new Probed(server, observer(server, "postgres", Optional::empty)));
    }

    /** The same, of a server that will be frozen. */
    static Probed running(PostgresServer server, Duration connectTimeout, Duration queryTimeout) {
        return started(new Probed(server, observer(server, "postgres", Optional::empty, connectTimeout, queryTimeout)));
    }

    private static Probed started(Probed probed) {
        probed.observer.start();
        return probed;
    }

    static InstanceObserver observer(PostgresServer server, String user, InstanceAddress.Password password) {
        return observer(server, user, password, LONG, LONG);
    }

    static InstanceObserver observer(
            PostgresServer server,
            String user,
            InstanceAddress.Password password,
            Duration connectTimeout,
            Duration queryTimeout) {
        return new InstanceObserver(
                new InstanceAddress(
                        "127.0.0.1",
                        server.port(),
                        "postgres",
                        user,
                        password,
                        connectTimeout,
                        queryTimeout,
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
        return answers(LONG, limits);
    }

    /** The same, where what was heard counts for so long. */
    String answers(Duration maxAge, LagLimit... limits) {
        InstanceState now = state();
        long nanos = System.nanoTime();
        return "%s %s %s"
                .formatted(
                        status(Startup.of(now, LONG, nanos)),
                        status(Liveness.of(now, LONG, Optional.empty(), nanos)),
                        status(Readiness.of(now, maxAge, List.of(limits), ServiceGate.OPEN, nanos)));
    }

    boolean alive(Duration hungLimit) {
        return Liveness.of(state(), LONG, Optional.of(hungLimit), System.nanoTime())
                .ok();
    }

    private static int status(ProbeAnswer answer) {
        return answer.ok() ? 200 : 503;
    }

    /** Waits until the state, looked at by whoever looks, is as described; that state, which may have gone by now. */
    InstanceState await(String description, Predicate<InstanceState> condition) {
        AtomicReference<InstanceState> seen = new AtomicReference<>(state());
        server.await(description + "; at first " + state(), () -> {
            seen.set(state());
            return condition.test(seen.get());
        });
        return seen.get();
    }

    /** Waits until the answers are these: the state that is waited for may have gone, and come again. */
    void awaitAnswers(String expected, LagLimit... limits) {
        await("it answers " + expected, s -> answers(limits).equals(expected));
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
