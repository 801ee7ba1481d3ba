package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A run of {@code pgsidecar} that has ended.
 *
 * @param out both of its outputs
 */
public record Program(int exit, String out) {

    /** Runs a verb with the pod's configuration, as the user that its agent runs as. */
    public static Program run(Pod pod, String... arguments) {
        return run(pod.app(), pod.agent(), arguments);
    }

    /**
     * The same, not waited for. On a thread of its own: of a machine with two processors the common pool has one thread,
     * and another class's program would have to end first.
     */
    public static CompletableFuture<Program> begin(Pod pod, String... arguments) {
        return CompletableFuture.supplyAsync(
                () -> run(pod, arguments), task -> Thread.ofPlatform().daemon().start(task));
    }

    /** Runs a verb with the agent's configuration, as the user that it runs as. */
    public static Program run(AgentProcess agent, String... arguments) {
        return run(PackagedApp.built(), agent, arguments);
    }

    private static Program run(PackagedApp app, AgentProcess agent, String... arguments) {
        List<String> command = new ArrayList<>(List.of(app.pgsidecar().toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--config", agent.config().toString()));
        return run(command, Map.of());
    }

    /** Runs a command with more in its environment, as the user that agents run as. */
    public static Program run(List<String> command, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(RunAs.command(command)).redirectErrorStream(true);
            // Settings that happen to be in the environment are meant for another agent.
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("PGSIDECAR_") && !name.equals("PGSIDECAR_JAVA_OPTS"));
            builder.environment().putAll(environment);
            Process process = builder.start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Program(process.waitFor(), out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
