package io.pgsidecar.probes;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * What the instance has told of itself, at the last query that it answered. It stays known while it does not answer.
 *
 * @param serverVersion as {@code server_version_num}; 0 if unknown
 * @param systemIdentifier as {@code pg_controldata} prints it; null if unknown
 * @param timeline a primary's, or of the last WAL that a replica has received or replayed; 0 if unknown
 * @param postmasterStart tells one run of the server from another
 * @param written a primary's position in its WAL; null on a replica
 * @param replay null on a primary
 * @param replicationClients those who take WAL from this instance
 * @param synchronousStandbyNames the setting; empty if commits wait for nobody
 * @param readOnlyByDefault whether sessions are read-only unless they ask ({@code default_transaction_read_only})
 * @param pendingRestart whether a changed setting waits for a restart
 * @param hasArchive whether there is a {@code restore_command}
 * @param subscriptions of all databases
 * @param notSeen what could not be looked at and why, one line; null if all could
 */
public record InstanceReport(
        int serverVersion,
        @Nullable String systemIdentifier,
        int timeline,
        @Nullable Instant postmasterStart,
        @Nullable LogSequenceNumber written,
        @Nullable Replay replay,
        List<ReplicationClient> replicationClients,
        String synchronousStandbyNames,
        boolean readOnlyByDefault,
        boolean pendingRestart,
        boolean hasArchive,
        List<Subscription> subscriptions,
        @Nullable String notSeen) {

    /** Nothing is known. */
    public static final InstanceReport NONE =
            new InstanceReport(0, null, 0, null, null, null, List.of(), "", false, false, false, List.of(), null);

    public InstanceReport {
        replicationClients = List.copyOf(replicationClients);
        subscriptions = List.copyOf(subscriptions);
    }

    /** Replayed on a replica, written on a primary; null if unknown. */
    public @Nullable LogSequenceNumber lsn() {
        return replay == null ? written : replay.replayed();
    }

    /** Whether commits wait for standbys of which none is there: then nothing can be written. */
    public boolean commitsWait() {
        return replay == null
                && !synchronousStandbyNames.isBlank()
                && replicationClients.stream().noneMatch(ReplicationClient::synchronous);
    }

    /** The same with what earlier looks tell of it. */
    InstanceReport with(Replay replay, int timeline) {
        return new InstanceReport(
                serverVersion,
                systemIdentifier,
                timeline,
                postmasterStart,
                written,
                replay,
                replicationClients,
                synchronousStandbyNames,
                readOnlyByDefault,
                pendingRestart,
                hasArchive,
                subscriptions,
                notSeen);
    }

    /** The same of a server that has another role since: what belongs to the old one does not hold any more. */
    InstanceReport ofAnotherRole() {
        return new InstanceReport(
                serverVersion,
                systemIdentifier,
                0,
                postmasterStart,
                null,
                null,
                List.of(),
                synchronousStandbyNames,
                readOnlyByDefault,
                pendingRestart,
                hasArchive,
                subscriptions,
                notSeen);
    }
}
