package io.pgsidecar.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.k8s.KubernetesException.Kind;
import io.pgsidecar.k8s.fake.FakeKubernetes;
import io.pgsidecar.k8s.fake.Fault;
import io.pgsidecar.k8s.fake.Rule;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the API may answer, and not answer, and what becomes of it. */
class KubernetesApiTest {

    private static final List<Rule> ALL = List.of(Rule.of("pods", "get", "list", "patch"), Rule.of("events", "create"));
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final FakeKubernetes kubernetes = FakeKubernetes.start();

    @TempDir
    Path mount;

    @BeforeEach
    void aPod() {
        kubernetes.createPod("pg", 0);
        kubernetes.allow("pg", ALL);
        kubernetes.mount(mount, kubernetes.token("pg", "pg-0", Duration.ofHours(1)));
    }

    @AfterEach
    void end() {
        kubernetes.close();
    }

    private KubernetesApi api() throws IOException {
        return api(TIMEOUT);
    }

    private KubernetesApi api(Duration timeout) throws IOException {
        return new KubernetesApi(ServiceAccount.of(kubernetes.environment(), mount), FakeKubernetes.NAMESPACE, timeout);
    }

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text.replace('\'', '"'));
    }

    private static JsonNode role(String value) throws IOException {
        return json("{'metadata': {'labels': {'role': '" + value + "'}}}");
    }

    @Test
    void readsAndPatchesAPod() throws Exception {
        try (KubernetesApi api = api()) {
            Pod pod = api.pod("pg-0");
            assertThat(pod.name()).isEqualTo("pg-0");
            assertThat(pod.labels()).containsEntry("app", "pg").doesNotContainKey("role");
            assertThat(pod.controller()).isPresent();
            assertThat(pod.serving()).isTrue();
            Pod patched = api.patch("pg-0", role("primary"));
            assertThat(patched.labels()).containsEntry("role", "primary").containsEntry("app", "pg");
            assertThat(patched.resourceVersion()).isNotEqualTo(pod.resourceVersion());
            api.patch("pg-0", json("{'metadata': {'labels': {'role': null}}}"));
            assertThat(kubernetes.label("pg-0", "role")).isEmpty();
        }
    }

    @Test
    void aTryChangesNothing() throws Exception {
        try (KubernetesApi api = api()) {
            api.tryPatch("pg-0", role("primary"));
            api.tryCreateEvent(PodEvents.event(
                    FakeKubernetes.NAMESPACE,
                    api.pod("pg-0"),
                    PodEvents.Severity.NORMAL,
                    "Tried",
                    "…",
                    Instant.now(),
                    1));
            assertThat(kubernetes.label("pg-0", "role")).isEmpty();
            assertThat(kubernetes.events()).isEmpty();
        }
    }

    @Test
    void anEventIsWhatTheApiTakes() throws Exception {
        try (KubernetesApi api = api()) {
            Pod own = api.pod("pg-0");
            Instant now = Instant.parse("2026-01-02T03:04:05.678901Z");
            for (int i = 0; i < 2; i++) {
                api.createEvent(PodEvents.event(
                        FakeKubernetes.NAMESPACE, own, PodEvents.Severity.WARNING, "Said", "x".repeat(5000), now, i));
            }
            assertThat(kubernetes.events()).hasSize(2);
            assertThat(kubernetes
                            .events()
                            .getFirst()
                            .path("involvedObject")
                            .path("uid")
                            .asText(""))
                    .isEqualTo(own.uid());
        }
    }

    @Test
    void aPatchOfAnotherVersionIsRefused() throws Exception {
        try (KubernetesApi api = api()) {
            Pod read = api.pod("pg-0");
            kubernetes.ready("pg-0", false);
            assertThat(catchThrowableOfType(
                            KubernetesException.class,
                            () -> api.patch(
                                    "pg-0",
                                    json("{'metadata': {'resourceVersion': '%s', 'labels': {'role': 'primary'}}}"
                                            .formatted(read.resourceVersion())))))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CONFLICT))
                    .hasMessageContaining("patch pods/pg-0: 409 Conflict: Operation cannot be fulfilled");
            assertThat(kubernetes.label("pg-0", "role")).isEmpty();
        }
    }

    @Test
    void listsAllPagesOfWhatMatches() throws Exception {
        for (int i = 1; i < 620; i++) {
            kubernetes.createPod("pg", i);
        }
        try (KubernetesApi api = api()) {
            assertThat(api.pods(Optional.of("statefulset.kubernetes.io/pod-name")))
                    .extracting(Pod::name)
                    .hasSize(620)
                    .doesNotHaveDuplicates();
            assertThat(kubernetes.calls().stream().filter(call -> call.verb().equals("list")))
                    .hasSize(3);
            assertThat(api.pods(Optional.of("app=other"))).isEmpty();
            assertThat(api.pods(Optional.of("app=pg,apps.kubernetes.io/pod-index=7")))
                    .extracting(Pod::name)
                    .containsExactly("pg-7");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400, BadRequest, INVALID",
        "401, Unauthorized, UNAUTHORIZED",
        "403, Forbidden, FORBIDDEN",
        "404, NotFound, NOT_FOUND",
        "409, Conflict, CONFLICT",
        "410, Expired, EXPIRED",
        "415, UnsupportedMediaType, INVALID",
        "422, Invalid, INVALID",
        "429, TooManyRequests, TOO_MANY_REQUESTS",
        "500, InternalError, UNAVAILABLE",
        "503, ServiceUnavailable, UNAVAILABLE",
        "504, Timeout, UNAVAILABLE"
    })
    void statusesAreToldApart(int status, String reason, Kind kind) throws Exception {
        kubernetes.faults(call -> Optional.of(new Fault.Answer(status, reason, "because", 7)));
        try (KubernetesApi api = api()) {
            KubernetesException e = catchThrowableOfType(KubernetesException.class, () -> api.pod("pg-0"));
            assertThat(e).hasMessage("get pods/pg-0: %d %s: because".formatted(status, reason));
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.status()).isEqualTo(status);
            assertThat(e.retryAfter()).hasValue(Duration.ofSeconds(7));
        }
    }

    @Test
    void whatSaysItIsToWaitForADayWaitsAMinute() throws Exception {
        kubernetes.faults(call -> Optional.of(Fault.tooManyRequests(86_400)));
        try (KubernetesApi api = api()) {
            assertThat(catchThrowableOfType(KubernetesException.class, () -> api.pod("pg-0"))
                            .retryAfter())
                    .hasValue(Duration.ofMinutes(1));
        }
    }

    @Test
    void aMissingRightIsNamedByTheServer() throws Exception {
        kubernetes.allow("pg", List.of(new Rule(Set.of("get", "patch", "list"), Set.of("pods"), Set.of("pg-0"))));
        try (KubernetesApi api = api()) {
            assertThat(api.pod("pg-0").name()).isEqualTo("pg-0");
            assertThatThrownBy(() -> api.pods(Optional.empty()))
                    .as("names do not allow a list")
                    .hasMessage("list pods: 403 Forbidden: pods is forbidden: User"
                            + " \"system:serviceaccount:database:pg\" cannot list resource \"pods\" in API group \"\" in"
                            + " the namespace \"database\"");
        }
    }

    @Test
    void aPageOfALoadBalancerIsNoAnswerOfTheApi() throws Exception {
        try (KubernetesApi api = api()) {
            kubernetes.faults(call -> Optional.of(new Fault.Page(503, "<html>gone</html>")));
            assertThat(catchThrowableOfType(KubernetesException.class, () -> api.pod("pg-0")))
                    .hasMessage("get pods/pg-0: HTTP 503")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
            for (String page : List.of("<html>welcome</html>", "", "null", "[]", "{}", "{\"metadata\": 1}")) {
                kubernetes.faults(call -> Optional.of(new Fault.Page(200, page)));
                assertThat(catchThrowableOfType(KubernetesException.class, () -> api.pod("pg-0")))
                        .as(page)
                        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.NOT_UNDERSTOOD));
            }
            kubernetes.faults(call -> Optional.of(new Fault.Page(200, "{\"metadata\": {}}")));
            assertThatThrownBy(() -> api.pods(Optional.empty())).hasMessage("list pods: no list of pods");
            kubernetes.faults(call -> Optional.of(new Fault.Page(302, "")));
            assertThatThrownBy(() -> api.pod("pg-0")).hasMessage("get pods/pg-0: HTTP 302");
        }
    }

    @Test
    void nothingIsWaitedForForEver() throws Exception {
        for (Fault fault :
                List.of(new Fault.Hang(Duration.ofMinutes(10)), new Fault.HalfAnswer(Duration.ofMinutes(10)))) {
            kubernetes.faults(call -> Optional.of(fault));
            try (KubernetesApi api = api(Duration.ofMillis(700))) {
                long began = System.nanoTime();
                assertThat(catchThrowableOfType(KubernetesException.class, () -> api.pod("pg-0")))
                        .hasMessageMatching("get pods/pg-0: no answer from https://127.0.0.1:\\d+.*")
                        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.NO_ANSWER));
                assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMinutes(5));
                kubernetes.noFaults();
                assertThat(new RetriedUntilAnswered(api).pod().name()).isEqualTo("pg-0");
            }
        }
    }

    /** On a loaded machine the first try of a fresh connection may need longer than the short time-out. */
    private record RetriedUntilAnswered(KubernetesApi api) {
        Pod pod() throws InterruptedException {
            long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
            while (true) {
                try {
                    return api.pod("pg-0");
                } catch (KubernetesException e) {
                    if (System.nanoTime() > deadline) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }
    }

    @Test
    void connectionsThatBreakAreFailuresAndTheNextTryOpensAnother() throws Exception {
        try (KubernetesApi api = api()) {
            api.pod("pg-0");
            kubernetes.faults(call -> Optional.of(new Fault.Drop()));
            assertThat(catchThrowableOfType(KubernetesException.class, () -> api.patch("pg-0", role("primary")))
                            .kind())
                    .isEqualTo(Kind.NO_ANSWER);
            kubernetes.faults(call -> Optional.of(new Fault.LoseAnswer()));
            assertThat(catchThrowableOfType(KubernetesException.class, () -> api.patch("pg-0", role("primary")))
                            .kind())
                    .isEqualTo(Kind.NO_ANSWER);
            assertThat(kubernetes.label("pg-0", "role"))
                    .as("carried out, though nobody was told")
                    .hasValue("primary");
            kubernetes.stop();
            assertThat(catchThrowableOfType(KubernetesException.class, () -> api.pod("pg-0")))
                    .hasMessageStartingWith("get pods/pg-0: no answer from https://127.0.0.1:")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.NO_ANSWER));
            kubernetes.listen();
            kubernetes.noFaults();
            assertThat(api.pod("pg-0").name()).isEqualTo("pg-0");
        }
    }

    @Test
    void aRotatedTokenAndAChangedAuthorityAreSeenAtTheNextRequest() throws Exception {
        try (KubernetesApi api = api()) {
            api.pod("pg-0");
            kubernetes.expireTokens();
            assertThat(catchThrowableOfType(KubernetesException.class, () -> api.pod("pg-0"))
                            .kind())
                    .isEqualTo(Kind.UNAUTHORIZED);
            kubernetes.mount(mount, kubernetes.token("pg", "pg-0", Duration.ofHours(1)));
            api.pod("pg-0");

            kubernetes.changeAuthority();
            assertThat(catchThrowableOfType(KubernetesException.class, () -> api.pod("pg-0")))
                    .as("the old authority has not signed it")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.NO_ANSWER));
            kubernetes.mount(mount, kubernetes.token("pg", "pg-0", Duration.ofHours(1)));
            api.pod("pg-0");
        }
    }

    @Test
    void filesThatAreMissingOrWrongAreNamedAndNoMessageHasTheToken() throws Exception {
        String token = Files.readString(mount.resolve("token"));
        try (KubernetesApi api = api()) {
            Files.writeString(mount.resolve("token"), token + "\nand a second line");
            assertThatThrownBy(() -> api.pod("pg-0"))
                    .hasMessageContaining(mount.resolve("token") + " holds no token")
                    .hasMessageNotContaining(token);
            Files.writeString(mount.resolve("token"), "");
            assertThatThrownBy(() -> api.pod("pg-0")).hasMessageContaining(mount.resolve("token") + " is empty");
            Files.delete(mount.resolve("token"));
            assertThatThrownBy(() -> api.pod("pg-0")).hasMessageContaining("cannot read the token");
            Files.writeString(mount.resolve("token"), token);
            Files.writeString(mount.resolve("ca.crt"), "");
            assertThatThrownBy(() -> api.pod("pg-0")).hasMessageContaining("cannot read the CA in " + mount);
            kubernetes.mount(mount, token);
            assertThat(api.pod("pg-0").name()).isEqualTo("pg-0");
            kubernetes.faults(call -> Optional.of(new Fault.Answer(401, "Unauthorized", "Unauthorized", 0)));
            assertThatThrownBy(() -> api.pod("pg-0"))
                    .hasMessage("get pods/pg-0: 401 Unauthorized: Unauthorized")
                    .hasMessageNotContaining(token);
        }
    }

    @Test
    void theServiceAccountKnowsWhoseItIs() throws Exception {
        ServiceAccount account = ServiceAccount.of(kubernetes.environment(), mount);
        assertThat(account.namespace()).hasValue("database");
        assertThat(account.podName()).hasValue("pg-0");
        assertThat(account.podUid())
                .hasValue(kubernetes.pod("pg-0").path("metadata").path("uid").asText(""));
        Files.writeString(mount.resolve("token"), "opaque");
        assertThat(account.podUid()).isEmpty();
        Files.writeString(mount.resolve("token"), "a.%%%.c");
        assertThat(account.podName()).isEmpty();
        Files.delete(mount.resolve("namespace"));
        assertThat(account.namespace()).isEmpty();
    }

    @Test
    void theAddressComesFromTheEnvironmentAndMayBeOfIpv6() throws Exception {
        assertThat(ServiceAccount.of(
                                Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "6443"), mount)
                        .server())
                .isEqualTo(URI.create("https://[fd00::1]:6443"));
        assertThat(ServiceAccount.of(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1"), mount)
                        .server())
                .isEqualTo(URI.create("https://10.0.0.1:443"));
        assertThatThrownBy(() -> ServiceAccount.of(Map.of(), mount))
                .hasMessage("KUBERNETES_SERVICE_HOST is not set: this is no pod of Kubernetes");
        assertThatThrownBy(() -> ServiceAccount.of(
                        Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1", "KUBERNETES_SERVICE_PORT", "tcp"), mount))
                .hasMessageContaining("are no address: 10.0.0.1 tcp");
        assertThat(ServiceAccount.present(kubernetes.environment(), mount)).isTrue();
        assertThat(ServiceAccount.present(Map.of(), mount)).isFalse();
        assertThat(ServiceAccount.present(kubernetes.environment(), mount.resolve("none")))
                .isFalse();
    }

    @Test
    void callsAreCountedOnce() throws Exception {
        AtomicInteger gets = new AtomicInteger();
        kubernetes.faults(call -> {
            gets.incrementAndGet();
            return Optional.of(Fault.internalError());
        });
        try (KubernetesApi api = api()) {
            assertThatThrownBy(() -> api.patch("pg-0", role("primary"))).isInstanceOf(KubernetesException.class);
        }
        assertThat(gets).as("the caller says when to try again").hasValue(1);
    }
}
