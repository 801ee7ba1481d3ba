package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ReplicationClient;
import io.pgsidecar.probes.Subscription;
import io.pgsidecar.probes.metrics.Family;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** What the observer saw. */
final class InstanceFamilies {

    private static final String ROLE = "1 for the role that the instance has, by its last answer or by pg_control.";
    private static final String AVAILABILITY =
            "1 for how the instance answers; login_refused is the agent's trouble, not the" + " server's.";

    private InstanceFamilies() {}

    static List<Family> of(InstanceState now, long nanos, LookCounts counts) {
        Families families = new Families();
        InstanceReport report = now.report();
        families.state("pgsidecar_role", ROLE, "role", InstanceRole.values(), Optional.of(now.role()));
        families.state(
                "pgsidecar_availability",
                AVAILABILITY,
                "availability",
                Availability.values(),
                Optional.of(now.availability()));
        families.gauge(
                "pgsidecar_timeline",
                "The primary's timeline, or that of the last WAL that a replica has; 0 if unknown.",
                now.timeline());
        families.counter(
                "pgsidecar_role_changes_total",
                "How often the instance changed from primary to replica or back, since the agent's start.",
                Map.of(),
                counts.roleChanges());
        families.gauge(
                "pgsidecar_observation_age_seconds",
                "How old the last look at the instance is.",
                Families.seconds(now.age(nanos)));
        families.counter(
                "pgsidecar_observations_total",
                "Looks at the instance since the agent's start.",
                Map.of(),
                counts.looks());
        families.counter(
                "pgsidecar_observation_errors_total",
                "Looks to which the instance did not answer as it should, since the agent's start.",
                Map.of(),
                counts.errors());
        families.gauge(
                "pgsidecar_observation_incomplete",
                "1 if the agent could not look at everything, for a lock or a right that it lacks; /status tells what.",
                report.notSeen() != null);
        families.gauge(
                "pgsidecar_pending_restart",
                "1 if a changed setting waits for a restart of the server.",
                report.pendingRestart());
        families.gauge(
                "pgsidecar_read_only_by_default",
                "1 if sessions are read-only unless they ask (default_transaction_read_only).",
                report.readOnlyByDefault());
        LogSequenceNumber lsn = now.lsn();
        if (lsn != null) {
            families.gauge(
                    "pgsidecar_wal_position_bytes",
                    "Where a primary writes its WAL, or up to where a replica has replayed it.",
                    lsn.asLong());
        }
        now.replay().ifPresent(replay -> replica(families, replay, nanos));
        if (now.role() == InstanceRole.PRIMARY) {
            families.gauge(
                    "pgsidecar_synchronous_standbys_wanted",
                    "1 if commits wait for standbys (synchronous_standby_names is set).",
                    !report.synchronousStandbyNames().isBlank());
            families.gauge(
                    "pgsidecar_commits_wait",
                    "1 while commits wait for a standby and none is there: nothing can be written.",
                    report.commitsWait());
        }
        clients(families, report);
        report.subscriptions().forEach(subscription -> subscription(families, subscription));
        return families.all();
    }

    private static void replica(Families families, Replay replay, long nanos) {
        families.gauge(
                "pgsidecar_replica_streaming",
                "1 while WAL streams in from a sender that is heard of.",
                replay.streaming());
        Long lagBytes = replay.lag().knownBytes();
        if (lagBytes != null) {
            families.gauge(
                    "pgsidecar_replica_lag_bytes",
                    "WAL that the sender is known to have and that is not replayed; a lower bound while it is not heard of.",
                    lagBytes);
        }
        replay.lag()
                .time(nanos)
                .ifPresent(lag -> families.gauge(
                        "pgsidecar_replica_lag_seconds",
                        "How old what the replica shows is; 0 if it shows all, on an idle primary too.",
                        Families.seconds(lag)));
        families.gauge("pgsidecar_replica_paused", "1 while replay is paused.", replay.paused());
        families.gauge(
                "pgsidecar_replica_stuck",
                "1 if replay does not go on although it should, for ten seconds or more.",
                replay.progress().stuck(nanos));
        families.gauge(
                "pgsidecar_replica_held_seconds",
                "For how long replay has been held up; 0 if it goes on.",
                replay.progress().heldFor(nanos).map(Families::seconds).orElse(0.0));
    }

