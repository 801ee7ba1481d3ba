package io.pgsidecar.archive.backup;

import java.time.Duration;

/** Does something again and again, on a thread of its own, until it is closed. */
final class Heartbeat implements AutoCloseable {

    /** Others hold a backup for dead after a multiple of it. */
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final Thread thread;

    Heartbeat(Runnable beat) {
        this.thread = Thread.ofVirtual().name("backup-heartbeat").start(() -> {
            try {
                while (true) {
                    Thread.sleep(INTERVAL);
                    beat.run();
                }
            } catch (InterruptedException e) {
                // It is closed.
            }
        });
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
