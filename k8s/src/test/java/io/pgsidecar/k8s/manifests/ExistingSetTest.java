package io.pgsidecar.k8s.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The patch of docs/kubernetes.md, applied by kubectl to a StatefulSet as people have them without the agent. */
class ExistingSetTest {

    private static final Path PAGE = Path.of("../docs/kubernetes.md");

    private static final String TODAY = """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: postgres, namespace: database}
            spec:
              serviceName: postgres
              replicas: 3
              selector: {matchLabels: {app: postgres}}
              template:
                metadata: {labels: {app: postgres}}
                spec:
                  containers:
                    - name: postgres
                      image: postgres:17
                      env:
                        - {name: PGDATA, value: /var/lib/postgresql/data/pgdata}
                        - name: POSTGRES_PASSWORD
                          valueFrom: {secretKeyRef: {name: postgres-secret, key: password}}
                      ports: [{name: postgres, containerPort: 5432}]
                      livenessProbe: {exec: {command: [pg_isready]}, periodSeconds: 30}
                      readinessProbe: {exec: {command: [pg_isready]}, periodSeconds: 30}
                      volumeMounts:
                        - {name: data, mountPath: /var/lib/postgresql/data}
                        - {name: config, mountPath: /etc/postgresql}
                  volumes:
                    - {name: config, configMap: {name: postgres-config}}
              volumeClaimTemplates:
                - metadata: {name: data}
                  spec:
                    accessModes: [ReadWriteOnce]
                    storageClassName: fast-ssd
                    resources: {requests: {storage: 100Gi}}
            """;

    @TempDir
    Path folder;

    @Test
    void thePatchOfThePageGivesItTheAgent() throws IOException {
        Manifest before = Manifest.parse(TODAY).getFirst();
        Path set = Files.writeString(folder.resolve("today.yaml"), before.json().toString());
        Path patch = Files.writeString(folder.resolve("patch.yaml"), block("existing"));
        Manifest after = Manifest.parse(Rendered.kubectl(
                        "patch", "--local", "--type=strategic", "-o=yaml", "-f=" + set, "--patch-file=" + patch))
                .getFirst();

        assertThat(Schema.violation(after)).isEmpty();
        List<Manifest> all = new ArrayList<>(Rendered.kustomize("overlays/aws"));
        all.removeIf(manifest -> manifest.title().equals(after.title()));
        all.add(after);
        assertThat(Consistency.findings(all, ManifestsTest.ROLES)).isEmpty();

        assertThat(after.pod().path("initContainers"))
                .extracting(container -> container.path("name").asText())
                .containsExactly("pgsidecar-wal", "pgsidecar");
        assertThat(after.container("postgres").has("livenessProbe")).isFalse();
        assertThat(after.container("postgres").path("readinessProbe").has("exec"))
                .isFalse();
        // Nothing that the API server does not let anybody change.
        assertThat(after.spec().path("volumeClaimTemplates"))
                .isEqualTo(before.spec().path("volumeClaimTemplates"));
        assertThat(after.spec().path("selector")).isEqualTo(before.spec().path("selector"));
    }

    @Test
    void theAgentsPartIsThatOfTheBase() throws IOException {
        Manifest base = ManifestsTest.statefulSet(Rendered.kustomize("base"));
        Manifest patch = Manifest.parse(block("existing")).getFirst();
        for (String field : List.of("command", "envFrom", "restartPolicy", "ports", "resources", "volumeMounts")) {
            assertThat(patch.container("pgsidecar").path(field))
                    .as(field)
                    .isEqualTo(base.container("pgsidecar").path(field));
        }
        assertThat(patch.container("postgres").path("lifecycle"))
                .isEqualTo(base.container("postgres").path("lifecycle"));
    }

    private static String block(String title) throws IOException {
        Matcher block = Pattern.compile("(?s) *```yaml " + title + "\n(.*?)```").matcher(Files.readString(PAGE));
        assertThat(block.find()).as("a block of YAML called " + title).isTrue();
        return block.group(1).stripIndent();
    }
}
