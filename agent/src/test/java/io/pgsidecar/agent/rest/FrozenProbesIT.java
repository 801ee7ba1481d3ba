package io.pgsidecar.agent.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * PostgreSQL is frozen and 2,000 requests a second come in: each is answered from memory, and none tells what is known
 * to be younger than it is. For a minute with {@code mvn verify -Plong}.
 */
class FrozenProbesIT {

    private static final int PER_SECOND = 2000;
    private static final Duration TIME = Duration.ofSeconds(Boolean.getBoolean("pgsidecar.long") ? 60 : 5);
    private static final Duration INTERVAL = Duration.ofMillis(200);
    /** Longer than the agent needs to see that nothing comes, so that answers get too old while requests come in. */
    private static final Duration MAX_AGE = Duration.ofSeconds(5);
    /** Not a goal: what blocks waits for PostgreSQL, whose time-outs come again and again, and is not done by then. */
    private static final Duration BOUND = Duration.ofSeconds(60);

    private static final List<String> PATHS = List.of(
            "/readyz", "/livez", "/primary", "/patroni", "/replica?lag=16MB", "/status", "/read-only", "/health");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void eachRequestIsAnsweredAndNoneLiesAboutTheAgeOfWhatIsKnown() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.agent()
                    .set("probes.interval", INTERVAL.toMillis() + "ms")
                    .set("probes.maxAge", MAX_AGE.toSeconds() + "s")
                    .set("postgres.queryTimeout", "1s")
                    .set("postgres.connectTimeout", "1s");
            pod.start();
            pod.agent().await("ready", () -> pod.agent().get("/primary").statusCode() == 200);

            long asked = System.nanoTime();
            JsonNode before = JSON.readTree(pod.agent().get("/patroni").body());
            // PostgreSQL has answered at this moment or later, before it was frozen.
            long answered =
                    asked - nanos(before.at("/pgsidecar/answered_ms_ago").asLong() + 1);

