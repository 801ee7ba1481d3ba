package io.pgsidecar.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.k8s.fake.Call;
import io.pgsidecar.k8s.fake.FakeKubernetes;
import io.pgsidecar.k8s.fake.Fault;
import io.pgsidecar.k8s.fake.Rule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A labeler against an API that is not always well. */
class PodLabelerTest {

    private static final List<Rule> ALL = List.of(Rule.of("pods", "get", "list", "patch"), Rule.of("events", "create"));
    private static final Duration LONG = Duration.ofMinutes(10);

    private final FakeKubernetes kubernetes = FakeKubernetes.start();

    @TempDir
    Path folder;

    @BeforeEach
    void aSet() {
        kubernetes.allow("pg", ALL);
        for (int i = 0; i < 3; i++) {
            kubernetes.createPod("pg", i);
        }
    }

    @AfterEach
    void end() {
        kubernetes.close();
    }

    private SimulatedPod pod(int ordinal, Duration interval) {
        return new SimulatedPod(kubernetes, folder, "pg", ordinal, interval);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited in vain until " + what).isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    private void awaitRole(String pod, String role) throws InterruptedException {
        await(pod + " has role " + role, () -> role.equals(role(pod)));
    }

    private String role(String pod) {
        return kubernetes.label(pod, "role").orElse("none");
    }

    private long count(String what) {
        return kubernetes.calls().stream()
                .filter(call -> call.what().equals(what))
                .count();
    }

    @Test
    void aPrimaryPublishesThenLooksThenClaimsThenLooksAgain() throws Exception {
        try (SimulatedPod pg0 = pod(0, LONG).observes(SimulatedPod.primary(3)).start()) {
            awaitRole("pg-0", "primary");
            assertThat(kubernetes.annotation("pg-0", Claim.TIMELINE)).hasValue("3");
            assertThat(kubernetes.annotation("pg-0", Claim.SYSTEM_IDENTIFIER)).hasValue("7001");
            assertThat(kubernetes.annotation("pg-0", Claim.ROLE)).hasValue("primary");
            assertThat(kubernetes.annotation("pg-0", Claim.ROLE_SINCE)).isPresent();
            await("it has come to rest", () -> count("list pods") >= 3);
            assertThat(kubernetes.calls().stream()
                            .filter(call -> !call.verb().equals("create"))
                            .map(Call::what))
                    .containsExactly(
                            "get pods/pg-0",
                            "list pods",
                            "patch pods/pg-0",
                            "list pods",
                            "patch pods/pg-0",
                            "list pods");
            assertThat(pg0.labeler().heldBack()).isEmpty();
            assertThat(pg0.labeler().status().splitBrain()).isFalse();
        }
    }

    @Test
    void aReplicaIsLabelledByOneReadAndOnePatch() throws Exception {
        try (SimulatedPod pg1 = pod(1, LONG).observes(SimulatedPod.replica(3)).start()) {
            awaitRole("pg-1", "replica");
            await("it has looked again", () -> count("get pods/pg-1") == 2);
            assertThat(count("list pods")).isZero();
            assertThat(count("patch pods/pg-1")).isEqualTo(1);
            assertThat(pg1.labeler().status().shown()).hasValue(RoleLabel.Wanted.REPLICA);
        }
    }

    @Test
    void aReplicaThatIsToBePromotedIsToldOfThePrimaryThatHasClients() throws Exception {
        try (SimulatedPod pg1 = pod(1, LONG).observes(SimulatedPod.replica(3)).start()) {
            awaitRole("pg-1", "replica");
            assertThat(pg1.labeler().otherPrimary()).isEmpty();
            kubernetes.ready("pg-0", true);
            kubernetes.set("pg-0", "labels", "role", "primary");
            assertThat(pg1.labeler().otherPrimary()).hasValue("pg-0");
            kubernetes.ready("pg-0", false);
            assertThat(pg1.labeler().otherPrimary()).as("not ready").isEmpty();
            kubernetes.stop();
            assertThatThrownBy(() -> pg1.labeler().otherPrimary()).isInstanceOf(KubernetesException.class);
            kubernetes.listen();
        }
    }