    /** Several may have one name, two of the same host say: the one that is further behind is shown. */
    private static void clients(Families families, InstanceReport report) {
        Map<Map<String, String>, ReplicationClient> shown = new LinkedHashMap<>();
        for (ReplicationClient client : report.replicationClients()) {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put("application_name", client.applicationName());
            labels.put("client_addr", Objects.requireNonNullElse(client.address(), ""));
            shown.merge(labels, client, InstanceFamilies::worse);
        }
        families.gauge(
                "pgsidecar_replication_clients",
                "How many take WAL from this instance.",
                report.replicationClients().size());
        families.gauge(
                "pgsidecar_synchronous_standbys",
                "How many standbys are there that commits wait for.",
                report.replicationClients().stream()
                        .filter(ReplicationClient::synchronous)
                        .count());
        shown.forEach((labels, client) -> {
            families.gauge(
                    "pgsidecar_standby_synchronous",
                    "1 if commits wait for this standby (sync or quorum).",
                    labels,
                    client.synchronous());
            families.gauge(
                    "pgsidecar_standby_streaming",
                    "1 if the standby streams.",
                    labels,
                    client.state().equals("streaming"));
            LogSequenceNumber end = report.lsn();
            if (end != null && client.replayed() != null) {
                families.gauge(
                        "pgsidecar_standby_lag_bytes",
                        "WAL of this instance that the standby has not replayed, as it told last.",
                        labels,
                        behind(end, client.replayed()));
            }
        });
    }

    private static ReplicationClient worse(ReplicationClient one, ReplicationClient other) {
        if (one.replayed() == null) {
            return one;
        }
        return other.replayed() == null || other.replayed().compareTo(one.replayed()) < 0 ? other : one;
    }

    private static long behind(LogSequenceNumber end, LogSequenceNumber position) {
        return Math.max(0, end.asLong() - position.asLong());
    }

    private static void subscription(Families families, Subscription subscription) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("datname", subscription.database());
        labels.put("subname", subscription.name());
        families.gauge(
                "pgsidecar_subscription_enabled", "1 if the subscription is enabled.", labels, subscription.enabled());
        families.gauge(
                "pgsidecar_subscription_disabled_by_error",
                "1 if PostgreSQL seems to have switched it off because of an error (disable_on_error).",
                labels,
                subscription.disabledByError());
        families.gauge(
                "pgsidecar_subscription_running",
                "1 while the subscription's apply worker runs.",
                labels,
                subscription.running());
        Long lag = subscription.lagBytes();
        if (lag != null) {
            families.gauge(
                    "pgsidecar_subscription_lag_bytes",
                    "What has come in and is not known to be applied, in bytes of the publisher's WAL.",
                    labels,
                    lag);
        }
        if (subscription.messageAge() != null) {
            families.gauge(
                    "pgsidecar_subscription_message_age_seconds",
                    "How old the publisher's last message is.",
                    labels,
                    Families.seconds(subscription.messageAge()));
        }
        count(
                families,
                "pgsidecar_subscription_apply_errors_total",
                "Errors while changes of a subscription were applied; PostgreSQL 15 and newer.",
                labels,
                subscription.applyErrors());
        count(
                families,
                "pgsidecar_subscription_sync_errors_total",
                "Errors while tables of a subscription were copied for the first time; PostgreSQL 15 and newer.",
                labels,
                subscription.syncErrors());
        count(
                families,
                "pgsidecar_subscription_conflicts_total",
                "Conflicts of a subscription, of all kinds; PostgreSQL 18 and newer.",
                labels,
                subscription.conflicts());
    }

    private static void count(
            Families families, String name, String help, Map<String, String> labels, @Nullable Long value) {
        if (value != null) {
            families.counter(name, help, labels, value);
        }
    }
}
