package io.pgsidecar.agent.containers;

import io.pgsidecar.agent.containers.DockerProgram.Run;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * The images of a test: the agent's, built by the real Dockerfile around the app that this build has made, and a postgres
 * image. Their bases come from a registry; where none can be reached, {@code src/test/image/base-images} makes some.
 *
 * @param docker what has built them
 * @param agent the agent's image
 * @param postgres a postgres image
 * @param bases the build arguments for the bases, for a further build
 */
record Images(DockerProgram docker, String agent, String postgres, List<String> bases) {

    private static final String AGENT = "pgsidecar-test/pgsidecar";

    /** Skips the test where there is no Docker, and no way to base images. */
    static Images make() {
        Optional<DockerProgram> found = DockerProgram.find();
        Assumptions.assumeTrue(found.isPresent(), "no docker that reaches an engine and builds with BuildKit");
        DockerProgram docker = found.orElseThrow();
        if (pull(docker, "debian:13.5-slim") && pull(docker, "eclipse-temurin:25.0.3_9-jdk-noble")) {
            Assumptions.assumeTrue(pull(docker, "postgres:17"), "no postgres:17");
            return build(docker, "postgres:17", List.of());
        }
        Run run = DockerProgram.runProgram(
                600,
                List.of(Path.of("src/test/image/base-images").toAbsolutePath().toString()),
                Map.of("JAVA_HOME", System.getProperty("java.home")));
        Assumptions.assumeTrue(run.ok(), () -> "no registry, and no base images can be made: " + run.out());
        return build(
                docker,
                "pgsidecar-test/postgres:17",
                List.of(
                        "--build-arg=DEBIAN_IMAGE=pgsidecar-test/debian:13",
                        "--build-arg=JDK_IMAGE=pgsidecar-test/jdk:25"));
    }

    private static boolean pull(DockerProgram docker, String image) {
        return docker.run(30, "image", "inspect", image).ok()
                || docker.run(300, "pull", "-q", image).ok();
    }

    private static Images build(DockerProgram docker, String postgres, List<String> bases) {
        Images images = new Images(docker, AGENT, postgres, bases);
        images.build("-t", AGENT);
        return images;
    }

    /** Builds by the Dockerfile; fails with what docker says. */
    void build(String... arguments) {
        List<String> command = new ArrayList<>(List.of("build", "--build-arg=APP=prebuilt"));
        command.addAll(bases);
        command.addAll(List.of(arguments));
        command.add(".");
        Run run = docker.run(600, command.toArray(String[]::new));
        if (!run.ok()) {
            throw new IllegalStateException("docker build has failed: " + run.out());
        }
    }
}
