package io.pgsidecar.archive.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A server that listens on a port of 127.0.0.1, as a child process. It can be stopped and started again. */
public final class ServerProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final URI endpoint;
    private final Path log;
    private @Nullable Process process;

    /**
     * A server, not started.
     *
     * @param name for messages
     * @param endpoint when anything answers there, whatever it says, the server is up; with HTTPS, whose certificate
     *     nobody knows here, when it takes a connection
     * @param home an existing folder, where it runs and where its log goes
     */
    public ServerProcess(String name, List<String> command, Map<String, String> environment, URI endpoint, Path home) {
        this.name = name;
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.endpoint = endpoint;
        this.log = home.resolve(name + ".log");
    }

    /** Starts the server and waits until it answers. */
    public void start() {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(Objects.requireNonNull(log.toAbsolutePath().getParent())
                            .toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            Process started = builder.start();
            process = started;
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!answers()) {
                if (!started.isAlive()) {
                    throw new IllegalStateException(name + " has exited; its log:\n" + log());
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(name + " does not answer; its log:\n" + log());
                }
                Thread.sleep(50);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends it and waits for that. What it stored stays for the next start, if it keeps its objects in files. */
    public void stop() {
        Process running = process;
        if (running == null) {
            return;
        }
        running.destroy();
        try {
            if (!running.waitFor(10, TimeUnit.SECONDS)) {
                running.descendants().forEach(ProcessHandle::destroyForcibly);
                running.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        process = null;
    }

    public URI endpoint() {
        return endpoint;
    }

    /** What the server has printed. */
    public String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        stop();
    }

    private boolean answers() {
        if (endpoint.getScheme().equals("https")) {
            try (Socket _ = new Socket(endpoint.getHost(), endpoint.getPort())) {
                return true;
            } catch (IOException e) {
                return false;
            }
        }
        try {
            HttpURLConnection connection = (HttpURLConnection) endpoint.toURL().openConnection();
            connection.setConnectTimeout(1_000);
            connection.setReadTimeout(5_000);
            return connection.getResponseCode() > 0;
        } catch (IOException e) {
            return false;
        }
    }
}
