package io.pgsidecar.agent.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ReplicationClient;
import io.pgsidecar.probes.Subscription;
import io.pgsidecar.probes.WalReceiver;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** What was seen of the instance, for programs. What is not known is null. */
final class InstanceJson {

    private InstanceJson() {}

    /** What every answer tells: what it is, and how old that knowledge is. */
    static void describeBriefly(InstanceState now, long nanos, ObjectNode json) {
        json.put("availability", lower(now.availability()))
                .put("role", lower(now.role()))
                .put("timeline", now.timeline() == 0 ? null : (Integer) now.timeline())
                .put("lsn", text(now.lsn()));
        now.replay().ifPresent(replay -> describeProgress(replay, nanos, json));
        json.put("observed", now.observed().toString())
                .put("ageMs", now.age(nanos).toMillis());
    }

    /** All that is known. */
    static void describe(InstanceState now, long nanos, ObjectNode json) {
        InstanceReport report = now.report();
        json.put("cause", now.cause());
        describeBriefly(now, nanos, json);
        json.put("acceptedAgeMs", now.accepted() == null ? null : (Long) millis(nanos - now.accepted()))
                .put("serverVersion", now.serverVersion())
                .put("systemIdentifier", now.systemIdentifier())
                .put(
                        "postmasterStart",
                        now.postmasterStart() == null
                                ? null
                                : now.postmasterStart().toString())
                .put("readOnlyByDefault", report.readOnlyByDefault())
                .put("pendingRestart", report.pendingRestart())
                .put("synchronousStandbyNames", report.synchronousStandbyNames())
                .put("commitsWait", report.commitsWait())
                .put("notSeen", report.notSeen());
        now.replay().ifPresent(replay -> describe(replay, json.putObject("replication")));
        ArrayNode clients = json.putArray("replicationClients");
        report.replicationClients().forEach(client -> describe(client, clients.addObject()));
        ArrayNode subscriptions = json.putArray("subscriptions");
        report.subscriptions().forEach(subscription -> describe(subscription, subscriptions.addObject()));
    }

    private static void describeProgress(Replay replay, long nanos, ObjectNode json) {
        Optional<Duration> held = replay.progress().heldFor(nanos);
        json.putObject("replay")
                .put("activity", lower(replay.progress().activity()))
                .put("heldForMs", held.map(Duration::toMillis).orElse(null))
                .put("stuck", replay.progress().stuck(nanos))
                .put("streaming", replay.streaming())
                .put("lagBytes", replay.lag().knownBytes())
                .put("lagMs", replay.lag().time(nanos).map(Duration::toMillis).orElse(null))
                .put(
                        "heardAgeMs",
                        replay.lag().heard() == null
                                ? null
                                : (Long) millis(nanos - replay.lag().heard()));
    }

    private static void describe(Replay replay, ObjectNode json) {
        json.put("receivedLsn", text(replay.received()))
                .put("replayedLsn", text(replay.replayed()))
                .put("paused", replay.paused())
                .put(
                        "lastTransaction",
                        replay.lastTransaction() == null
                                ? null
                                : replay.lastTransaction().toString())
                .put("waitEvent", replay.waitEvent());
        WalReceiver receiver = replay.receiver();
        if (receiver != null) {
            json.putObject("walReceiver")
                    .put("status", receiver.status())
                    .put("timeline", receiver.timeline())
                    .put("flushedLsn", text(receiver.flushed()))
                    .put("latestEndLsn", text(receiver.latestEnd()))
                    .put("messageAgeMs", millis(receiver.messageAge()))
                    .put("senderHost", receiver.senderHost())
                    .put("senderPort", receiver.senderPort())
                    .put("slot", receiver.slot());
        }
    }

    private static void describe(ReplicationClient client, ObjectNode json) {
        json.put("user", client.user())
                .put("applicationName", client.applicationName())
                .put("address", client.address())
                .put("state", client.state())
                .put("syncState", client.syncState())
                .put("syncPriority", client.syncPriority())
                .put("sentLsn", text(client.sent()))
                .put("writtenLsn", text(client.written()))
                .put("flushedLsn", text(client.flushed()))
                .put("replayedLsn", text(client.replayed()));
    }

    private static void describe(Subscription subscription, ObjectNode json) {
        json.put("database", subscription.database())
                .put("name", subscription.name())
                .put("enabled", subscription.enabled())
                .put("disabledByError", subscription.disabledByError())
                .put("running", subscription.running())
                .put("receivedLsn", text(subscription.received()))
                .put("confirmedLsn", text(subscription.confirmed()))
                .put("lagBytes", subscription.lagBytes())
                .put("messageAgeMs", millis(subscription.messageAge()))
                .put("applyErrors", subscription.applyErrors())
                .put("syncErrors", subscription.syncErrors())
                .put("conflicts", subscription.conflicts());
    }

    private static @Nullable String text(@Nullable LogSequenceNumber lsn) {
        return lsn == null ? null : lsn.asString();
    }

    private static @Nullable Long millis(@Nullable Duration time) {
        return time == null ? null : (Long) time.toMillis();
    }

    private static long millis(long nanos) {
        return Duration.ofNanos(nanos).toMillis();
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
