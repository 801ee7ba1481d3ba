package io.pgsidecar.k8s.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgsidecar.k8s.KubernetesApi;
import io.pgsidecar.k8s.Observation;
import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.k8s.Observation.Server;
import io.pgsidecar.k8s.PodLabeler;
import io.pgsidecar.k8s.RoleLabel;
import io.pgsidecar.k8s.ServiceAccount;
import io.pgsidecar.k8s.fake.FakeKubernetes;
import io.pgsidecar.k8s.fake.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Role allows what the agent asks for, and nothing that it does not ask for. */
class RoleTest {

    @TempDir
    Path folder;

    private volatile Observation first = primary(1);
    private volatile Observation second = replica(1);

    @Test
    void theRulesAreTheCallsThatTheAgentMakes() throws Exception {
        Manifest role = role();
        try (FakeKubernetes kubernetes = FakeKubernetes.start()) {
            // The server refuses what no rule allows.
            kubernetes.allow("postgres", rules(role));
            for (int i = 0; i < 3; i++) {
                kubernetes.createPod("postgres", i);
            }
            try (KubernetesApi api0 = api(kubernetes, "postgres-0");
                    KubernetesApi api1 = api(kubernetes, "postgres-1");
                    PodLabeler labeler0 = labeler(api0, "postgres-0", true);
                    PodLabeler labeler1 = labeler(api1, "postgres-1", false)) {
                labeler0.start();
                labeler1.start();
                awaitRole(kubernetes, "postgres-0", Optional.of("primary"));
                awaitRole(kubernetes, "postgres-1", Optional.of("replica"));

                // A failover, and the old primary comes back for a moment.
                assertThat(labeler0.drain(Duration.ofSeconds(30))).isTrue();
                second = primary(2);
                labeler1.wake();
                awaitRole(kubernetes, "postgres-1", Optional.of("primary"));
                labeler0.undrain();
                labeler0.wake();
                await("the old primary is held back", () -> labeler0.heldBack().isPresent());
                first = replica(2);
                labeler0.wake();
                awaitRole(kubernetes, "postgres-0", Optional.of("replica"));
                await("events are told", () -> kubernetes.events().size() >= 4);
            }

            Set<String> used = kubernetes.calls().stream()
                    .map(call ->
                            call.verb() + " " + call.resource() + (call.name().isEmpty() ? "" : " by name"))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(used).isEqualTo(granted(role));
        }
    }

    private static Manifest role() throws IOException {
        return Manifest.parse(Files.readString(Rendered.MANIFESTS.resolve("base/rbac.yaml"))).stream()
                .filter(manifest -> manifest.isA("Role"))
                .findFirst()
                .orElseThrow();
    }

    private static List<Rule> rules(Manifest role) {
        List<Rule> rules = new ArrayList<>();
        for (JsonNode rule : role.json().path("rules")) {
            assertThat(words(rule.path("apiGroups"))).containsExactly("");
            rules.add(new Rule(
                    words(rule.path("verbs")), words(rule.path("resources")), words(rule.path("resourceNames"))));
        }
        return rules;
    }

    /** Each verb on each resource, and whether it is for certain objects only. */
    private static Set<String> granted(Manifest role) {
        Set<String> granted = new TreeSet<>();
        for (Rule rule : rules(role)) {
            for (String verb : rule.verbs()) {
                for (String resource : rule.resources()) {
                    granted.add(verb + " " + resource + (rule.names().isEmpty() ? "" : " by name"));
                }
            }
        }
        return granted;
    }

    private static Set<String> words(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).collect(Collectors.toSet());
    }

    private KubernetesApi api(FakeKubernetes kubernetes, String pod) throws IOException {
        Path mount = folder.resolve(pod);
        kubernetes.mount(mount, kubernetes.token("postgres", pod, Duration.ofHours(1)));
        return new KubernetesApi(
                ServiceAccount.of(kubernetes.environment(), mount), FakeKubernetes.NAMESPACE, Duration.ofSeconds(10));
    }

    private PodLabeler labeler(KubernetesApi api, String pod, boolean isFirst) {
        return new PodLabeler(
                api,
                new PodLabeler.Settings(
                        pod,
                        Optional.empty(),
                        List.of(new RoleLabel("role", "primary", "replica")),
                        Optional.empty(),
                        Duration.ofMillis(200),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(10)),
                () -> isFirst ? first : second,
                InstantSource.system());
    }

    private static Observation primary(long timeline) {
        return new Observation(Role.PRIMARY, Server.SERVING, Duration.ZERO, timeline, "7001", "0/3000000");
    }

    private static Observation replica(long timeline) {
        return new Observation(Role.REPLICA, Server.SERVING, Duration.ZERO, timeline, "7001", "0/3000000");
    }

    private static void awaitRole(FakeKubernetes kubernetes, String pod, Optional<String> role)
            throws InterruptedException {
        await(pod + " is labelled " + role, () -> kubernetes.label(pod, "role").equals(role));
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited in vain until " + what).isLessThan(deadline);
            Thread.sleep(10);
        }
    }
}
