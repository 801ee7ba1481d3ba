package io.pgsidecar.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.k8s.Observation.Server;
import io.pgsidecar.k8s.fake.Call;
import io.pgsidecar.k8s.fake.FakeKubernetes;
import io.pgsidecar.k8s.fake.Fault;
import io.pgsidecar.k8s.fake.PodVersion;
import io.pgsidecar.k8s.fake.Rule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three labelers, and at random: promotions, returning old primaries, rebuilt replicas, outages of the API, refusals,
 * rotated tokens, killed agents, new pods. After each the labels become the truth, and at no time do two pods show the
 * primary's label for longer than one pass of the one that has to give way.
 */
class RandomLabelsIT {

    private static final boolean LONG = Boolean.getBoolean("pgsidecar.long");
    private static final int CHANGES = LONG ? 200 : 15;
    private static final Duration INTERVAL = Duration.ofMillis(200);
    /** One pass of the one that gives way, on a machine that does other things too. */
    private static final Duration ONE_PASS = INTERVAL.plusMillis(1300);

    private static final List<Rule> ALL = List.of(Rule.of("pods", "get", "list", "patch"), Rule.of("events", "create"));

    private final long seed = Long.getLong("pgsidecar.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final FakeKubernetes kubernetes = FakeKubernetes.start();
    private final List<SimulatedPod> pods = new ArrayList<>();
    /** When the API did not work for everybody, by {@link System#nanoTime()}. */
    private final List<long[]> trouble = new ArrayList<>();

    private final Stalls stalls = new Stalls();

    private final List<String> story = new ArrayList<>();
    private long timeline = 1;

    @TempDir
    Path folder;

    @Test
    void labelsConvergeToTheTruth() throws Exception {
        System.out.println("RandomLabelsIT: seed " + seed + ", " + CHANGES + " changes");
        kubernetes.allow("pg", ALL);
        try {
            for (int i = 0; i < 3; i++) {
                kubernetes.createPod("pg", i);
                pods.add(new SimulatedPod(kubernetes, folder, "pg", i, INTERVAL)
                        .impatient()
                        .observes(i == 0 ? SimulatedPod.primary(timeline) : SimulatedPod.replica(timeline))
                        .start());
            }
            awaitTruth();
            for (int i = 0; i < CHANGES; i++) {
                boolean faulty = random.nextBoolean();
                long began = System.nanoTime();
                if (faulty) {
                    beginTrouble();
                }
                change();
                if (random.nextInt(3) == 0) {
                    Thread.sleep(random.nextInt(150));
                    change();
                }
                if (faulty) {
                    Thread.sleep(random.nextInt(700));
                    endTrouble();
                    trouble.add(new long[] {began, System.nanoTime()});
                }
                awaitTruth();
                checkOverlaps();
            }
            List<Call> calls = kubernetes.calls();
            System.out.printf(
                    "RandomLabelsIT: %d calls, %d versions of pods, longest overlap %s%n",
                    calls.size(),
                    kubernetes.history().size(),
                    kubernetes.longestOverlap("role", "primary", System.nanoTime()));
        } finally {
            stalls.close();
            pods.forEach(SimulatedPod::close);
            kubernetes.close();
        }
    }

    private void change() {
        SimulatedPod pod = pods.get(random.nextInt(pods.size()));
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> promote(pod);
            case 4 -> rebuild(pod);
            case 5 -> {
                tell(pod.name() + "'s agent is killed and starts again");
                pod.stop();
                pod.start();
            }
            case 6 -> replace(pod);
            case 7 -> {
                tell(pod.name() + "'s server goes away");
                pod.observes(pod.said().becomes(random.nextBoolean() ? Server.DOWN : Server.SILENT));
            }
            case 8 -> {
                tell("all tokens are rotated");
                kubernetes.expireTokens();
                pods.forEach(SimulatedPod::renewToken);
            }
            default -> {
                tell("somebody labels " + pod.name() + " by hand");
                kubernetes.set(
                        pod.name(),
                        "labels",
                        "role",
                        List.of("primary", "replica", "x").get(random.nextInt(3)));
            }
        }
    }

    /** A replica is promoted. The others follow it, or do not know of it and stay what they are. */
    private void promote(SimulatedPod promoted) {
        timeline++;
        tell(promoted.name() + " is promoted to timeline " + timeline);
        promoted.observes(SimulatedPod.primary(timeline));
        for (SimulatedPod other : pods) {
            if (other != promoted) {
                boolean follows = random.nextInt(3) > 0;
                SimulatedPod.Said before = other.said();
                if (follows) {
                    other.observes(SimulatedPod.replica(timeline));
                } else if (before.role() == Role.PRIMARY) {
                    tell(other.name() + " goes on as a primary on timeline " + before.timeline());
                }
            }
        }
    }

    /** What is no primary, or an old one, becomes a replica of the latest timeline. */
    private void rebuild(SimulatedPod pod) {
        if (rightful().filter(right -> right == pod).isPresent()) {
            return;
        }
        tell(pod.name() + " becomes a replica of timeline " + timeline);
        pod.observes(SimulatedPod.replica(timeline));
    }

    /** The pod is deleted; another one of its name comes, with what its volume has. */
    private void replace(SimulatedPod pod) {
        tell(pod.name() + " is deleted and comes back");
        pod.stop();
        kubernetes.createPod("pg", Integer.parseInt(pod.name().substring(3)));
        pod.renewToken();
        pod.start();
    }

