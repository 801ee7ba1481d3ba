package io.pgsidecar.agent.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program {@code docker}. Only it can build with BuildKit, and not each one can: those since version 23 need the plugin
 * {@code buildx}, which may be missing.
 *
 * @param path the program
 * @param environment what makes it use BuildKit
 */
record DockerProgram(String path, Map<String, String> environment) {

    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

    /** How a command has ended, and what it has said. */
    record Run(int exit, String out) {

        boolean ok() {
            return exit == 0;
        }
    }

    /** The first one that can build with BuildKit and reaches an engine. */
    static Optional<DockerProgram> find() {
        return List.of("docker", "/usr/bin/docker", "/usr/local/bin/docker").stream()
                .map(path -> new DockerProgram(path, Map.of("DOCKER_BUILDKIT", "1")))
                .filter(docker -> docker.run(30, "info").ok() && docker.buildsWithBuildKit())
                .findFirst();
    }

    private boolean buildsWithBuildKit() {
        Matcher major = Pattern.compile("version (\\d+)\\.")
                .matcher(run(30, "--version").out());
        boolean without = major.find() && Integer.parseInt(major.group(1)) < 23;
        return without || run(30, "buildx", "version").ok();
    }

    /** Runs it at the root of this repository. */
    Run run(int seconds, String... arguments) {
        List<String> command = new ArrayList<>(List.of(path));
        command.addAll(List.of(arguments));
        return runProgram(seconds, command, environment);
    }

    /** Runs a command that cannot fail; what it has said. */
    String mustRun(List<String> arguments) {
        Run run = run(300, arguments.toArray(String[]::new));
        if (!run.ok()) {
            throw new IllegalStateException(
                    "docker %s exited with %d: %s".formatted(String.join(" ", arguments), run.exit(), run.out()));
        }
        return run.out();
    }

    static Run runProgram(int seconds, List<String> command, Map<String, String> environment) {
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(REPOSITORY.toFile()).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            Thread.ofVirtual().start(() -> endAfter(process, seconds));
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Run(process.waitFor(), out);
        } catch (IOException e) {
            return new Run(127, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private static void endAfter(Process process, int seconds) {
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
