package io.pgsidecar.agent.labels;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.k8s.fake.Call;
import io.pgsidecar.k8s.fake.FakeKubernetes;
import io.pgsidecar.k8s.fake.Fault;
import io.pgsidecar.k8s.fake.PodVersion;
import io.pgsidecar.k8s.fake.Rule;
import io.pgsidecar.probes.PostmasterFile;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers that are promoted, stopped and brought back, packaged agents, and a strict API. */
class LabelsIT {

    private static final boolean LONG = Boolean.getBoolean("pgsidecar.long");
    private static final List<Rule> ALL = List.of(Rule.of("pods", "get", "list", "patch"), Rule.of("events", "create"));

    private final FakeKubernetes kubernetes = FakeKubernetes.start();

    @TempDir(factory = PodFolder.class)
    Path folder;

    @BeforeEach
    void rights() {
        kubernetes.allow("pg", ALL);
    }

    @AfterEach
    void end() {
        kubernetes.close();
    }

    /** Stops the primary, promotes the replica, and lets the old primary follow. */
    private static void switchOver(LabelledPod primary, LabelledPod replica) {
        primary.server().stop();
        replica.server().query("SELECT pg_promote(true, 60)");
        primary.follow(replica);
    }

    @Test
    void aPromotionIsLabelledWithinASecond() throws Exception {
        int promotions = LONG ? 50 : 5;
        List<Long> millis = new ArrayList<>();
        // So long that whoever only looks now and then is late.
        LabelledPod[] pods = LabelledPod.pair(kubernetes, folder, "5m");
        try (LabelledPod a = pods[0];
                LabelledPod b = pods[1]) {
            a.awaitRole("primary");
            b.awaitRole("replica");
            LabelledPod primary = a;
            LabelledPod replica = b;
            for (int i = 0; i < promotions; i++) {
                primary.server().stop();
                int before = kubernetes.calls().size();
                long promoted = promote(replica);
                LabelledPod now = replica;
                now.awaitRole("primary");
                millis.add(Duration.ofNanos(patchSent(now.name(), before) - promoted)
                        .toMillis());
                primary.follow(replica);
                primary.awaitRole("replica");
                replica = primary;
                primary = now;
            }
        }
        Collections.sort(millis);
        long p99 = millis.get((int) Math.ceil(millis.size() * 0.99) - 1);
        System.out.printf(
                "LabelsIT: promotion's end to PATCH sent, %d promotions: p50 %d ms, p99 %d ms, max %d ms%n",
                promotions, millis.get(millis.size() / 2), p99, millis.getLast());
        // The goal is 1 s; a machine that runs other tests too may be late.
        assertThat(p99).isLessThan(LONG ? 1000 : 60_000);
        assertNoOverlapLongerThanAPass();
    }

    /** The old primary has stopped, or has become a replica: its agent sees that by itself, or the later timeline. */
    private void assertNoOverlapLongerThanAPass() {
        Optional<FakeKubernetes.Overlap> longest = kubernetes.longestOverlap("role", "primary", System.nanoTime());
        longest.ifPresent(two -> System.out.println("LabelsIT: two primaries shown for at most " + two.time()));
        assertThat(longest.map(FakeKubernetes.Overlap::time).orElse(Duration.ZERO))
                .isLessThan(Duration.ofSeconds(LONG ? 7 : 60));
    }

    /** When it was over, to 2 ms, by {@link System#nanoTime()}. */
    private static long promote(LabelledPod pod) throws SQLException, InterruptedException {
        try (Connection connection = pod.server().connect();
                PreparedStatement ask = connection.prepareStatement("SELECT pg_is_in_recovery()")) {
            pod.server().query("SELECT pg_promote(false)");
            while (true) {
                try (ResultSet row = ask.executeQuery()) {
                    row.next();
                    if (!row.getBoolean(1)) {
                        return System.nanoTime();
                    }
                }
                Thread.sleep(2);
            }
        }
    }

