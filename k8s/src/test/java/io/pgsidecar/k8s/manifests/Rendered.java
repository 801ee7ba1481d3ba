package io.pgsidecar.k8s.manifests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** What kustomize and Helm make of what is in the tree. Where a program is missing, the test that needs it is skipped. */
final class Rendered {

    static final Path MANIFESTS = Path.of("manifests").toAbsolutePath();
    static final Path CHART = Path.of("chart").toAbsolutePath();

    private static final Map<List<String>, String> OUTPUTS = new ConcurrentHashMap<>();

    private Rendered() {}

    /** The overlays, by their folders' names. */
    static List<String> overlays() {
        return folders(MANIFESTS.resolve("overlays"));
    }

    /** {@code base}, or {@code overlays/aws}. */
    static List<Manifest> kustomize(String folder) {
        String path = MANIFESTS.resolve(folder).toString();
        Optional<Path> kubectl = program("kubectl");
        if (kubectl.isPresent() && knowsComponents(kubectl.get())) {
            return Manifest.parse(output(List.of(kubectl.get().toString(), "kustomize", path)));
        }
        Optional<Path> kustomize = program("kustomize");
        assumeTrue(kustomize.isPresent(), "neither a kubectl of 1.21 or newer nor kustomize is installed");
        return Manifest.parse(output(List.of(kustomize.orElseThrow().toString(), "build", path)));
    }

    /** The chart with the values of a file; the release is called postgres. */
    static List<Manifest> helm(Path values) {
        return Manifest.parse(output(List.of(
                requireHelm().toString(),
                "template",
                "postgres",
                CHART.toString(),
                "--namespace",
                "database",
                // Not what this helm was built with.
                "--kube-version",
                "1.35.0",
                "--values",
                values.toString())));
    }

    /** The program; where it is missing, the test is skipped. */
    static Path requireHelm() {
        Optional<Path> helm = program("helm");
        assumeTrue(helm.isPresent(), "helm is not installed");
        return helm.orElseThrow();
    }

    /** The output of a kubectl that talks to no server. */
    static String kubectl(String... arguments) {
        Optional<Path> kubectl = program("kubectl");
        assumeTrue(kubectl.isPresent() && knowsComponents(kubectl.get()), "no kubectl of 1.21 or newer is installed");
        List<String> command = new ArrayList<>(List.of(kubectl.orElseThrow().toString()));
        command.addAll(List.of(arguments));
        return output(command);
    }

    /** Fails with what promtool says. */
    static void promtool(String... arguments) {
        Optional<Path> promtool = program("promtool");
        assumeTrue(promtool.isPresent(), "promtool is not installed; Debian has it in the package prometheus");
        List<String> command = new ArrayList<>(List.of(promtool.orElseThrow().toString()));
        command.addAll(List.of(arguments));
        output(command);
    }

    private static boolean knowsComponents(Path kubectl) {
        return output(List.of(kubectl.toString(), "version", "--client", "--output=json"))
                .contains("kustomizeVersion");
    }

    private static Optional<Path> program(String name) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(folder -> Path.of(folder).resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static String output(List<String> command) {
        return OUTPUTS.computeIfAbsent(command, Rendered::run);
    }

    private static String run(List<String> command) {
        try {
            Path errors = Files.createTempFile("rendered", ".err");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectError(errors.toFile())
                        .start();
                String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (process.waitFor() != 0) {
                    throw new IllegalStateException(command + ": " + Files.readString(errors));
                }
                return out;
            } finally {
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<String> folders(Path parent) {
        List<String> names = new ArrayList<>();
        try (Stream<Path> children = Files.list(parent)) {
            children.filter(Files::isDirectory)
                    .sorted()
                    .forEach(folder -> names.add(folder.getFileName().toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }
}
