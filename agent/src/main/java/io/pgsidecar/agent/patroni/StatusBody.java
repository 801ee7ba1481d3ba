package io.pgsidecar.agent.patroni;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ReplicationClient;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * The JSON that Patroni's paths answer with, in the shape of Patroni 4: which fields are there, and how numbers and
 * times are written. What is of the consensus store is left out. An object of our own tells why the answer is as it is
 * and how old it is.
 */
public final class StatusBody {

    /** The version whose answers these have the shape of; programs choose by it how they read them. */
    static final String PATRONI_VERSION = "4.1.4";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

    private StatusBody() {}

    /**
     * What is told of the server.
     *
     * @param node the same state in Patroni's terms
     * @param reason why the request is answered as it is
     * @param version the agent's
     * @param maxAge for how long what the server told of itself counts
     */
    public static String of(
            InstanceState state,
            Node node,
            Member member,
            String reason,
            String version,
            Duration maxAge,
            long nowNanos) {
        ObjectNode json = JSON.createObjectNode();
        json.put("state", node.state().word());
        InstanceReport report = state.report();
        // As with Patroni: of a server that does not answer, nothing is told but its state and what it was.
        boolean known = node.running() && state.acceptedWithin(maxAge, nowNanos);
        if (known) {
            json.put("postmaster_start_time", time(report.postmasterStart()));
        }
        json.put("role", role(node.role()));
        if (known) {
            describe(json, report, node);
        }
        if (!member.tags().values().isEmpty()) {
            ObjectNode tags = json.putObject("tags");
            member.tags().values().forEach((name, value) -> {
                if (value.equals("true") || value.equals("false")) {
                    tags.put(name, value.equals("true"));
                } else {
                    tags.put(name, value);
                }
            });
        }
        if (report.systemIdentifier() != null) {
            json.put("database_system_identifier", report.systemIdentifier());
        }
        if (known && report.pendingRestart()) {
            json.put("pending_restart", true);
        }
        json.putObject("patroni")
                .put("version", PATRONI_VERSION)
                .put("scope", member.scope())
                .put("name", member.name());
        json.putObject("pgsidecar")
                .put("version", version)
                .put("reason", reason)
                .put("observed_ms_ago", state.age(nowNanos).toMillis())
                .put("answered_ms_ago", state.accepted() == null ? null : (nowNanos - state.accepted()) / 1_000_000);
        return json.toString();
    }

    private static void describe(ObjectNode json, InstanceReport report, Node node) {
        json.put("server_version", report.serverVersion());
        ObjectNode xlog = json.putObject("xlog");
        Replay replay = report.replay();
        if (replay == null) {
            xlog.put("location", position(report.written()));
        } else {
            LogSequenceNumber received = replay.received() == null ? replay.replayed() : replay.received();
            xlog.put("received_location", position(received))
                    .put("replayed_location", position(replay.replayed()))
                    .put("replayed_timestamp", time(replay.lastTransaction()))
                    .put("paused", replay.paused());
        }
        json.put("timeline", report.timeline() == 0 ? null : report.timeline());
        node.replicationState().ifPresent(word -> json.put("replication_state", word));
        List<ReplicationClient> clients = report.replicationClients();
        if (!clients.isEmpty()) {
            clients.forEach(client -> json.withArray("replication")
                    .addObject()
                    .put("usename", client.user())
                    .put("application_name", client.applicationName())
                    .put("client_addr", client.address())
                    .put("state", client.state())
                    .put("sync_state", client.syncState())
                    .put("sync_priority", client.syncPriority()));
        }
    }

    private static @Nullable Long position(@Nullable LogSequenceNumber lsn) {
        return lsn == null ? null : lsn.asLong();
    }

    /** As Python writes a time: no fraction where there is none. */
    private static @Nullable String time(@Nullable Instant time) {
        return time == null
                ? null
                : (time.get(ChronoField.MICRO_OF_SECOND) == 0 ? SECONDS : MICROSECONDS)
                                .withZone(ZoneOffset.UTC)
                                .format(time)
                        + "+00:00";
    }

    private static String role(InstanceRole role) {
        return switch (role) {
            case PRIMARY -> "primary";
            case REPLICA -> "replica";
            case UNKNOWN -> "uninitialized";
        };
    }
}