    private long patchSent(String pod, int from) {
        return kubernetes.calls().stream()
                .skip(from)
                .filter(call -> call.what().equals("patch pods/" + pod))
                .filter(call -> call.body() != null
                        && call.body()
                                .path("metadata")
                                .path("labels")
                                .path("role")
                                .asText("")
                                .equals("primary"))
                .mapToLong(Call::arrived)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anOldPrimaryThatComesBackGetsNoClientsByAnyWay() throws Exception {
        LabelledPod[] pods = LabelledPod.pair(kubernetes, folder);
        try (LabelledPod old = pods[0];
                LabelledPod promoted = pods[1]) {
            old.awaitRole("primary");
            old.server().signal("QUIT");
            old.server().awaitExit();
            promoted.server().query("SELECT pg_promote(true, 60)");
            promoted.awaitRole("primary");

            old.server().start();
            old.agent().await("held back", () -> old.status().path("heldBack").asBoolean());
            old.awaitRole("none");
            assertThat(old.agent().get("/readyz").statusCode()).isEqualTo(503);
            assertThat(old.agent().get("/readyz").body())
                    .startsWith("pg-1 is a primary on timeline 2, and this instance is on the older 1");
            assertThat(old.agent().get("/livez").statusCode()).isEqualTo(200);
            // The API has the label a moment before the agent has the answer.
            awaitMetrics(
                    old, "pgsidecar_split_brain 1.0", "pgsidecar_held_back 1.0", "pgsidecar_label{label=\"none\"} 1.0");
            awaitMetrics(
                    promoted,
                    "pgsidecar_label{label=\"primary\"} 1.0",
                    "pgsidecar_held_back 0.0",
                    "pgsidecar_label_failures 0.0");
            assertThat(promoted.agent().get("/readyz").statusCode()).isEqualTo(200);
            old.agent()
                    .await(
                            "the warning",
                            () -> kubernetes.events().stream()
                                    .anyMatch(e -> e.path("reason").asText("").equals("PrimaryHeldBack")));
            assertThat(promoted.role()).isEqualTo("primary");
            assertThat(promoted.annotation("timeline")).hasValue("2");
            assertThat(promoted.annotation("system-identifier")).isEqualTo(old.annotation("system-identifier"));

            // Its agent is started anew: at no time does it find it ready.
            old.agent().kill();
            old.agent().start();
            assertThat(old.agent().get("/readyz").statusCode()).isEqualTo(503);
            old.agent()
                    .await(
                            "held back again",
                            () -> old.status().path("heldBack").asBoolean());
            assertThat(old.role()).isEqualTo("none");
        }
    }

    private static void awaitMetrics(LabelledPod pod, String... lines) {
        pod.agent().await("its metrics have " + List.of(lines), () -> {
            String metrics = pod.agent().get("/metrics").body();
            return Arrays.stream(lines).allMatch(metrics::contains);
        });
    }

    @Test
    void theLabelOutlivesTheAgentAndNotTheServer() throws Exception {
        LabelledPod[] pods = LabelledPod.pair(kubernetes, folder);
        try (LabelledPod a = pods[0];
                LabelledPod b = pods[1]) {
            a.awaitRole("primary");
            b.awaitRole("replica");
            int before = kubernetes.history().size();
            a.agent().kill();
            a.agent().start();
            a.agent()
                    .await(
                            "it has looked",
                            () -> a.status().path("lastLook").isTextual()
                                    && a.status().path("reason").asText("").equals("the primary"));
            assertThat(a.agent().stop()).isZero();
            assertThat(a.role()).as("only the agent has stopped").isEqualTo("primary");
            a.agent().start();
            assertThat(kubernetes.history().stream()
                            .skip(before)
                            .filter(version -> version.name().equals("pg-0"))
                            .map(PodVersion::labels))
                    .as("not for a moment without")
                    .allSatisfy(labels -> assertThat(labels).containsEntry("role", "primary"));

            // The pod is stopped: both get the signal at the same time, and the server says so within a second.
            a.server().signal("INT");
            a.agent()
                    .await(
                            "it stops",
                            () -> !PostmasterFile.mayExist(a.server().data())
                                    || PostmasterFile.status(a.server().data())
                                            .filter("stopping"::equals)
                                            .isPresent());
            assertThat(a.agent().stop()).isZero();
            assertThat(a.role()).as("removed before the process has ended").isEqualTo("none");
            a.server().awaitExit();

            // A server that stops beside an agent that runs on, as with a native sidecar.
            b.server().stop();
            b.awaitRole("none");
        }
    }

    @Test
    void aPasswordThatWasRotatedTooEarlyTakesNoPrimaryOutOfService() {
        LabelledPod[] pods = LabelledPod.pair(kubernetes, folder);
        try (LabelledPod a = pods[0];
                LabelledPod b = pods[1]) {
            a.awaitRole("primary");
            b.awaitRole("replica");
            for (LabelledPod pod : pods) {
                pod.agent().stop();
                pod.agent().set("postgres.user", "nobody_knows").launch();
            }
            a.agent().awaitReady();
            b.agent().awaitReady();
            a.agent().await("refused", () -> a.agent().get("/readyz").body().contains("cannot log in"));
            a.agent()
                    .await("decided", () -> a.status().path("reason").asText("").equals("the primary"));
            b.agent()
                    .await("decided", () -> b.status().path("reason").asText("").equals("a replica"));
            assertThat(a.role()).isEqualTo("primary");
            assertThat(b.role()).isEqualTo("replica");
        }
    }

    @Test
    void checkSaysWhichRightIsMissing() throws Exception {
        LabelledPod[] pods = LabelledPod.pair(kubernetes, folder);
        try (LabelledPod a = pods[0];
                LabelledPod b = pods[1]) {
            a.awaitRole("primary");
            assertThat(check(a)).contains("pod database/pg-0: may get and patch it, list pods and create events");
            kubernetes.allow("pg", List.of(Rule.of("pods", "get")));
            assertThat(check(a))
                    .contains("ok       kubernetes", "may get pods")
                    .containsPattern("FAILED +kubernetes +patch pods/pg-0: 403 Forbidden")
                    .contains("needs the verb \"patch\" for pods")
                    .containsPattern("FAILED +kubernetes +list pods: 403 Forbidden")
                    .containsPattern("WARNING +kubernetes +create events: 403 Forbidden");
            kubernetes.expireTokens();
            assertThat(check(a)).containsPattern("FAILED +kubernetes +get pods/pg-0: 401 Unauthorized");
            kubernetes.stop();
            assertThat(check(a)).contains("no answer from https://127.0.0.1:", "Can the pod reach");
            assertThat(b.server().running()).isTrue();
        }
    }

    private static String check(LabelledPod pod) throws Exception {
        Path out = pod.home().resolve("check.out");
        ProcessBuilder check = new ProcessBuilder(RunAs.command(List.of(
                        System.getProperty("pgsidecar.home") + "/bin/pgsidecar",
                        "check",
                        "--no-switch",
                        "--config",
                        pod.agent().config().toString())))
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        check.environment().putAll(pod.environment());
        check.start().waitFor();
        return Files.readString(out, StandardCharsets.UTF_8);
    }

    /** Switch-overs, while the API and the agents have their troubles. */
    @Test
    void labelsBecomeTheTruthWhateverGoesWrong() throws Exception {
        long seed = Long.getLong("pgsidecar.seed", System.nanoTime());
        Random random = new Random(seed);
        int rounds = LONG ? 25 : 4;
        System.out.printf("LabelsIT: seed %d, %d switch-overs%n", seed, rounds);
        LabelledPod[] pods = LabelledPod.pair(kubernetes, folder);
        try (LabelledPod a = pods[0];
                LabelledPod b = pods[1]) {
            LabelledPod primary = a;
            LabelledPod replica = b;
            for (int round = 0; round < rounds; round++) {
                int trouble = random.nextInt(7);
                switch (trouble) {
                    case 0 -> kubernetes.stop();
                    case 1 -> kubernetes.allow("pg", List.of());
                    case 2 -> kubernetes.expireTokens();
                    case 3 -> replica.agent().kill();
                    case 4 -> primary.agent().kill();
                    case 5 ->
                        kubernetes.faults(call ->
                                call.number() % 3 == 0 ? Optional.empty() : Optional.of(Fault.tooManyRequests(1)));
                    default ->
                        kubernetes.faults(call ->
                                call.number() % 2 == 0 ? Optional.empty() : Optional.of(new Fault.LoseAnswer()));
                }
                switchOver(primary, replica);
                kubernetes.noFaults();
                kubernetes.allow("pg", ALL);
                kubernetes.listen();
                a.newToken();
                b.newToken();
                for (LabelledPod pod : pods) {
                    if (!pod.agent().running()) {
                        pod.agent().start();
                    }
                }
                LabelledPod next = replica;
                replica = primary;
                primary = next;
                LabelledPod is = primary;
                LabelledPod other = replica;
                String timeline = is.server().query("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)");
                is.agent()
                        .await(
                                "seed %d, round %d, trouble %d: labels are the truth, not %s and %s"
                                        .formatted(seed, round, trouble, is.role(), other.role()),
                                () -> is.role().equals("primary")
                                        && other.role().equals("replica")
                                        && is.annotation("timeline")
                                                .equals(Optional.of(Long.toString(Long.parseLong(timeline, 16)))));
            }
            LabelledPod last = primary;
            last.agent()
                    .await("all is well", () -> last.status().path("failures").asInt(-1) == 0);
        }
    }
}
