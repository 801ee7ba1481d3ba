package io.pgsidecar.k8s;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Notes when this machine had no time for this process: what is late then, is late by no fault of its own. */
final class Stalls implements AutoCloseable {

    private static final Duration STEP = Duration.ofMillis(10);
    private static final Duration LATE = Duration.ofMillis(60);

    private final List<long[]> spans = new CopyOnWriteArrayList<>();
    private final Thread thread = Thread.ofPlatform().daemon().name("stalls").start(this::run);

    /** From when to when, by {@link System#nanoTime()}. */
    List<long[]> spans() {
        return spans;
    }

    /** A thread wakes up and starts a virtual one, as whoever waits for the time and then for a request does. */
    private void run() {
        try {
            while (true) {
                long began = System.nanoTime();
                Thread.sleep(STEP);
                Thread.ofVirtual().start(() -> {}).join();
                long now = System.nanoTime();
                if (now - began > LATE.toNanos()) {
                    spans.add(new long[] {began, now});
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
