package io.pgsidecar.agent.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.metrics.RequestCounts;
import io.pgsidecar.agent.statuspage.WalCalls;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a WAL command has done since the agent's start: counts by outcome, the last success, the last failure. */
final class WalActivity {

    private final RequestCounts counts;
    private final Map<String, Long> outcomes = new TreeMap<>();
    private WalCalls.@Nullable Call lastSuccess;
    private WalCalls.@Nullable Call lastFailure;
    private @Nullable Instant failingSince;

    /** @param counts of the same for the metrics */
    WalActivity(RequestCounts counts) {
        this.counts = counts;
    }

    synchronized void add(String file, WalAnswer answer, Duration took) {
        Instant now = Instant.now();
        counts.add(
                Objects.requireNonNull(answer.outcome().outcome(), "an answer has a word"),
                answer.succeeded(),
                now,
                took.toNanos());
        outcomes.merge(answer.outcome().name().toLowerCase(Locale.ROOT), 1L, Long::sum);
        WalCalls.Call event = new WalCalls.Call(file, now, answer.text());
        if (answer.succeeded()) {
            lastSuccess = event;
            failingSince = null;
        } else {
            lastFailure = event;
            failingSince = failingSince == null ? now : failingSince;
        }
    }

    /** How it stands. */
    synchronized WalCalls calls() {
        return new WalCalls(
                outcomes,
                Optional.ofNullable(lastSuccess),
                Optional.ofNullable(lastFailure),
                Optional.ofNullable(failingSince));
    }

    synchronized void describe(ObjectNode json) {
        ObjectNode counts = json.putObject("outcomes");
        outcomes.forEach(counts::put);
        describe(json, "lastSuccess", lastSuccess);
        describe(json, "lastFailure", lastFailure);
    }

    private static void describe(ObjectNode json, String name, WalCalls.@Nullable Call event) {
        if (event == null) {
            json.putNull(name);
            return;
        }
        json.putObject(name)
                .put("file", event.file())
                .put("time", event.time().toString())
                .put("text", event.text());
    }
}