    /** Its agent cannot log in, so nobody knows yet on which timeline it was promoted. */
    @Test
    void aReplicaThatWasPromotedUnseenIsNotTakenForAPrimaryOfItsOldTimeline() throws Exception {
        kubernetes.set("pg-0", "labels", "role", "primary");
        kubernetes.set("pg-0", "annotations", Claim.ROLE, "primary");
        kubernetes.set("pg-0", "annotations", Claim.TIMELINE, "3");
        kubernetes.set("pg-0", "annotations", Claim.SYSTEM_IDENTIFIER, "7001");
        kubernetes.ready("pg-0", false);
        try (SimulatedPod pg1 = pod(1, LONG).observes(SimulatedPod.replica(3)).start()) {
            awaitRole("pg-1", "replica");
            pg1.observes(SimulatedPod.primary(0));
            await("it says so", () -> kubernetes.annotation("pg-1", Claim.ROLE).equals(Optional.of("primary")));
            await("it has come to rest", () -> pg1.labeler().status().reason().contains("timeline"));
            assertThat(pg1.labeler().heldBack()).as("pg-0 is away").isEmpty();
            assertThat(kubernetes.annotation("pg-1", Claim.TIMELINE))
                    .as("where it was as a replica it is not any more")
                    .isEmpty();
            pg1.observes(SimulatedPod.primary(4));
            awaitRole("pg-1", "primary");
        }
    }

    @Test
    void aRoleChangeIsLabelledAtOnceAndNotAtTheNextInterval() throws Exception {
        try (SimulatedPod pg1 = pod(1, LONG).observes(SimulatedPod.replica(3)).start()) {
            awaitRole("pg-1", "replica");
            pg1.observes(SimulatedPod.primary(4));
            awaitRole("pg-1", "primary");
            pg1.observes(SimulatedPod.replica(5));
            awaitRole("pg-1", "replica");
            await("events", () -> kubernetes.events().size() == 4);
            assertThat(kubernetes.events())
                    .extracting(event -> event.path("reason").asText(""))
                    .containsExactly("LabelledReplica", "LabelRemoved", "LabelledPrimary", "LabelledReplica");
            assertThat(kubernetes.events().get(2).path("message").asText(""))
                    .isEqualTo("Label role is now primary: the primary, timeline 4");
        }
    }

    @Test
    void aLabelThatSomebodyElseChangedIsCorrectedWithinTheInterval() throws Exception {
        try (SimulatedPod pg0 =
                pod(0, Duration.ofMillis(100)).observes(SimulatedPod.primary(3)).start()) {
            awaitRole("pg-0", "primary");
            kubernetes.set("pg-0", "labels", "role", "replica");
            awaitRole("pg-0", "primary");
            kubernetes.set("pg-0", "labels", "role", null);
            awaitRole("pg-0", "primary");
            assertThat(pg0.labeler().status().failures()).isZero();
        }
    }

    @Test
    void theFirstThingAfterAStartIsToCorrectTheOwnLabel() throws Exception {
        kubernetes.set("pg-0", "labels", "role", "primary");
        try (SimulatedPod pg0 = pod(0, LONG).observes(SimulatedPod.down()).start()) {
            awaitRole("pg-0", "none");
            assertThat(pg0.labeler().status().reason()).isEqualTo("PostgreSQL is not up");
        }
    }

