package io.pgsidecar.k8s.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the manifests are looked at for is seen where it is wrong: each line spoils one that is good. */
class SeenWrongTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "podManagementPolicy" | "podManagmentPolicy" | podManagmentPolicy
            "replicas":3 | "replicas":"three" | three
            "storage":"100Gi" | "storage":"100 Gi" | quantity: 100
            "containerPort":5432, | `` | containerPort
            "kind":"PodDisruptionBudget" | "kind":"PodDisruptionBudgets" | there is no kind PodDisruptionBudgets
            "apiVersion":"policy/v1" | "apiVersion":"policy/v1beta1" | policy/v1beta1
            "readOnly":true | "readonly":true | readonly
            "fieldPath":"metadata.name" | "fieldpath":"metadata.name" | fieldpath
            """)
    void theTypesSeeIt(String good, String bad, String said) {
        List<String> violations = new ArrayList<>();
        for (Manifest manifest : spoiled(good, bad)) {
            Schema.violation(manifest).ifPresent(violations::add);
        }
        assertThat(violations).hasSizeGreaterThanOrEqualTo(1);
        assertThat(violations.getFirst()).contains(said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "mountPath":"/dev/shm","name":"shm" | "mountPath":"/dev/shm","name":"shmem" | postgres mounts shmem
            "mountPath":"/dev/shm","name":"shm" | "mountPath":"/tmp","name":"shm" | mounts twice
            "mountPath":"/dev/shm","name":"shm" | "mountPath":"/dev/shm","name":"tmp" | nobody mounts shm
            "configMap":{"name":"postgres-conf-d"} | "configMap":{"name":"postgres-conf"} | no ConfigMap postgres-conf
            "configMapRef":{"name":"pgsidecar-env"} | "configMapRef":{"name":"environment"} | no ConfigMap environment
            "key":"agent-password" | "key":"agent-pasword" | has no key agent-pasword
            "secretName":"postgres-secret" | "secretName":"secret" | no page says how to make the Secret secret
            "clusterIP":"None","ports":[{"name":"postgres","port":5432,"targetPort":"postgres"}, | "ports":[{"name":"postgres","port":5432,"targetPort":"postgres"}, | its headless Service is not there
            "serviceName":"postgres" | "serviceName":"pods" | its headless Service is not there: pods
            "role":"replica" | "role":"standby" | the agent never labels a pod role=standby
            "app":"postgres","role":"primary" | "app":"postgre","role":"primary" | it selects no pods
            "targetPort":"postgres" | "targetPort":"psql" | its pods have no port psql
            "targetPort":8008 | "targetPort":"probes" | its pods have no port probes
            "targetPort":8008 | "targetPort":8009 | its pods have no port 8009
            {"port":8008,"protocol":"TCP"} | {"port":"probes","protocol":"TCP"} | its pods have no port probes
            "path":"/healthz","port":"probes" | "path":"/healthz","port":"postgres" | a probe asks port postgres
            "path":"/readyz","port":8008 | "path":"/readyz","port":8080 | a probe asks port 8080
            "selector":{"matchLabels":{"app":"postgres"}},"serviceName" | "selector":{"matchLabels":{"app":"db"}},"serviceName" | its selector does not match its template
            "podManagementPolicy":"Parallel" | "podManagementPolicy":"parallel" | podManagementPolicy is none: parallel
            "limits":{"cpu":"2" | "limits":{"cpu":"2 cores" | cpu is no quantity: 2 cores
            "app.kubernetes.io/part-of":"pgsidecar" | "app.kubernetes.io/part-of":"pg sidecar" | no value of a label: pg sidecar
            "service.beta.kubernetes.io/azure-load-balancer-internal":"true" | "service.beta.kubernetes.io/azure-load-balancer-internal":true | annotation is no text
            "serviceAccountName":"postgres" | "serviceAccountName":"default" | its ServiceAccount is not there
            "kind":"Role","name":"pgsidecar" | "kind":"Role","name":"agent" | there is no Role agent
            config_file=/etc/postgresql/postgresql.conf | config_file=/etc/postgres/postgresql.conf | postgres has no file /etc/postgres/postgresql.conf
            "--config","/etc/pgsidecar/agent.yaml" | "--config","/etc/pgsidecar/agent.yml" | has no file /etc/pgsidecar/agent.yml
            cluster_name=$(POD_NAME) | cluster_name=$(POD) | an argument needs the variable POD
            "podSelector":{"matchLabels":{"app":"postgres"}},"policyTypes" | "podSelector":{"matchLabels":{"app":"pg"}},"policyTypes" | it selects no pods: {app=pg}
            "policyTypes":["Ingress","Egress"] | "policyTypes":["Ingress"] | policyTypes and egress differ
            "name":"postgres-replica" | "name":"postgres-primary" | is there twice
            "name":"postgres-external" | "name":"postgres_external" | its name is none
            """)
    void whatDoesNotFitTogetherIsSeen(String good, String bad, String said) {
        assertThat(Consistency.findings(spoiled(good, bad), ManifestsTest.ROLES))
                .anySatisfy(finding -> assertThat(finding).contains(said));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "runAsNonRoot":true | "runAsNonRoot":false | runAsNonRoot
            "readOnlyRootFilesystem":true | "readOnlyRootFilesystem":false | postgres readOnlyRootFilesystem
            "drop":["ALL"] | "drop":["NET_RAW"] | postgres capabilities
            "type":"RuntimeDefault" | "type":"Unconfined" | seccompProfile
            "emptyDir":{"sizeLimit":"16Mi"} | "hostPath":{"path":"/var/run"} | volume hostPath
            """)
    void aPodThatMayTooMuchIsSeen(String good, String bad, String said) {
        assertThat(PodSecurity.violations(ManifestsTest.statefulSet(spoiled(good, bad))))
                .contains(said);
    }

    @Test
    void aKeyThatIsThereTwiceIsAnError() {
        assertThatThrownBy(() -> Manifest.parse("kind: Role\nmetadata:\n  name: a\nkind: Role\n"))
                .hasMessageContaining("duplicate key kind");
    }

    private static List<Manifest> spoiled(String good, String bad) {
        String text = Rendered.kustomize("base").stream()
                .map(manifest -> manifest.json().toString())
                .collect(Collectors.joining("\n---\n"));
        int at = text.indexOf(good);
        assertThat(at).as("the base has no " + good).isNotNegative();
        return Manifest.parse(text.substring(0, at) + bad + text.substring(at + good.length()));
    }
}
