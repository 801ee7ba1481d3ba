package io.pgsidecar.k8s.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart makes the same objects as each overlay, with the values of the overlay's name in {@code ci}. */
class ChartTest {

    @TempDir
    Path folder;

    static Stream<String> overlays() {
        return Rendered.overlays().stream();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void theChartMakesWhatTheOverlayMakes(String overlay) {
        Map<String, String> chart = comparable(helm(overlay));
        Map<String, String> kustomize = comparable(Rendered.kustomize("overlays/" + overlay));
        // The release's namespace is Helm's to make.
        kustomize.remove("Namespace database");
        assertThat(chart.keySet()).isEqualTo(kustomize.keySet());
        chart.forEach((title, made) -> assertThat(made).as(title).isEqualTo(kustomize.get(title)));
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void whatItMakesFitsKubernetesTypesAndItself(String overlay) {
        List<Manifest> manifests = helm(overlay);
        for (Manifest manifest : manifests) {
            assertThat(Schema.violation(manifest)).as(manifest.title()).isEmpty();
            if (manifest.hasPods()) {
                assertThat(PodSecurity.violations(manifest))
                        .as(manifest.title())
                        .isEmpty();
            }
        }
        assertThat(Consistency.findings(manifests, ManifestsTest.ROLES)).isEmpty();
    }

    @Test
    void moreReplicasAreNamedWherePodsAreNamed() throws IOException {
        List<Manifest> manifests = Rendered.helm(values(
                "replicas: 5\nsynchronous: true\nrepository: {s3: {bucket: b}}\nenv: {PGSIDECAR_SERVER: other}\n"));
        assertThat(ManifestsTest.one(manifests, "Role", "pgsidecar")
                        .json()
                        .path("rules")
                        .path(0)
                        .path("resourceNames"))
                .extracting(JsonNode::asText)
                .containsExactly("postgres-0", "postgres-1", "postgres-2", "postgres-3", "postgres-4");
        assertThat(ManifestsTest.one(manifests, "ConfigMap", "postgres-conf-d")
                        .json()
                        .path("data")
                        .path("20-synchronous.conf")
                        .asText())
                .contains("ANY 1 (\"postgres-0\", \"postgres-1\", \"postgres-2\", \"postgres-3\", \"postgres-4\")");
        assertThat(ManifestsTest.one(manifests, "ConfigMap", "pgsidecar-env")
                        .json()
                        .path("data")
                        .path("PGSIDECAR_SERVER")
                        .asText())
                .isEqualTo("other");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            replica: 3 | replica
            repository: {} | give one of repository.s3, repository.azure and repository.filesystem
            repository: {s3: {bucket: b}, filesystem: {size: 1Gi}} | give one of repository.s3
            repository: {s3: {buket: b}} | buket
            env: {SIDECAR: x} | SIDECAR
            {replicas: 1, synchronous: true, repository: {s3: {bucket: b}}} | synchronous needs replicas of 2 or more
            storage: {createClass: true, className: slow} | storage.createClass makes fast-ssd
            """)
    void wrongValuesAreRefusedByName(String wrong, String said) {
        Rendered.requireHelm();
        assertThatThrownBy(() -> Rendered.helm(
                        values(wrong + "\n" + (wrong.contains("repository") ? "" : "repository: {s3: {bucket: b}}\n"))))
                .hasMessageContaining(said);
    }

    private List<Manifest> helm(String overlay) {
        return Rendered.helm(Rendered.CHART.resolve("ci").resolve(overlay + "-values.yaml"));
    }

    private Path values(String yaml) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "values", ".yaml"), yaml);
    }

    /** Without what differs by nature: namespaces, the labels of kustomize, and the order of volumes. */
    private static Map<String, String> comparable(List<Manifest> manifests) {
        Map<String, String> comparable = new TreeMap<>();
        for (Manifest manifest : manifests) {
            ObjectNode json = manifest.json().deepCopy();
            ObjectNode metadata = (ObjectNode) json.get("metadata");
            metadata.remove("namespace");
            json.path("subjects").forEach(subject -> ((ObjectNode) subject).remove("namespace"));
            if (metadata.get("labels") instanceof ObjectNode labels) {
                labels.remove(List.of("app.kubernetes.io/name", "app.kubernetes.io/part-of"));
                if (labels.isEmpty()) {
                    metadata.remove("labels");
                }
            }
            comparable.put(manifest.title(), sorted(json, "").toPrettyString());
        }
        return comparable;
    }

    private static JsonNode sorted(JsonNode node, String of) {
        if (node.isObject()) {
            ObjectNode sorted = ((ObjectNode) node).objectNode();
            node.properties().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(entry -> sorted.set(entry.getKey(), sorted(entry.getValue(), entry.getKey())));
            return sorted;
        }
        if (node.isArray()) {
            List<JsonNode> elements = new ArrayList<>();
            node.forEach(element -> elements.add(sorted(element, "")));
            if (of.equals("volumes") || of.equals("volumeMounts")) {
                elements.sort(Comparator.comparing(JsonNode::toString));
            }
            ArrayNode sorted = ((ArrayNode) node).arrayNode();
            return sorted.addAll(elements);
        }
        return node;
    }
}