    @Test
    void anOldPrimaryThatComesBackIsHeldBackBeforeItCanBeFoundReady() throws Exception {
        try (SimulatedPod pg2 =
                pod(2, Duration.ofMillis(200)).observes(SimulatedPod.primary(6)).start()) {
            awaitRole("pg-2", "primary");
            CountDownLatch go = new CountDownLatch(1);
            kubernetes.faults(
                    call -> call.token().equals(kubernetes.calls().getFirst().token()) ? Optional.empty() : after(go));
            try (SimulatedPod pg0 = pod(0, Duration.ofMillis(200))
                    .observes(SimulatedPod.primary(5))
                    .start()) {
                assertThat(pg0.labeler().heldBack()).hasValue("a primary; the other pods were not looked at yet");
                go.countDown();
                await("held back", () -> pg0.labeler().status().heldBack());
                assertThat(pg0.labeler().heldBack())
                        .hasValue("pg-2 is a primary on timeline 6, and this instance is on the older 5");
                assertThat(pg0.labeler().status().splitBrain()).isTrue();
                assertThat(role("pg-0")).isEqualTo("none");
                kubernetes.noFaults();
                await(
                        "the warning",
                        () -> kubernetes.events().stream()
                                .anyMatch(e -> e.path("reason").asText("").equals("PrimaryHeldBack")
                                        && e.path("type").asText("").equals("Warning")));
                await(
                        "it says what it is",
                        () -> kubernetes.annotation("pg-0", Claim.TIMELINE).isPresent());

                pg0.observes(SimulatedPod.replica(6));
                awaitRole("pg-0", "replica");
                assertThat(pg0.labeler().heldBack()).isEmpty();
                assertThat(role("pg-2")).isEqualTo("primary");
                assertThat(kubernetes.longestOverlap("role", "primary", System.nanoTime()))
                        .isEmpty();
            }
            assertThat(pg2.labeler().status().shown()).hasValue(RoleLabel.Wanted.PRIMARY);
        }
    }

    @Test
    void anInstanceThatBecomesAReplicaIsNotHeldBackWhileTheApiIsAway() throws Exception {
        kubernetes.set("pg-2", "annotations", Claim.TIMELINE, "6");
        kubernetes.set("pg-2", "annotations", Claim.ROLE, "primary");
        try (SimulatedPod pg0 =
                pod(0, Duration.ofMillis(100)).observes(SimulatedPod.primary(5)).start()) {
            await("held back", () -> pg0.labeler().status().heldBack());
            kubernetes.stop();
            assertThat(pg0.labeler().heldBack()).isPresent();
            pg0.observes(SimulatedPod.replica(6));
            assertThat(pg0.labeler().heldBack()).isEmpty();
        }
    }

    @Test
    void anApiThatIsAwayWhenAPrimaryStartsTakesItNotOutOfService() throws Exception {
        kubernetes.stop();
        try (SimulatedPod pg0 =
                pod(0, Duration.ofMillis(100)).observes(SimulatedPod.primary(5)).start()) {
            await("it has tried", () -> pg0.labeler().status().failures() > 2);
            assertThat(pg0.labeler().heldBack()).isEmpty();
            assertThat(pg0.labeler().status().lastError().orElse("")).contains("no answer from https://127.0.0.1:");
            kubernetes.listen();
            awaitRole("pg-0", "primary");
            await("all is well", () -> pg0.labeler().status().failures() == 0);
        }
    }

    @Test
    void whoMayNotListGetsNoPrimaryLabelAndKeepsTheOneItHas() throws Exception {
        Rule ownOnly = new Rule(Set.of("get", "patch"), Set.of("pods"), Set.of("pg-0"));
        try (SimulatedPod pg0 =
                pod(0, Duration.ofMillis(100)).observes(SimulatedPod.primary(5)).start()) {
            awaitRole("pg-0", "primary");
            kubernetes.allow("pg", List.of(ownOnly));
            await(
                    "it says so",
                    () -> pg0.labeler().status().lastError().orElse("").contains("cannot list resource"));
            assertThat(role("pg-0")).isEqualTo("primary");
            assertThat(pg0.labeler().status().failures()).isPositive();
            kubernetes.set("pg-0", "labels", "role", null);
            long looked = count("get pods/pg-0");
            await("it has looked", () -> count("get pods/pg-0") > looked + 3);
            assertThat(role("pg-0")).isEqualTo("none");
            assertThat(pg0.labeler().heldBack())
                    .as("nothing is known against it")
                    .isEmpty();
            kubernetes.allow("pg", ALL);
            awaitRole("pg-0", "primary");
        }
    }

