package io.pgsidecar.agent.containers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * What Kubernetes makes of a pod, made of containers: one that only holds the network, an agent and a PostgreSQL in it, and
 * the volumes of both. No container is root's, has a capability, or can write to its root file system (but PostgreSQL's,
 * whose image wants to).
 */
final class ContainerPod implements AutoCloseable {

    private static final String PASSWORD = "a-password-for-tests";
    private static final String DATA = "/var/lib/postgresql/data";
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Images images;
    private final DockerProgram docker;
    private final String name;
    private final String id;
    private final String network;
    private final String repository;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofMinutes(1)).build();
    private final Deque<String> started = new ArrayDeque<>();

    /**
     * A pod that is not started, with volumes that are empty.
     *
     * @param network the network between pods
     * @param name its name in that network
     * @param repository the volume of the repository, the same for all pods
     */
    ContainerPod(Images images, String network, String name, String repository) {
        this.images = images;
        this.docker = images.docker();
        this.network = network;
        this.name = name;
        this.repository = repository;
        this.id = "pgsidecar-test-%s-%s".formatted(name, UUID.randomUUID());
    }

    /** Starts what holds the network. */
    ContainerPod create() {
        start(
                "network",
                List.of("--network=" + network, "--network-alias=" + name, "--publish=127.0.0.1::8008"),
                List.of(images.agent(), "sleep", "1000000"));
        return this;
    }

    ContainerPod startAgent() {
        List<String> options = new ArrayList<>(agentOptions());
        options.add("--network=container:" + id + "-network");
        start("agent", options, List.of(images.agent(), "pgsidecar", "run"));
        return this;
    }

    ContainerPod startPostgres() {
        start(
                "postgres",
                List.of(
                        "--network=container:" + id + "-network",
                        "--user=999:999",
                        "--cap-drop=ALL",
                        "--security-opt=no-new-privileges",
                        "--volume=" + id + "-data:" + DATA,
                        "--volume=" + id + "-run:/run/pgsidecar",
                        "--volume="
                                + Path.of("../compose/initdb").toAbsolutePath().normalize()
                                + ":/docker-entrypoint-initdb.d:ro",
                        "--env=PGDATA=" + DATA + "/pgdata",
                        "--env=POSTGRES_PASSWORD=" + PASSWORD),
                List.of(
                        images.postgres(),
                        "-c",
                        "archive_mode=on",
                        "-c",
                        "archive_command=/run/pgsidecar/pgsidecar-wal archive %p",
                        "-c",
                        "restore_command=/run/pgsidecar/pgsidecar-wal restore %f %p"));
        return this;
    }

    /** What the agent's image has in the pod. */
    private List<String> agentOptions() {
        return List.of(
                "--read-only",
                "--cap-drop=ALL",
                "--security-opt=no-new-privileges",
                "--memory=256m",
                "--volume=" + id + "-data:" + DATA,
                "--volume=" + id + "-run:/run/pgsidecar",
                "--volume=" + repository + ":/archive",
                "--env=PGSIDECAR_POSTGRES_DATA=" + DATA + "/pgdata",
                "--env=PGSIDECAR_POSTGRES_USER=postgres",
                "--env=PGSIDECAR_POSTGRES_PASSWORD=" + PASSWORD,
                "--env=PGSIDECAR_REPOSITORIES_MAIN_PATH=/archive",
                // The native libraries of both, then: backups are zstd.
                "--env=PGSIDECAR_ARCHIVE_COMPRESSION=lz4");
    }

    private void start(String container, List<String> options, List<String> command) {
        List<String> arguments = new ArrayList<>(List.of("run", "--detach", "--name=" + id + "-" + container));
        arguments.addAll(options);
        arguments.addAll(command);
        started.push(id + "-" + container);
        docker.mustRun(arguments);
    }

    /** Kills the agent, as the kernel does when memory is short, and starts its container again. */
    void killAgent() {
        docker.mustRun(List.of("kill", "--signal=KILL", id + "-agent"));
        await(
                "the agent to be gone",
                () -> inspect("agent", "{{.State.Running}}").equals("false"));
        docker.mustRun(List.of("start", id + "-agent"));
    }

    /** What decides of the data directory before PostgreSQL starts; its settings as environment variables. */
    ContainerPod bootstrap(String... settings) {
        List<String> options = new ArrayList<>(List.of("--env=POD_NAME=" + name));
        for (String setting : settings) {
            options.add("--env=" + setting);
        }
        runOnce(options, List.of("pgsidecar", "bootstrap", "--install-shim", "/run/pgsidecar"));
        return this;
    }

    /** Runs an init container to its end. */
    private void runOnce(List<String> options, List<String> command) {
        List<String> arguments = new ArrayList<>(List.of("run", "--rm", "--network=container:" + id + "-network"));
        arguments.addAll(agentOptions());
        arguments.addAll(options);
        arguments.add(images.agent());
        arguments.addAll(command);
        docker.mustRun(arguments);
    }

    /** What the agent answers to somebody outside of the pod; 0 if it does not. */
    int status(String path) {
        String address =
                docker.mustRun(List.of("port", id + "-network", "8008")).strip();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + path))
                .timeout(Duration.ofMinutes(1))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    void awaitStatus(String path, int status) {
        await(path + " to answer " + status, () -> status(path) == status);
    }

    /** Waits until Docker itself finds that the agent is well. */
    void awaitHealthy() {
        await(
                "the agent's container to be healthy",
                () -> inspect("agent", "{{.State.Health.Status}}").equals("healthy"));
    }

    /** What a command says in the agent's container; fails if the command does. */
    String inAgent(String... command) {
        List<String> arguments = new ArrayList<>(List.of("exec", id + "-agent"));
        arguments.addAll(List.of(command));
        return docker.mustRun(arguments);
    }

    /** The one value of a query. */
    String query(String sql) {
        return docker.mustRun(psql(sql)).strip();
    }

    void awaitQuery(String sql, String value) {
        await(sql + " to be " + value, () -> {
            DockerProgram.Run run = docker.run(60, psql(sql).toArray(String[]::new));
            return run.ok() && run.out().strip().equals(value);
        });
    }

    private List<String> psql(String sql) {
        return List.of(
                "exec",
                id + "-postgres",
                "psql",
                "-X",
                "-q",
                "-At",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                "postgres",
                "-c",
                sql);
    }

    /** By which others in the network reach it. */
    String name() {
        return name;
    }

    /** Stops PostgreSQL, then the agent, as a pod with a native sidecar is stopped; how the agent has ended. */
    int stop() {
        docker.mustRun(List.of("stop", "--time=60", id + "-postgres"));
        docker.mustRun(List.of("stop", "--time=60", id + "-agent"));
        return Integer.parseInt(inspect("agent", "{{.State.ExitCode}}"));
    }

    private String inspect(String container, String format) {
        return docker.mustRun(List.of("inspect", "--format", format, id + "-" + container))
                .strip();
    }

    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for " + what + logs());
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private String logs() {
        StringBuilder logs = new StringBuilder();
        for (String container : started) {
            logs.append("\n---- ").append(container).append('\n');
            logs.append(docker.run(60, "logs", container).out());
        }
        return logs.toString();
    }

    /** Removes all, the volumes too. */
    @Override
    public void close() {
        while (!started.isEmpty()) {
            docker.run(60, "rm", "--force", "--volumes", started.pop());
        }
        docker.run(60, "volume", "rm", "--force", id + "-data", id + "-run");
    }
}
