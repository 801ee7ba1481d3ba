package io.pgsidecar.k8s;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events of the own pod, for {@code kubectl describe} and for who watches them. Best effort: each is tried once, by a
 * thread of its own, and what is too much is dropped. Labels wait for none of it.
 */
public final class PodEvents implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PodEvents.class);
    private static final String COMPONENT = "pgsidecar";
    private static final int MAX_MESSAGE = 1000;
    private static final int BURST = 10;
    private static final Duration REFILL = Duration.ofSeconds(30);

    /** Whether somebody has to look at it. */
    enum Severity {
        NORMAL("Normal"),
        WARNING("Warning");

        private final String word;

        Severity(String word) {
            this.word = word;
        }
    }

    private final KubernetesApi api;
    private final InstantSource clock;
    private final BlockingQueue<ObjectNode> waiting = new ArrayBlockingQueue<>(BURST);
    private final AtomicLong number = new AtomicLong();
    private final Thread thread;
    private double allowance = BURST;
    private Instant refilled;

    PodEvents(KubernetesApi api, InstantSource clock) {
        this.api = api;
        this.clock = clock;
        this.refilled = clock.instant();
        this.thread = Thread.ofVirtual().name("pod-events").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Tells it, if there is room; returns at once. */
    void tell(Pod own, Severity severity, String reason, String message) {
        if (!allowed()) {
            return;
        }
        ObjectNode event = event(api.namespace(), own, severity, reason, message, clock.instant(), number.get());
        number.incrementAndGet();
        if (!waiting.offer(event)) {
            log.debug("Too many events wait; one is dropped");
        }
    }

    /** A storm of changes must not become a storm of events: ten at once, then one in half a minute. */
    private synchronized boolean allowed() {
        Instant now = clock.instant();
        double since = Math.max(0, Duration.between(refilled, now).toMillis());
        allowance = Math.min(BURST, allowance + since / REFILL.toMillis());
        refilled = now;
        if (allowance < 1) {
            return false;
        }
        allowance--;
        return true;
    }

    static ObjectNode event(
            String namespace, Pod own, Severity severity, String reason, String message, Instant now, long number) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("apiVersion", "v1").put("kind", "Event");
        // Names of events only have to differ; this is how Kubernetes' own clients make them.
        event.putObject("metadata")
                .put(
                        "name",
                        "%s.%x%02x".formatted(own.name(), ChronoUnit.MICROS.between(Instant.EPOCH, now), number & 0xff))
                .put("namespace", namespace);
        event.putObject("involvedObject")
                .put("apiVersion", "v1")
                .put("kind", "Pod")
                .put("name", own.name())
                .put("namespace", namespace)
                .put("uid", own.uid());
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        return event.put("reason", reason)
                .put("message", message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) : message)
                .put("type", severity.word)
                .put("firstTimestamp", time)
                .put("lastTimestamp", time)
                .put("count", 1)
                .set("source", JsonNodeFactory.instance.objectNode().put("component", COMPONENT));
    }

    /** An Event to try the right to create one with. */
    public static ObjectNode trial(String namespace, String pod) {
        Pod own = new Pod(pod, "", "", Map.of(), Map.of(), Optional.empty(), "Running", true, false);
        return event(
                namespace, own, Severity.NORMAL, "Checked", "pgsidecar check has tried to create it", Instant.now(), 0);
    }

    private void run() {
        try {
            while (true) {
                ObjectNode event = waiting.take();
                try {
                    api.createEvent(event);
                } catch (KubernetesException e) {
                    log.debug("Event not kept: {}", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