    @Test
    void aRefusalAnExpiredTokenAndAConflictAreTriedAgainUntilTheyPass() throws Exception {
        kubernetes.allow("pg", List.of());
        try (SimulatedPod pg1 =
                pod(1, Duration.ofMillis(100)).observes(SimulatedPod.replica(5)).start()) {
            await("refused", () -> pg1.labeler().status().lastError().orElse("").contains("403 Forbidden"));
            kubernetes.allow("pg", ALL);
            awaitRole("pg-1", "replica");

            kubernetes.expireTokens();
            await("401", () -> pg1.labeler().status().lastError().orElse("").contains("401 Unauthorized"));
            pg1.observes(SimulatedPod.primary(6));
            pg1.renewToken();
            awaitRole("pg-1", "primary");

            // Its kubelet changes the pod between each read and the patch after it.
            int[] conflicts = {4};
            kubernetes.faults(call -> {
                if (call.verb().equals("patch") && conflicts[0]-- > 0) {
                    kubernetes.ready("pg-1", conflicts[0] % 2 == 0);
                }
                return Optional.empty();
            });
            pg1.observes(SimulatedPod.replica(7));
            awaitRole("pg-1", "replica");
            assertThat(conflicts[0]).isNegative();
        }
    }

    @Test
    void aLostAnswerAndALateRequestDoNoHarm() throws Exception {
        try (SimulatedPod pg1 = pod(1, Duration.ofMillis(100))
                .impatient()
                .observes(SimulatedPod.replica(5))
                .start()) {
            awaitRole("pg-1", "replica");
            int[] lost = {2};
            kubernetes.faults(call -> call.verb().equals("patch") && lost[0]-- > 0
                    ? Optional.of(new Fault.LoseAnswer())
                    : Optional.empty());
            pg1.observes(SimulatedPod.primary(6));
            awaitRole("pg-1", "primary");

            // The claim of the next timeline is under way for longer than its time-out, and the role changes meanwhile.
            int[] late = {1};
            kubernetes.faults(call -> call.verb().equals("patch") && late[0]-- > 0
                    ? Optional.of(new Fault.Slow(SimulatedPod.SHORT.plusSeconds(1)))
                    : Optional.empty());
            pg1.observes(SimulatedPod.replica(7));
            await("it hangs", () -> late[0] == 0);
            pg1.observes(SimulatedPod.primary(8));
            await(
                    "the latest timeline",
                    () -> kubernetes
                            .annotation("pg-1", Claim.TIMELINE)
                            .orElse("")
                            .equals("8"));
            awaitRole("pg-1", "primary");
            await("the late one was answered", () -> !kubernetes.faultUnderWay());
            assertThat(role("pg-1"))
                    .as("the late patch was of an older version")
                    .isEqualTo("primary");
        }
    }

