package io.pgsidecar.agent.rest;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A PostgreSQL of which every process is stopped: connections to it open and nothing answers. Closing lets it go on. */
final class FrozenServer implements AutoCloseable {

    private final List<Long> processes = new ArrayList<>();
    private final long frozenNanos;

    /** Stops the postmaster first, so that it makes no further process. */
    FrozenServer(PostgresServer server) {
        stop(server.pid());
        ProcessHandle.of(server.pid()).orElseThrow().descendants().forEach(child -> stop(child.pid()));
        frozenNanos = System.nanoTime();
    }

    /** When all had stopped, by {@link System#nanoTime()}. */
    long frozenNanos() {
        return frozenNanos;
    }

    /** How many processes were stopped. */
    int processes() {
        return processes.size();
    }

    private void stop(long pid) {
        processes.add(pid);
        signal("STOP", pid);
    }

    private static void signal(String name, long pid) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        processes.reversed().forEach(process -> signal("CONT", process));
    }
}