    private void beginTrouble() {
        Predicate<Call> whom = random.nextBoolean()
                ? call -> true
                : ofPod(pods.get(random.nextInt(pods.size())).name());
        int kind = random.nextInt(7);
        tell("trouble " + kind);
        // So that what is broken at random is broken in the same way for a seed.
        ConcurrentHashMap<Integer, Boolean> lucky = new ConcurrentHashMap<>();
        Random luck = new Random(random.nextLong());
        switch (kind) {
            case 0 -> kubernetes.stop();
            case 1 -> kubernetes.allow("pg", List.of());
            case 2 -> kubernetes.allow("pg", List.of(Rule.of("pods", "get", "patch")));
            case 3 -> fail(whom, lucky, luck, Fault.unavailable());
            case 4 -> fail(whom, lucky, luck, Fault.tooManyRequests(1));
            case 5 -> fail(whom, lucky, luck, new Fault.LoseAnswer());
            default -> fail(whom, lucky, luck, new Fault.Slow(Duration.ofMillis(random.nextInt(2500))));
        }
    }

    private void fail(Predicate<Call> whom, ConcurrentHashMap<Integer, Boolean> lucky, Random luck, Fault fault) {
        kubernetes.faults(call -> whom.test(call)
                        && !lucky.computeIfAbsent(call.number(), number -> {
                            synchronized (luck) {
                                return luck.nextInt(3) == 0;
                            }
                        })
                ? Optional.of(fault)
                : Optional.empty());
    }

    private Predicate<Call> ofPod(String name) {
        return call -> call.name().equals(name) || call.verb().equals("list");
    }

    private void endTrouble() throws InterruptedException {
        kubernetes.noFaults();
        kubernetes.allow("pg", ALL);
        kubernetes.listen();
        while (kubernetes.faultUnderWay()) {
            Thread.sleep(5); // Whose request is slow is in trouble until it is answered.
        }
        tell("all is well");
    }

    private void tell(String what) {
        story.add(what);
    }

    /** Who has the right to the label: the primary of the latest timeline that anybody has, if it serves. */
    private Optional<SimulatedPod> rightful() {
        return pods.stream()
                .filter(pod -> pod.said().role() == Role.PRIMARY && pod.said().timeline() == timeline)
                .findFirst();
    }

    private String truth(SimulatedPod pod) {
        SimulatedPod.Said said = pod.said();
        if (said.server() != Server.SERVING) {
            return "none";
        }
        if (said.role() == Role.REPLICA) {
            return "replica";
        }
        return rightful().filter(right -> right == pod).isPresent() ? "primary" : "none";
    }

    private void awaitTruth() throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!trueNow()) {
            if (System.nanoTime() > deadline) {
                StringBuilder state = new StringBuilder("seed " + seed + "\n" + String.join("\n", story));
                for (SimulatedPod pod : pods) {
                    state.append('\n')
                            .append(pod.said())
                            .append("\n wanted ")
                            .append(truth(pod))
                            .append("\n shown ")
                            .append(kubernetes.pod(pod.name()).path("metadata"))
                            .append('\n')
                            .append(pod.labeler().status());
                }
                throw new AssertionError(state.toString());
            }
            Thread.sleep(5);
        }
    }

    private boolean trueNow() {
        for (SimulatedPod pod : pods) {
            String shown = kubernetes.label(pod.name(), "role").orElse("none");
            if (!shown.equals(truth(pod))) {
                return false;
            }
            boolean oldPrimary = pod.said().role() == Role.PRIMARY
                    && pod.said().server() == Server.SERVING
                    && truth(pod).equals("none");
            if (pod.labeler().heldBack().isPresent() != oldPrimary) {
                return false;
            }
        }
        return true;
    }

    /**
     * Two pods with the primary's label: no longer than a pass, not counting the time in which the API was broken by us,
     * since nobody can change a label then, nor that in which this machine stood still.
     */
    private void checkOverlaps() {
        List<PodVersion> history = kubernetes.history();
        String[] role = new String[pods.size()];
        long since = 0;
        boolean two = false;
        for (PodVersion version : history) {
            int index = Integer.parseInt(version.name().substring(3));
            role[index] = version.exists() ? version.labels().getOrDefault("role", "") : "";
            int primaries = 0;
            for (String one : role) {
                primaries += "primary".equals(one) ? 1 : 0;
            }
            if (primaries > 1 && !two) {
                two = true;
                since = version.nanos();
            } else if (primaries < 2 && two) {
                two = false;
                long from = since;
                long to = version.nanos();
                // After trouble a labeler tries again within its longest wait so far, which grows with the trouble.
                Duration allowed = covered(from, to, trouble) > 0 ? ONE_PASS.plusSeconds(4) : ONE_PASS;
                List<long[]> excused = new ArrayList<>(trouble);
                excused.addAll(stalls.spans());
                assertThat(Duration.ofNanos(to - from - covered(from, to, excused)))
                        .as("seed %d: two primaries for so long\n%s", seed, String.join("\n", story))
                        .isLessThan(allowed);
            }
        }
    }

    /** How much of a time the spans cover; where they overlap, once. */
    private static long covered(long from, long to, List<long[]> spans) {
        long covered = 0;
        long upTo = from;
        for (long[] span : spans.stream()
                .sorted(Comparator.comparingLong(span -> span[0] - from))
                .toList()) {
            long begin = Math.max(upTo, span[0]);
            long end = Math.min(to, span[1]);
            if (end > begin) {
                covered += end - begin;
                upTo = end;
            }
        }
        return covered;
    }
}
