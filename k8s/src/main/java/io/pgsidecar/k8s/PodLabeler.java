package io.pgsidecar.k8s;

import io.pgsidecar.k8s.KubernetesException.Kind;
import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.k8s.RoleLabel.Wanted;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the own pod's label true. Level-triggered: each pass reads what the API shows, decides what it is to show
 * ({@link LabelDecision}) and patches the difference; a pass that changed something is followed by another one at once.
 * Nothing is remembered that a pass needs, so an agent may be killed at any moment. It passes when {@link #wake()} says
 * that the instance has changed, and every interval; after a failure again and again, with growing pauses, for ever.
 *
 * <p>A replica asks the API for its own pod only; a primary lists the set.
 */
public final class PodLabeler implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PodLabeler.class);
    /** Publish, claim, confirm, and some conflicts between. */
    private static final int MAX_PASSES = 6;

    private static final Duration LOOK = Duration.ofMillis(20);

    private final KubernetesApi api;
    private final Settings settings;
    private final Supplier<Observation> instance;
    private final InstantSource clock;
    private final PodEvents events;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean woken;
    private boolean closing;
    /** Incremented by each {@link #drain} and {@link #undrain}: a pass that began before it does not count for it. */
    private long generation;

    private volatile boolean draining;
    private volatile boolean looked;
    private volatile LabelStatus status;
    private volatile long withdrawn = -1;

    // Of the labeler's thread alone.
    private long lsnWritten = Long.MIN_VALUE;
    private @Nullable Pod lastOwn;
    private String lastFailure = "";
    private boolean toldHeldBack;

    /**
     * What it keeps, and how.
     *
     * @param pod the own pod's name
     * @param uid the own pod's uid, where it is known
     * @param keys the label, and perhaps a second one that shows the same; the first one is read
     * @param selector of the set's labels; empty for the pods of the own controller
     * @param interval between two passes when nothing happens
     * @param unknownAfter for how long a label outlives the last certain observation
     * @param lsnInterval between two patches that only tell the LSN
     */
    public record Settings(
            String pod,
            Optional<String> uid,
            List<RoleLabel> keys,
            Optional<String> selector,
            Duration interval,
            Duration unknownAfter,
            Duration lsnInterval) {

        public Settings {
            keys = List.copyOf(keys);
        }
    }

    /** @param instance what is known of it now; called often, and must not block */
    public PodLabeler(KubernetesApi api, Settings settings, Supplier<Observation> instance, InstantSource clock) {
        this.api = api;
        this.settings = settings;
        this.instance = instance;
        this.clock = clock;
        this.events = new PodEvents(api, clock);
        this.status = LabelStatus.unknown(settings.pod());
        this.thread = Thread.ofPlatform().daemon().name("pod-labeler").unstarted(this::run);
    }

    /** Begins. Waits for nothing. */
    public void start() {
        events.start();
        thread.start();
    }

    /** What the API is asked for to see the set of a pod; empty asks for all of the namespace. */
    public static Optional<String> selector(Pod own, Optional<String> configured) {
        return Optional.of(PodSet.of(own, configured).selector()).filter(selector -> !selector.isEmpty());
    }

    /** How it stands. */
    public LabelStatus status() {
        return status;
    }

    /**
     * Why no client may come to this instance although it would take them; empty if they may. For readiness, and for
     * whoever routes without labels.
     */
    public Optional<String> heldBack() {
        if (draining) {
            return Optional.of("draining");
        }
        if (instance.get().role() != Role.PRIMARY) {
            return Optional.empty();
        }
        if (!looked) {
            // For the time of one look: an old primary that has come back must not be found ready before it.
            return Optional.of("a primary; the other pods were not looked at yet");
        }
        LabelStatus now = status;
        return now.heldBack() ? Optional.of(now.reason()) : Optional.empty();
    }

    /**
     * Another pod of the set that is labelled primary and has clients, asked of the API now; empty if there is none. By any
     * thread.
     *
     * @throws KubernetesException if the API does not tell
     */
    public Optional<String> otherPrimary() throws KubernetesException, InterruptedException {
        Pod own = checked(api.pod(settings.pod()));
        List<Pod> listed = api.pods(selector(own, settings.selector()));
        RoleLabel key = settings.keys().getFirst();
        return PodSet.of(own, settings.selector()).others(listed).stream()
                .filter(pod -> pod.serving() && key.of(pod).equals(Optional.of(Wanted.PRIMARY)))
                .map(Pod::name)
                .findFirst();
    }

    /** The instance has changed: passes at once. */
    public void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the label away, and gives none until {@link #undrain}.
     *
     * @return whether the API has confirmed it within the bound; it is tried on afterwards
     */
    public boolean drain(Duration bound) throws InterruptedException {
        long wanted = next(true);
        long deadline = System.nanoTime() + bound.toNanos();
        lock.lock();
        try {
            while (withdrawn < wanted) {
                long left = deadline - System.nanoTime();
                if (left <= 0 || closing) {
                    return false;
                }
                changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The label may come back. */
    public void undrain() {
        next(false);
    }

    private long next(boolean drain) {
        lock.lock();
        try {
            generation++;
            draining = drain;
            woken = true;
            changed.signalAll();
            return generation;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        RandomGenerator random = RandomGenerator.getDefault();
        Observation seen = Observation.none();
        Duration pause = Duration.ZERO;
        boolean obliged = false;
        int failures = 0;
        try {
            while (await(pause, obliged, seen)) {
                seen = instance.get();
                try {
                    boolean settled = passes();
                    succeeded();
                    pause = settled ? settings.interval() : retryDelay(1, Optional.empty(), random);
                    obliged = false;
                    failures = 0;
                } catch (KubernetesException e) {
                    failed(e.getMessage());
                    pause = retryDelay(++failures, e.retryAfter(), random);
                    obliged = e.retryAfter().isPresent();
                } catch (RuntimeException e) {
                    log.atWarn().setCause(e).log("Labelling failed");
                    failed(e.toString());
                    pause = retryDelay(++failures, Optional.empty(), random);
                    obliged = false;
                }
                looked(seen);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Never longer than the usual interval, which the API can bear: a label that is wrong since an outage is not to stay so
     * for the sake of the outage.
     */
    private Duration retryDelay(int failures, Optional<Duration> asked, RandomGenerator random) {
        return RetryDelay.of(failures, settings.interval(), asked, random);
    }

    /**
     * Waits until there is something to do.
     *
     * @param obliged the server has asked for the pause: news do not shorten it
     * @return false at the end
     */
    private boolean await(Duration pause, boolean obliged, Observation seen) throws InterruptedException {
        long deadline = System.nanoTime() + pause.toNanos();
        lock.lock();
        try {
            while (!closing) {
                long left = deadline - System.nanoTime();
                boolean news = woken || instance.get().differs(seen);
                if (left <= 0 || (news && !obliged)) {
                    woken = false;
                    return true;
                }
                changed.awaitNanos(left);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** @return false if it has not come to rest yet */
    private boolean passes() throws KubernetesException, InterruptedException {
        for (int i = 0; i < MAX_PASSES; i++) {
            try {
                if (!pass()) {
                    return true;
                }
            } catch (KubernetesException e) {
                if (e.kind() != Kind.CONFLICT) {
                    throw e;
                }
                // The pod has changed since it was read, by its kubelet perhaps: read it again.
                Thread.sleep(LOOK);
            }
        }
        return false;
    }

    /** A look that was made before it was known what the server is has decided nothing about a primary. */
    private void looked(Observation decidedBy) {
        if (decidedBy.role() != Role.UNKNOWN) {
            looked = true;
        }
    }

    /** @return whether it changed something that others decide by */
    private boolean pass() throws KubernetesException, InterruptedException {
        long began = generation();
        Observation now = instance.get();
        View view = look(now);
        LabelDecision decision = LabelDecision.of(new LabelDecision.Situation(
                now, view.own(), view.others(), draining, settings.keys().getFirst(), settings.unknownAfter()));
        boolean withLsn = lsnWritten == Long.MIN_VALUE
                || System.nanoTime() - lsnWritten > settings.lsnInterval().toNanos();
        LabelPatch patch = LabelPatch.of(view.own(), settings.keys(), decision.label(), now, withLsn, clock.instant());
        Wanted shown = settings.keys().getFirst().of(view.own()).orElse(Wanted.NONE);
        // Readiness falls before the label does, and this is what it reads.
        status = status.decided(shown, decision, now.timeline(), clock.instant());
        looked(now);
        lastOwn = view.own();
        tellHeldBack(decision, view.own());
        if (patch.empty()) {
            settle(decision, began);
            return false;
        }
        Pod after = api.patch(settings.pod(), patch.json(view.own()));
        lastOwn = after;
        if (patch.annotations().containsKey(Claim.LSN)) {
            lsnWritten = System.nanoTime();
        }
        if (!patch.labels().isEmpty()) {
            status = status.patched(clock.instant());
            tell(shown, decision, after);
        }
        settle(decision, began);
        return !patch.lsnOnly();
    }

    private void settle(LabelDecision decision, long began) {
        if (decision.label() == Wanted.NONE && draining) {
            lock.lock();
            try {
                withdrawn = began;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private long generation() {
        lock.lock();
        try {
            return generation;
        } finally {
            lock.unlock();
        }
    }

    /** @param others empty if they cannot be seen, or are of no interest */
    private record View(Pod own, Optional<List<Pod>> others) {}

    private View look(Observation now) throws KubernetesException, InterruptedException {
        Pod known = lastOwn;
        if (now.role() != Role.PRIMARY || draining || known == null) {
            known = checked(api.pod(settings.pod()));
            boolean mayBePrimary = now.role() == Role.PRIMARY
                    || (now.role() == Role.UNKNOWN
                            && settings.keys()
                                    .getFirst()
                                    .of(known)
                                    .filter(l -> l == Wanted.PRIMARY)
                                    .isPresent());
            if (!mayBePrimary || draining) {
                return new View(known, Optional.empty());
            }
        }
        PodSet set = PodSet.of(known, settings.selector());
        List<Pod> listed;
        try {
            listed = api.pods(selector(known, settings.selector()));
        } catch (KubernetesException e) {
            if (e.kind() != Kind.FORBIDDEN) {
                throw e;
            }
            // The own pod is kept as far as that goes without the others.
            failed(e.getMessage());
            return new View(checked(api.pod(settings.pod())), Optional.empty());
        }
        for (Pod pod : listed) {
            if (pod.name().equals(settings.pod())) {
                return new View(checked(pod), Optional.of(set.others(listed)));
            }
        }
        if (settings.selector().isPresent()) {
            Pod own = checked(api.pod(settings.pod()));
            failed("kubernetes.selector \"%s\" does not match the own pod %s, so it cannot be the set's"
                    .formatted(set.selector(), settings.pod()));
            return new View(own, Optional.empty());
        }
        lastOwn = null;
        throw new KubernetesException(
                Kind.NOT_FOUND,
                0,
                "list pods: the own pod %s is not there".formatted(settings.pod()),
                Optional.empty());
    }

    private Pod checked(Pod pod) throws KubernetesException {
        if (settings.uid().isPresent() && !settings.uid().get().equals(pod.uid())) {
            throw new KubernetesException(
                    Kind.NOT_FOUND,
                    0,
                    "pods/%s has the uid %s, and this agent runs in %s: the pod was replaced by another one"
                            .formatted(settings.pod(), pod.uid(), settings.uid().get()),
                    Optional.empty());
        }
        return pod;
    }

    private void succeeded() {
        // A look without the others is a failure that was told already.
        if (!told) {
            if (!lastFailure.isEmpty()) {
                log.info("The Kubernetes API answers again");
            }
            lastFailure = "";
            status = status.well();
        }
        told = false;
    }

    /** Whether this pass has told of a failure that it went on after. */
    private boolean told;

    private void failed(@Nullable String message) {
        String error = message == null ? "failed" : message;
        status = status.failed(error);
        told = true;
        if (!error.equals(lastFailure)) {
            log.atWarn().addKeyValue("pod", settings.pod()).log("Labels: {}", error);
            lastFailure = error;
        }
    }

    private void tell(Wanted before, LabelDecision decision, Pod own) {
        String key = settings.keys().getFirst().key();
        log.atInfo()
                .addKeyValue("pod", settings.pod())
                .addKeyValue("label", key + "=" + word(decision.label()))
                .addKeyValue("before", word(before))
                .log("Label changed: {}", decision.reason());
        switch (decision.label()) {
            case PRIMARY -> events.tell(own, PodEvents.Severity.NORMAL, "LabelledPrimary", sentence(decision, own));
            case REPLICA -> events.tell(own, PodEvents.Severity.NORMAL, "LabelledReplica", sentence(decision, own));
            case NONE -> {
                if (!decision.heldBack()) {
                    events.tell(own, PodEvents.Severity.NORMAL, "LabelRemoved", sentence(decision, own));
                }
            }
        }
    }

    private void tellHeldBack(LabelDecision decision, Pod own) {
        if (decision.heldBack() && !toldHeldBack) {
            log.atWarn().addKeyValue("pod", settings.pod()).log("Held back from clients: {}", decision.reason());
            events.tell(own, PodEvents.Severity.WARNING, "PrimaryHeldBack", decision.reason());
        }
        toldHeldBack = decision.heldBack();
    }

    private String sentence(LabelDecision decision, Pod own) {
        Claim claim = Claim.of(own);
        String timeline = claim.timeline() > 0 ? ", timeline " + claim.timeline() : "";
        return "Label %s is now %s: %s%s"
                .formatted(settings.keys().getFirst().key(), word(decision.label()), decision.reason(), timeline);
    }

    private String word(Wanted label) {
        return settings.keys().getFirst().value(label).orElse("absent");
    }

    /** Stops. The label stays as it is: whoever wants it away drains first. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
        try {
            if (thread.isAlive()) {
                thread.join(Duration.ofSeconds(5));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        events.close();
    }
}
