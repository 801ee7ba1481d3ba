package io.pgsidecar.k8s.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every manifest, as it is written and as it is rendered, is what Kubernetes takes; and it says what it should. */
class ManifestsTest {

    static final Map<String, String> ROLES = Map.of("role", "primary\nreplica");

    static Stream<String> rendered() {
        return Stream.concat(Stream.of("base"), Rendered.overlays().stream().map(name -> "overlays/" + name));
    }

    static Stream<Path> written() throws IOException {
        try (Stream<Path> files = Files.walk(Rendered.MANIFESTS)) {
            return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("written")
    void everyFileIsStrictYamlAndFitsItsKinds(Path file) throws IOException {
        List<Manifest> manifests = Manifest.parse(Files.readString(file));
        assertThat(manifests).isNotEmpty();
        for (Manifest manifest : manifests) {
            if (manifest.kind().isEmpty() || manifest.apiVersion().startsWith("kustomize.config.k8s.io/")) {
                continue; // agent.yaml, and what kustomize itself reads strictly.
            }
            assertThat(Schema.violation(manifest)).as(manifest.title()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void everyRenderingFitsKubernetesTypes(String folder) {
        for (Manifest manifest : Rendered.kustomize(folder)) {
            assertThat(Schema.violation(manifest)).as(manifest.title()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void everyRenderingFitsTogether(String folder) {
        assertThat(Consistency.findings(Rendered.kustomize(folder), ROLES)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void everyPodKeepsToTheRestrictedPodSecurityStandard(String folder) {
        for (Manifest manifest : Rendered.kustomize(folder)) {
            if (manifest.hasPods()) {
                assertThat(PodSecurity.violations(manifest))
                        .as(manifest.title())
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void onlyTheAgentSeesAToken(String folder) {
        for (Manifest manifest : Rendered.kustomize(folder)) {
            if (!manifest.hasPods()) {
                continue;
            }
            assertThat(manifest.pod().path("automountServiceAccountToken").asBoolean(true))
                    .as(manifest.title())
                    .isFalse();
            for (JsonNode container : manifest.containers()) {
                boolean token = container
                        .path("volumeMounts")
                        .valueStream()
                        .anyMatch(mount -> mount.path("name").asText().equals("api-token"));
                assertThat(token)
                        .as(manifest.title() + " " + container.path("name"))
                        .isEqualTo(container.path("name").asText().equals("pgsidecar"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void nothingOfTheAgentKillsPostgresql(String folder) {
        Manifest set = statefulSet(Rendered.kustomize(folder));
        JsonNode postgres = set.container("postgres");
        assertThat(postgres.has("livenessProbe")).isFalse();
        assertThat(postgres.has("startupProbe")).isFalse();
        assertThat(postgres.path("readinessProbe").path("httpGet").path("path").asText())
                .isEqualTo("/readyz");
        JsonNode agent = set.container("pgsidecar");
        assertThat(agent.path("restartPolicy").asText()).isEqualTo("Always");
        assertThat(agent.path("livenessProbe").path("httpGet").path("path").asText())
                .isEqualTo("/healthz");
        // The kubelet starts PostgreSQL only when a sidecar's startup probe has succeeded.
        assertThat(agent.has("startupProbe")).isFalse();
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void whatRunsBeforePostgresqlRunsInThisOrder(String folder) {
        assertThat(statefulSet(Rendered.kustomize(folder)).pod().path("initContainers"))
                .extracting(container -> container.path("name").asText())
                .containsExactly("pgsidecar-wal", "bootstrap", "pgsidecar");
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void dataOutlivesTheSet(String folder) {
        JsonNode policy = statefulSet(Rendered.kustomize(folder)).spec().path("persistentVolumeClaimRetentionPolicy");
        assertThat(Manifest.strings(policy)).isEqualTo(Map.of("whenDeleted", "Retain", "whenScaled", "Retain"));
    }

    @ParameterizedTest
    @MethodSource("rendered")
    void theRoleHasEachPodOfTheSetByName(String folder) {
        List<Manifest> manifests = Rendered.kustomize(folder);
        Manifest role = one(manifests, "Role", "pgsidecar");
        int replicas = statefulSet(manifests).spec().path("replicas").asInt();
        List<String> pods = Stream.iterate(0, i -> i + 1)
                .limit(replicas)
                .map(i -> "postgres-" + i)
                .toList();
        assertThat(role.json().path("rules").valueStream().filter(rule -> rule.has("resourceNames")))
                .singleElement()
                .satisfies(rule -> assertThat(rule.path("resourceNames"))
                        .extracting(JsonNode::asText)
                        .containsExactlyElementsOf(pods));
    }

    @Test
    void eachImageOfAnOverlayHasAVersion() {
        for (String overlay : Rendered.overlays()) {
            for (Manifest manifest : Rendered.kustomize("overlays/" + overlay)) {
                manifest.containers()
                        .forEach(container -> assertThat(container.path("image").asText())
                                .as(overlay + ": " + manifest.title())
                                .matches("[^:]+:v?[0-9].*"));
            }
        }
    }

    @Test
    void theBaseHasNoNamespaceAndNothingOfTheClusters() {
        for (Manifest manifest : Rendered.kustomize("base")) {
            assertThat(manifest.json().path("metadata").has("namespace"))
                    .as(manifest.title())
                    .isFalse();
            assertThat(manifest.kind()).isNotIn("Namespace", "StorageClass", "ClusterRole", "ClusterRoleBinding");
        }
    }

    /** A component that no overlay uses would be rendered by no test. */
    @Test
    void eachComponentIsInAnOverlay() throws IOException {
        StringBuilder used = new StringBuilder();
        for (String overlay : Rendered.overlays()) {
            used.append(Files.readString(
                    Rendered.MANIFESTS.resolve("overlays").resolve(overlay).resolve("kustomization.yaml")));
        }
        try (Stream<Path> components = Files.list(Rendered.MANIFESTS.resolve("components"))) {
            assertThat(components)
                    .allSatisfy(component ->
                            assertThat(used.toString()).contains("../../components/" + component.getFileName() + "\n"));
        }
    }

    @Test
    void aSelectorWithARoleSelectsNoPodBeforeTheAgentHasLabelledIt() {
        List<Manifest> manifests = Rendered.kustomize("overlays/aws");
        Map<String, String> selected = new TreeMap<>();
        manifests.stream()
                .filter(manifest -> manifest.isA("Service"))
                .forEach(service -> selected.put(
                        service.name(),
                        service.spec().path("selector").path("role").asText("-")));
        assertThat(selected)
                .isEqualTo(Map.of(
                        "postgres", "-",
                        "postgres-primary", "primary",
                        "postgres-replica", "replica",
                        "postgres-external", "primary",
                        "pgbouncer", "-"));
        assertThat(statefulSet(manifests).podLabels()).doesNotContainKey("role");
    }

    static Manifest statefulSet(List<Manifest> manifests) {
        return one(manifests, "StatefulSet", "postgres");
    }

    static Manifest one(List<Manifest> manifests, String kind, String name) {
        return manifests.stream()
                .filter(manifest -> manifest.isA(kind) && manifest.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no " + kind + " " + name));
    }
}
