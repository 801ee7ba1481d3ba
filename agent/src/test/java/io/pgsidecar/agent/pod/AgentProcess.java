package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code pgsidecar run} as a process of its own, with a configuration file in its folder. */
public final class AgentProcess implements AutoCloseable {

    private static final String JAVA_OPTIONS = "PGSIDECAR_JAVA_OPTS";
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final PackagedApp app;
    private final Path home;
    private final Path data;
    private final int postgresPort;
    private final int port;
    private final int metricsPort;
    private final List<String> settings = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private List<String> repository;
    private @Nullable Process process;
    private int logSeen;

    /**
     * An agent, not started.
     *
     * @param home an existing folder for its configuration, socket and log; with a short path, as a socket needs
     */
    public AgentProcess(Path home, PostgresServer server, Path repository) {
        this(home, server.data(), server.port(), repository);
    }

    /** An agent beside a data directory, not started. */
    public AgentProcess(Path home, Path data, int postgresPort, Path repository) {
        this(PackagedApp.built(), home, data, postgresPort, repository);
    }

    /** An agent of a given app, not started. */
    public AgentProcess(PackagedApp app, Path home, Path data, int postgresPort, Path repository) {
        this.app = app;
        this.home = home;
        this.data = data;
        this.repository = List.of("repositories.main.path: " + repository);
        this.postgresPort = postgresPort;
        this.port = PostgresServer.freePort();
        this.metricsPort = PostgresServer.freePort();
    }

    /** A setting of the configuration, {@code key: value} with the whole key; to be given before the start. */
    public AgentProcess set(String key, String value) {
        settings.add(key + ": " + value);
        return this;
    }

    /**
     * Keeps WAL elsewhere than in the folder; to be given before the start.
     *
     * @param repositorySettings {@code key: value}, with whole keys
     */
    public AgentProcess keepIn(List<String> repositorySettings) {
        repository = List.copyOf(repositorySettings);
        return this;
    }

    /** Variables of its environment; to be given before the start. */
    public AgentProcess in(Map<String, String> variables) {
        environment.putAll(variables);
        return this;
    }

    public Path socket() {
        return home.resolve("agent.sock");
    }

    /** Its configuration file; written at the start. */
    public Path config() {
        return home.resolve("agent.yaml");
    }

    public int port() {
        return port;
    }

    /** Where it serves its metrics. */
    public int metricsPort() {
        return metricsPort;
    }

    /** Starts the agent and waits until it serves. */
    public AgentProcess start() {
        launch();
        awaitReady();
        return this;
    }

    /** Waits until the agent serves; fails at once if it has exited. */
    public void awaitReady() {
        await("the agent serves", () -> {
            if (!running()) {
                throw new IllegalStateException("the agent has exited:\n" + log());
            }
            return log().substring(logSeen).contains("Agent ready");
        });
    }

    /**
     * Writes its configuration file, for a command before its start.
     *
     * @param more settings besides its own
     */
    public Path writeConfig(String... more) {
        try {
            List<String> lines = new ArrayList<>(settings);
            settings.addAll(List.of(more));
            Files.writeString(config(), yaml());
            settings.clear();
            settings.addAll(lines);
            RunAs.own(home);
            return config();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the agent and waits for nothing. */
    public void launch() {
        try {
            Files.writeString(config(), yaml());
            logSeen = log().length();
            RunAs.own(home);
            ProcessBuilder agent = new ProcessBuilder(
                            RunAs.command(List.of(app.pgsidecar().toString(), "run", "--config", config().toString())))
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
            // Settings that happen to be in the environment are meant for another agent.
            agent.environment().keySet().removeIf(name -> name.startsWith("PGSIDECAR_") && !name.equals(JAVA_OPTIONS));
            agent.environment().keySet().removeIf(name -> name.startsWith("KUBERNETES_"));
            agent.environment().putAll(environment);
            process = agent.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its process, the last one that was started. */
    public long pid() {
        Process started = process;
        if (started == null) {
            throw new IllegalStateException("never started");
        }
        return started.pid();
    }

    public boolean running() {
        return process != null && process.isAlive();
    }

    /** Sends a signal, such as TERM, KILL, STOP or CONT. */
    public void signal(String name) {
        Process running = process;
        if (running != null && running.isAlive()) {
            try {
                new ProcessBuilder("kill", "-" + name, Long.toString(running.pid()))
                        .start()
                        .waitFor();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    /** {@code kill -9}, waited for. */
    public void kill() {
        signal("KILL");
        awaitExit();
    }

    /** SIGTERM, waited for. */
    public int stop() {
        signal("TERM");
        return awaitExit();
    }

    public int awaitExit() {
        Process waited = process;
        if (waited == null) {
            throw new IllegalStateException("never started");
        }
        try {
            if (!waited.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the agent did not exit:\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return waited.exitValue();
    }

    /** What the agent has written to its log, over all starts. */
    public String log() {
        try {
            // It may have been written half of a letter.
            return Files.exists(logFile()) ? new String(Files.readAllBytes(logFile()), StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** GET on the port of probes and REST. */
    public HttpResponse<String> get(String path) {
        return get(port, path);
    }

    /** GET on one of its ports. */
    public HttpResponse<String> get(int onPort, String path) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + onPort + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException("no answer; the agent's log:\n" + log(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits for a condition; fails with its description and the agent's log when it takes too long. */
    public void await(String description, PostgresServer.Condition condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "waited in vain until " + description + "; the agent's log:\n" + log());
                }
                Thread.sleep(10);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("while waiting until " + description, e);
        }
    }

    @Override
    public void close() {
        if (running()) {
            signal("CONT");
            kill();
        }
    }

    private Path logFile() {
        return home.resolve("agent.log");
    }

    private String yaml() {
        List<String> lines = new ArrayList<>(List.of(
                "postgres.data: " + data,
                "postgres.port: " + postgresPort,
                "postgres.user: postgres",
                // A machine that is short of CPU, or waits for its disk, makes a log-in last longer than the 5 s by
                // default.
                "postgres.connectTimeout: 30s",
                "postgres.queryTimeout: 30s",
                "http.host: 127.0.0.1",
                "http.port: " + port,
                "metrics.host: 127.0.0.1",
                "metrics.port: " + metricsPort,
                "control.socket: " + socket()));
        lines.addAll(repository);
        lines.addAll(settings);
        return YamlTree.of(lines);
    }
}
