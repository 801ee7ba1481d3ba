package io.pgsidecar.agent.shim;

/** A moment on the monotonic clock after which nothing waits any more. */
record Deadline(long nanoTime) {

    static Deadline afterMillis(long millis) {
        return new Deadline(System.nanoTime() + millis * 1_000_000);
    }

    /** Milliseconds until then, rounded up; 0 or less when it has passed. */
    long millisLeft() {
        long left = nanoTime - System.nanoTime();
        return left > 0 ? (left + 999_999) / 1_000_000 : 0;
    }
}