            try (FrozenServer frozen = new FrozenServer(pod.server())) {
                ProcessHandle agent = ProcessHandle.of(pod.agent().pid()).orElseThrow();
                Duration agentBefore = cpu(agent);
                Duration loadBefore = cpu(ProcessHandle.current());
                Truth truth = new Truth(answered, lastAnswer(pod, frozen.frozenNanos()));
                Load.Result result;
                try (Load load = new Load(pod.agent().port(), PATHS, truth)) {
                    result = load.run(PER_SECOND, TIME);
                }
                System.out.printf(
                        "FrozenProbesIT: %d requests in %.1f s, %.0f a second; p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms,"
                                + " worst %.2f ms; CPU: agent %.1f s, load %.1f s%n",
                        result.answered(),
                        millis(result.took()) / 1000,
                        result.perSecond(),
                        millis(result.median()),
                        millis(result.p99()),
                        millis(result.p999()),
                        millis(result.worst()),
                        millis(cpu(agent).minus(agentBefore)) / 1000,
                        millis(cpu(ProcessHandle.current()).minus(loadBefore)) / 1000);
                assertThat(result.failed()).as(result.firstFailure()).isZero();
                assertThat(truth.lies).isEmpty();
                assertThat(truth.ages).isGreaterThan(0);
                assertThat(result.worst()).isLessThan(BOUND);
                assertThat(pod.agent().get("/readyz").statusCode()).isEqualTo(503);
                assertThat(pod.agent().get("/primary").statusCode()).isEqualTo(503);
                pod.agent().await("alive", () -> pod.agent().get("/livez").statusCode() == 200);
                assertThat(JSON.readTree(pod.agent().get("/patroni").body())
                                .get("state")
                                .asText())
                        .isEqualTo("unknown");
            }
            pod.agent().await("ready again", () -> pod.agent().get("/primary").statusCode() == 200);
        }
    }

    /**
     * When PostgreSQL answered last, at the latest. What it had answered before it was frozen the agent books in its own
     * time; when it has missed an answer it books none any more, and its own word tells the moment.
     */
    private static long lastAnswer(Pod pod, long frozen) throws IOException {
        pod.agent().await("the agent misses an answer", () -> {
            long asked = System.nanoTime();
            JsonNode seen = JSON.readTree(pod.agent().get("/status").body()).path("postgres");
            boolean sinceThen = asked - nanos(seen.path("ageMs").asLong() + 1) > frozen;
            return sinceThen && seen.path("availability").asText().equals("no_answer");
        });
        long sent = System.nanoTime();
        long age = JSON.readTree(pod.agent().get("/patroni").body())
                .at("/pgsidecar/answered_ms_ago")
                .asLong(-1);
        long received = System.nanoTime();
        assertThat(sent - nanos(age + 1))
                .as("it did not answer any more when it was frozen and had missed a look")
                .isLessThan(frozen + Duration.ofMinutes(1).toNanos());
        return received - nanos(age);
    }

    private static long nanos(long millis) {
        return millis * 1_000_000;
    }

    private static Duration cpu(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private static double millis(Duration time) {
        return time.toNanos() / 1e6;
    }

    /** Holds each answer to what this test knows: when PostgreSQL answered last at the earliest and at the latest. */
    private static final class Truth implements Load.Judge {

        private final long answeredAtTheEarliest;
        private final long answeredAtTheLatest;
        private final List<String> lies = new ArrayList<>();
        private long oldest;
        private long ages;

        Truth(long atTheEarliest, long atTheLatest) {
            answeredAtTheEarliest = atTheEarliest;
            answeredAtTheLatest = atTheLatest;
        }

        @Override
        public long before() {
            return oldest;
        }

        @Override
        public void answered(long oldestWhenSent, Load.Answer answer) {
            long least = (answer.sentNanos() - answeredAtTheLatest) / 1_000_000;
            boolean sendsClients = answer.status() == 200
                    && (answer.path().startsWith("/re")
                            || answer.path().equals("/primary")
                            || answer.path().equals("/health"));
            if (sendsClients && least > MAX_AGE.toMillis()) {
                lie(answer, "PostgreSQL has not answered for %d ms".formatted(least));
            }
            // An agent that had no time itself says so.
            boolean stalled = answer.body().contains("event loop has been stalled");
            if (!stalled && answer.status() != alwaysAt(answer.path(), answer.status())) {
                lie(answer, "wrong status");
            }
            if (!answer.body().startsWith("{\"state\"")) {
                return;
            }
            JsonNode told = told(answer);
            long age = told.at("/pgsidecar/answered_ms_ago").asLong(-1);
            ages++;
            long most = (answer.receivedNanos() - answeredAtTheEarliest) / 1_000_000 + 1;
            if (age < least || age > most) {
                lie(answer, "an age from %d to %d ms is true".formatted(least, most));
            }
            if (age < oldestWhenSent) {
                lie(answer, "an earlier answer told of %d ms".formatted(oldestWhenSent));
            }
            if (sendsClients && age > MAX_AGE.toMillis()) {
                lie(answer, "it sends clients on the word of something too old");
            }
            oldest = Math.max(oldest, age);
        }

        /** A primary is no replica, and its agent is alive, whatever PostgreSQL does. */
        private static int alwaysAt(String path, int otherwise) {
            return switch (path) {
                case "/replica?lag=16MB" -> 503;
                case "/livez", "/status", "/patroni" -> 200;
                default -> otherwise;
            };
        }

        private static JsonNode told(Load.Answer answer) {
            try {
                return JSON.readTree(answer.body());
            } catch (IOException e) {
                throw new IllegalStateException(answer.toString(), e);
            }
        }

        private void lie(Load.Answer answer, String why) {
            if (lies.size() < 10) {
                lies.add(why + ": " + answer);
            }
        }
    }
}
