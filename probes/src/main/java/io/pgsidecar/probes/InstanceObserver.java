package io.pgsidecar.probes;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Looks at the local instance, once an interval, over one kept connection, and remembers what it saw. Probes, labels
 * and metrics read {@link #state()}; none of them asks PostgreSQL by itself, so a fleet of readers costs the server
 * one round trip a second. While a role change is under way it looks four times a second, and at once when a file in
 * the data directory tells of one.
 *
 * <p>{@link #state()} may be read by any thread. {@link #close()} waits for the look that is under way.
 */
public final class InstanceObserver implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(InstanceObserver.class);

    private static final Duration STEP = Duration.ofMillis(250);
    private static final Duration CHANGE = Duration.ofSeconds(15);
    private static final Duration KNOCK = Duration.ofSeconds(5);

    private final InstanceAddress address;
    private final Duration interval;
    private final InstanceConnection connection;
    private final Thread thread;
    private SenderPositions sender = new SenderPositions();
    private final LoginPause loginPause = new LoginPause();
    private ClusterSigns signs = ClusterSigns.NONE;
    private @Nullable Long knocked;
    private @Nullable Exception unanswered;
    private volatile long hurryUntil = System.nanoTime();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean lookNow;
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

    /** Is told after each look, by the thread that looks: it must not wait for anything. */
    public void onLook(Runnable listener) {
        listeners.add(listener);
    }

    /** Says that the role is about to change: looks at once, and more often for a while. */
    public void expectRoleChange() {
        hurry(System.nanoTime());
        lookNow = true;
        LockSupport.unpark(thread);
    }

    /** Looks now. Never throws and never returns null: what goes wrong is part of what is seen. */
    InstanceState observe() {
        InstanceState before = state;
        ClusterSigns signsBefore = signs;
        signs = ClusterSigns.of(address.dataDirectory());
        InstanceState after = look(before, !signs.equals(signsBefore));
        state = after;
        if (after.availability() != before.availability() || after.role() != before.role()) {
            hurry(after.observedNanos());
            log.atInfo()
                    .addKeyValue("availability", after.availability())
                    .addKeyValue("role", after.role())
                    .addKeyValue("timeline", after.timeline())
                    .log("PostgreSQL: {}", after.cause());
        } else if (stuck(after) != stuck(before)) {
            log.atLevel(stuck(after) ? Level.WARN : Level.INFO)
                    .addKeyValue("stuck", stuck(after))
                    .log("PostgreSQL: {}", after.cause());
        }
        if (streaming(before) && !streaming(after)) {
            // Its primary is gone, or it is being promoted.
            hurry(after.observedNanos());
        }
        return after;
    }

    private static boolean stuck(InstanceState seen) {
        return seen.replay()
                .filter(replay -> replay.progress().stuck(seen.observedNanos()))
                .isPresent();
    }

    private static boolean streaming(InstanceState seen) {
        return seen.replay().filter(Replay::streaming).isPresent();
    }

    private void hurry(long nowNanos) {
        hurryUntil = nowNanos + CHANGE.toNanos();
    }

    private InstanceState look(InstanceState before, boolean signsChanged) {
        if (signs.stopping()) {
            // A smart shutdown waits for every session, so for ours too.
            connection.close();
        }
        boolean kept = connection.isOpen();
        Optional<String> password;
        try {
            password = kept ? Optional.empty() : address.password().read();
            if (before.availability() == Availability.LOGIN_REFUSED
                    && !signsChanged
                    && loginPause.lasts(password, System.nanoTime())) {
                return refused(before, before.cause());
            }
        } catch (IOException e) {
            return refused(before, "up, but the agent cannot log in, its password cannot be read: " + e);
        }
        try {
            return accepting(before, connection.ask(System.nanoTime()), kept);
        } catch (SQLException | IOException | RuntimeException e) {
            Diagnosis diagnosis = Diagnosis.of(e, signs.postmaster());
            if (!kept || diagnosis.availability() == Availability.NO_ANSWER) {
                return diagnosed(before, diagnosis, password);
            }
        }
        // Perhaps it was only the session that ended. What the server is now, a new one tells.
        try {
            return accepting(before, connection.ask(System.nanoTime()), false);
        } catch (SQLException | IOException | RuntimeException e) {
            signs = ClusterSigns.of(address.dataDirectory());
            return diagnosed(before, Diagnosis.of(e, signs.postmaster()), password);
        }
    }

    private InstanceState diagnosed(InstanceState before, Diagnosis diagnosis, Optional<String> password) {
        long now = System.nanoTime();
        switch (diagnosis.availability()) {
            case LOGIN_REFUSED -> {
                loginPause.refused(password, now);
                return loginRefused(before, diagnosis.cause());
            }
            case STARTING -> {
                Optional<String> progress =
                        StartupProgress.of(signs, ControlFile.read(address.dataDirectory()), Instant.now());
                String cause =
                        diagnosis.cause() + progress.map(text -> "; " + text).orElse("");
                return before.become(Availability.STARTING, cause, now);
            }
            default -> {
                // There is no more to be said of it.
            }
        }
        return before.become(diagnosis.availability(), diagnosis.cause(), now);
    }

    /**
     * It may be promoted while nobody can ask it, and clients are still to be sent to the right one. postmaster.pid does
     * not tell: a standby that takes queries is "ready" there too.
     */
    private InstanceState loginRefused(InstanceState before, String cause) {
        InstanceRole role = ControlFile.read(address.dataDirectory())
                .flatMap(ControlFile::role)
                .orElse(before.role());
        return before.become(Availability.LOGIN_REFUSED, cause, System.nanoTime())
                .withRole(role);
    }

    /** No login is tried: only whether the server is there. */
    private InstanceState refused(InstanceState before, String cause) {
        try {
            PostmasterKnock.on(address);
            return loginRefused(before, cause);
        } catch (IOException | RuntimeException e) {
            Diagnosis diagnosis = Diagnosis.of(e, signs.postmaster());
            return before.become(diagnosis.availability(), diagnosis.cause(), System.nanoTime());
        }
    }

    private InstanceState accepting(InstanceState before, InstanceReport seen, boolean kept) {
        long now = System.nanoTime();
        loginPause.accepted();
        InstanceReport report = compared(before.report(), seen, now);
        InstanceRole role = report.replay() == null ? InstanceRole.PRIMARY : InstanceRole.REPLICA;
        String cause = Cause.of(report, now);
        if (kept && !answersKnock(now)) {
            Diagnosis diagnosis = Diagnosis.of(Objects.requireNonNull(unanswered), signs.postmaster());
            long after = System.nanoTime();
            InstanceState hung = before.become(
                    Availability.NO_ANSWER,
                    "a kept session goes on, but nobody can connect: %s; %s".formatted(diagnosis.cause(), cause),
                    after);
            return new InstanceState(
                    hung.availability(),
                    role,
                    hung.cause(),
                    hung.observed(),
                    after,
                    hung.accepted(),
                    hung.unansweredSince(),
                    report);
        }
        if (!kept) {
            knocked = now;
            unanswered = null;
        }
        return new InstanceState(Availability.ACCEPTING, role, cause, Instant.now(), now, now, null, report);
    }

    /** Knocks when it is time for it; after one in vain, each time. */
    private boolean answersKnock(long now) {
        if (unanswered != null || knocked == null || now - knocked >= KNOCK.toNanos()) {
            try {
                PostmasterKnock.on(address);
                unanswered = null;
            } catch (IOException | RuntimeException e) {
                unanswered = e;
            }
            knocked = System.nanoTime();
        }
        return unanswered == null;
    }

    /** Adds what only several looks tell. */
    private InstanceReport compared(InstanceReport before, InstanceReport seen, long now) {
        Replay replay = seen.replay();
        boolean sameRun = Objects.equals(before.postmasterStart(), seen.postmasterStart());
        Replay earlier = sameRun ? before.replay() : null;
        if (replay == null) {
            return seen;
        }
        if (earlier == null) {
            sender = new SenderPositions();
        }
        ReplayProgress progress = earlier == null
                ? ReplayProgress.first(replay, now)
                : earlier.progress().after(replay, now);
        // A receiver that has ended takes its timeline with it; the control file follows at the next restart point.
        int timeline = earlier == null ? seen.timeline() : Math.max(before.timeline(), seen.timeline());
        return seen.with(replay.with(progress, sender.after(replay, now)), timeline);
    }

    private void run() {
        while (!closing) {
            lookNow = false;
            observe();
            listeners.forEach(Runnable::run);
            long looked = System.nanoTime();
            while (!closing && !due(looked)) {
                LockSupport.parkNanos(Math.min(STEP.toNanos(), interval.toNanos()));
                if (Thread.interrupted()) {
                    return;
                }
            }
        }
    }

    private boolean due(long looked) {
        long now = System.nanoTime();
        if (lookNow || now - looked >= interval.toNanos()) {
            return true;
        }
        if (!ClusterSigns.of(address.dataDirectory()).equals(signs)) {
            hurry(now);
            return true;
        }
        // A server that takes no sessions logs each try: the signs tell of it soon enough.
        return state.availability() == Availability.ACCEPTING && hurryUntil - now > 0 && now - looked >= STEP.toNanos();
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