    @Test
    void theServersWishToWaitIsHonouredEvenWhenTheRoleChanges() throws Exception {
        try (SimulatedPod pg1 = pod(1, LONG).observes(SimulatedPod.replica(5)).start()) {
            awaitRole("pg-1", "replica");
            await("at rest", () -> count("get pods/pg-1") == 2);
            await("its Event is there", () -> kubernetes.events().size() == 1);
            int before = kubernetes.calls().size();
            int[] busy = {1};
            // Not the last call before, which may be at its answer still.
            kubernetes.faults(call -> call.number() >= before && busy[0]-- > 0
                    ? Optional.of(Fault.tooManyRequests(2))
                    : Optional.empty());
            pg1.observes(SimulatedPod.primary(6));
            await("refused", () -> kubernetes.calls().size() > before);
            pg1.observes(SimulatedPod.primary(7));
            awaitRole("pg-1", "primary");
            List<Call> calls =
                    kubernetes.calls().subList(before, kubernetes.calls().size());
            assertThat(Duration.ofNanos(calls.get(1).arrived() - calls.get(0).arrived()))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(2));
        }
    }

    @Test
    void aHangingApiDelaysALabelByItsTimeoutAndNotForEver() throws Exception {
        try (SimulatedPod pg1 =
                pod(1, LONG).impatient().observes(SimulatedPod.replica(5)).start()) {
            awaitRole("pg-1", "replica");
            int[] hangs = {1};
            kubernetes.faults(
                    call -> hangs[0]-- > 0 ? Optional.of(new Fault.Hang(Duration.ofMinutes(2))) : Optional.empty());
            pg1.observes(SimulatedPod.primary(6));
            awaitRole("pg-1", "primary");
        }
    }

    @Test
    void eventsThatHangOrAreForbiddenHoldUpNothing() throws Exception {
        kubernetes.faults(call -> call.resource().equals("events")
                ? Optional.of(new Fault.Hang(Duration.ofMinutes(2)))
                : Optional.empty());
        try (SimulatedPod pg1 = pod(1, LONG).observes(SimulatedPod.replica(5)).start()) {
            awaitRole("pg-1", "replica");
            for (int timeline = 6; timeline < 20; timeline++) {
                pg1.observes(SimulatedPod.primary(timeline));
                awaitRole("pg-1", "primary");
                pg1.observes(SimulatedPod.replica(timeline));
                awaitRole("pg-1", "replica");
            }
            assertThat(kubernetes.calls().stream()
                            .filter(call -> call.resource().equals("events"))
                            .count())
                    .as("ten at once, and one each half minute")
                    .isLessThan(20);
        }
    }

    @Test
    void aDrainTakesTheLabelAwayAndSaysWhenItIsGone() throws Exception {
        try (SimulatedPod pg0 = pod(0, LONG).observes(SimulatedPod.primary(5)).start()) {
            awaitRole("pg-0", "primary");
            CountDownLatch go = new CountDownLatch(1);
            kubernetes.faults(call -> call.verb().equals("patch") ? after(go) : Optional.empty());
            CompletableFuture<Boolean> drained = drain(pg0, Duration.ofMinutes(2));
            await("unready first", () -> pg0.labeler().heldBack().isPresent());
            assertThat(role("pg-0")).isEqualTo("primary");
            go.countDown();
            assertThat(drained.get(120, TimeUnit.SECONDS))
                    .as(() -> pg0.labeler().status().toString())
                    .isTrue();
            assertThat(role("pg-0")).isEqualTo("none");
            assertThat(drain(pg0, Duration.ofMinutes(2)).get(120, TimeUnit.SECONDS))
                    .as("again")
                    .isTrue();
            kubernetes.noFaults();
            pg0.labeler().undrain();
            awaitRole("pg-0", "primary");
            assertThat(pg0.labeler().heldBack()).isEmpty();
        }
    }

    /** The call waits for the test, and is carried out. */
    private static Optional<Fault> after(CountDownLatch go) {
        try {
            go.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The server is stopped.
        }
        return Optional.empty();
    }

    /** In the common pool, on purpose: on two cores it has one thread, which is then taken, and labels must not need it. */
    private static CompletableFuture<Boolean> drain(SimulatedPod pod, Duration bound) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return pod.labeler().drain(bound);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void aDrainWithoutAnApiEndsAtItsBoundAndGoesOn() throws Exception {
        try (SimulatedPod pg0 = pod(0, LONG).observes(SimulatedPod.primary(5)).start()) {
            awaitRole("pg-0", "primary");
            kubernetes.stop();
            assertThat(pg0.labeler().drain(Duration.ofMillis(300))).isFalse();
            assertThat(pg0.labeler().heldBack()).hasValue("draining");
            kubernetes.listen();
            awaitRole("pg-0", "none");
        }
    }

    @Test
    void anAgentWhosePodWasReplacedLeavesTheNewOneAlone() throws Exception {
        try (SimulatedPod pg0 =
                pod(0, Duration.ofMillis(100)).observes(SimulatedPod.primary(5)).start()) {
            awaitRole("pg-0", "primary");
            kubernetes.createPod("pg", 0);
            // The token of a pod that is gone does not count. A token that is not bound to its pod would.
            await("refused", () -> pg0.labeler().status().lastError().orElse("").contains("401"));
            pg0.renewToken();
            await("seen", () -> pg0.labeler().status().lastError().orElse("").contains("was replaced by another one"));
            assertThat(role("pg-0")).isEqualTo("none");
        }
    }

    @Test
    void theLsnIsToldNowAndThenAndCostsNoMore() throws Exception {
        try (SimulatedPod pg0 =
                pod(0, Duration.ofMillis(20)).observes(SimulatedPod.primary(5)).start()) {
            awaitRole("pg-0", "primary");
            String first = kubernetes.annotation("pg-0", Claim.LSN).orElseThrow();
            long patches = count("patch pods/pg-0");
            for (int i = 0; i < 30; i++) {
                pg0.observes(SimulatedPod.primary(5).at("0/%X".formatted(0x4000000 + i)));
                long lists = count("list pods");
                await("a pass", () -> count("list pods") > lists);
            }
            assertThat(count("patch pods/pg-0"))
                    .as("the LSN alone is told every ten minutes here")
                    .isEqualTo(patches);
            assertThat(kubernetes.annotation("pg-0", Claim.LSN)).hasValue(first);
        }
        try (SimulatedPod again =
                pod(0, LONG).observes(SimulatedPod.primary(5).at("0/5000000")).start()) {
            await(
                    "told at the start",
                    () -> kubernetes.annotation("pg-0", Claim.LSN).orElse("").equals("0/5000000"));
            assertThat(again.labeler().status().failures()).isZero();
        }
    }

    @Test
    void aSecondKeyShowsTheSameInOtherWords() throws Exception {
        try (SimulatedPod pg0 = pod(0, LONG)
                .alsoLabels(new RoleLabel("spilo-role", "master", "replica"))
                .observes(SimulatedPod.primary(5))
                .start()) {
            await("both", () -> kubernetes.label("pg-0", "spilo-role").equals(Optional.of("master")));
            assertThat(role("pg-0")).isEqualTo("primary");
            assertThat(pg0.labeler().drain(Duration.ofMinutes(2))).isTrue();
            assertThat(kubernetes.label("pg-0", "spilo-role")).isEmpty();
            assertThat(role("pg-0")).isEqualTo("none");
        }
    }

    @Test
    void podsOfOtherSetsAreNoneOfOursAndOrphansAre() throws Exception {
        kubernetes.createPod("other", 0);
        for (String kind : List.of("labels", "annotations")) {
            kubernetes.set("other-0", kind, kind.equals("labels") ? "role" : Claim.ROLE, "primary");
        }
        kubernetes.set("other-0", "annotations", Claim.TIMELINE, "99");
        try (SimulatedPod pg0 =
                pod(0, Duration.ofMillis(100)).observes(SimulatedPod.primary(5)).start()) {
            awaitRole("pg-0", "primary");
            // Deleted with --cascade=orphan: the pods have no owner for a while.
            kubernetes.change("pg-2", pod -> pod.withObject("/metadata").remove("ownerReferences"));
            kubernetes.set("pg-2", "annotations", Claim.ROLE, "primary");
            kubernetes.set("pg-2", "annotations", Claim.TIMELINE, "6");
            awaitRole("pg-0", "none");
            assertThat(pg0.labeler().heldBack()).isPresent();
        }
    }
}
