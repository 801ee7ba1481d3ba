package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of {@code pgsidecar} that has ended.
 *
 * @param out both of its outputs
 */
public record Program(int exit, String out) {

    /** Runs a verb with the pod's configuration, as the user that its agent runs as. */
    public static Program run(Pod pod, String... arguments) {
        List<String> command = new ArrayList<>(List.of(pod.app().pgsidecar().toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--config", pod.agent().config().toString()));
        try {
            ProcessBuilder builder = new ProcessBuilder(RunAs.command(command)).redirectErrorStream(true);
            // Settings that happen to be in the environment are meant for another agent.
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("PGSIDECAR_") && !name.equals("PGSIDECAR_JAVA_OPTS"));
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
