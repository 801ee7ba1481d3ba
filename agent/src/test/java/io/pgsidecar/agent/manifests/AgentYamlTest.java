package io.pgsidecar.agent.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The agent takes what each overlay configures it with, and it fits the StatefulSet. */
class AgentYamlTest {

    @TempDir
    Path folder;

    static Stream<String> overlays() throws IOException {
        try (Stream<Path> folders = Files.list(ManifestFiles.of("overlays"))) {
            return folders.map(path -> path.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void theAgentTakesItsConfiguration(String overlay) throws Exception {
        Psql rendered = Psql.run(
                List.of(
                        Installed.program("kubectl").toString(),
                        "kustomize",
                        ManifestFiles.of("overlays/" + overlay).toString()),
                Map.of());
        assumeTrue(!rendered.out().contains("unknown field \"components\""), "kubectl is older than 1.21");
        assertThat(rendered.exit()).as(rendered.out()).isZero();
        Map<String, JsonNode> objects = objects(rendered.out());

        Path file = Files.writeString(
                folder.resolve("agent.yaml"),
                data(objects, "ConfigMap pgsidecar").path("agent.yaml").asText());
        Map<String, String> environment = new HashMap<>();
        data(objects, "ConfigMap pgsidecar-env")
                .properties()
                .forEach(entry ->
                        environment.put(entry.getKey(), entry.getValue().asText()));
        AgentConfig config = ConfigLoader.load(Optional.of(file), environment).config();

        assertThat(config.repositories()).containsOnlyKeys("main");
        JsonNode pod = node(objects, "StatefulSet postgres")
                .path("spec")
                .path("template")
                .path("spec");
        JsonNode agent = container(pod, "pgsidecar");
        assertThat(agent.path("ports").path(0).path("containerPort").asInt())
                .isEqualTo(config.http().port());
        assertThat(container(pod, "postgres")
                        .path("env")
                        .valueStream()
                        .filter(variable -> variable.path("name").asText().equals("PGDATA")))
                .singleElement()
                .satisfies(variable -> assertThat(variable.path("value").asText())
                        .isEqualTo(config.postgres().data().toString()));
        List<String> mounts = agent.path("volumeMounts")
                .valueStream()
                .map(mount -> mount.path("mountPath").asText() + "/")
                .toList();
        assertThat(mounts)
                .anyMatch(mount -> config.control().socket().toString().startsWith(mount));
        assertThat(mounts)
                .anyMatch(mount -> config.postgres()
                        .passwordFile()
                        .orElseThrow()
                        .toString()
                        .startsWith(mount));
        config.repositories()
                .values()
                .forEach(repository ->
                        repository.path().ifPresent(path -> assertThat(mounts).contains(path + "/")));
        // bootstrap reads both passwords; the Service that it asks is one of the manifests'.
        assertThat(container(pod, "bootstrap").path("volumeMounts"))
                .extracting(mount -> mount.path("mountPath").asText())
                .contains(
                        parent(config.bootstrap().passwordFile()),
                        parent(config.postgres().passwordFile()));
        assertThat(config.bootstrap().primaryHost().orElseThrow().values())
                .allSatisfy(host -> assertThat(objects).containsKey("Service " + host));
        // What the agent needs at its end, and a shutdown checkpoint besides.
        assertThat(pod.path("terminationGracePeriodSeconds").asLong())
                .isGreaterThan(config.shutdown().timeout().toSeconds()
                        + config.shutdown().sweep().toSeconds()
                        + 120);
    }

    private static String parent(Optional<Path> file) {
        return String.valueOf(file.orElseThrow().getParent());
    }

    private static Map<String, JsonNode> objects(String yaml) throws IOException {
        Map<String, JsonNode> objects = new HashMap<>();
        try (MappingIterator<JsonNode> documents =
                new YAMLMapper().readerFor(JsonNode.class).readValues(yaml)) {
            documents.forEachRemaining(object -> objects.put(
                    object.path("kind").asText() + " "
                            + object.path("metadata").path("name").asText(),
                    object));
        }
        return objects;
    }

    private static JsonNode data(Map<String, JsonNode> objects, String title) {
        return node(objects, title).path("data");
    }

    private static JsonNode node(Map<String, JsonNode> objects, String title) {
        JsonNode node = objects.get(title);
        assertThat(node).as(title).isNotNull();
        return java.util.Objects.requireNonNull(node);
    }

    private static JsonNode container(JsonNode pod, String name) {
        return Stream.concat(
                        pod.path("initContainers").valueStream(),
                        pod.path("containers").valueStream())
                .filter(container -> container.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
