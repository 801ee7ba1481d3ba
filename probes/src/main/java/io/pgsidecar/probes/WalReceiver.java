package io.pgsidecar.probes;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * A replica's WAL receiver, as in {@code pg_stat_wal_receiver}.
 *
 * @param status {@code streaming} when WAL comes in
 * @param timeline of the last WAL that was received; 0 if unknown
 * @param flushed what is received and on disk
 * @param latestEnd where the sender's WAL ended, by its last message
 * @param messageAge how old its last message was when the instance was asked, by the instance's clock
 * @param senderHost a host name, an address, or the folder of a Unix socket
 */
public record WalReceiver(
        String status,
        int timeline,
        @Nullable LogSequenceNumber flushed,
        @Nullable LogSequenceNumber latestEnd,
        @Nullable Duration messageAge,
        @Nullable String senderHost,
        int senderPort,
        @Nullable String slot) {

    // The receiver ends by itself after wal_receiver_timeout (60 s unless it is switched off) without a message.
    private static final Duration SILENT = Duration.ofSeconds(90);

    /** Whether the sender is there: WAL streams, and the last message is not too old to believe it. */
    public boolean hearsSender() {
        return status.equals("streaming") && (messageAge == null || messageAge.compareTo(SILENT) <= 0);
    }

    /** The sender for a person: {@code host:port}. */
    public String sender() {
        return senderHost == null ? "its sender" : senderHost + ":" + senderPort;
    }
}
