package io.pgsidecar.agent.http;

import java.time.Duration;

/** The requests that are being worked on, so that a stop can wait for them and take no new ones. Thread-safe. */
final class InFlight {

    private int running;
    private boolean closed;

    /** Begins a request; false if none is taken any more. */
    synchronized boolean enter() {
        if (closed) {
            return false;
        }
        running++;
        return true;
    }

    /** Ends a request that {@link #enter()} has let in. */
    synchronized void leave() {
        running--;
        notifyAll();
    }

    /** Lets no more in, and waits until the last one has left; false if some are still running after the time. */
    synchronized boolean drain(Duration time) throws InterruptedException {
        closed = true;
        long deadline = System.nanoTime() + time.toNanos();
        while (running > 0) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(Math.max(1, left / 1_000_000));
        }
        return true;
    }
}
