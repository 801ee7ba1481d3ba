package io.pgsidecar.probes;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * A logical subscription of one of the instance's databases.
 *
 * @param disableOnError always false before PostgreSQL 15, which has no such option
 * @param running whether its apply worker runs
 * @param received null without a worker
 * @param confirmed up to where the publisher knows that it is applied
 * @param messageAge how old the publisher's last message was when the instance was asked; null without a worker
 * @param applyErrors null before PostgreSQL 15, which does not count them
 * @param syncErrors the same for the first copy of tables
 * @param conflicts null before PostgreSQL 18, which does not count them
 */
public record Subscription(
        String database,
        String name,
        boolean enabled,
        boolean disableOnError,
        boolean running,
        @Nullable LogSequenceNumber received,
        @Nullable LogSequenceNumber confirmed,
        @Nullable Duration messageAge,
        @Nullable Long applyErrors,
        @Nullable Long syncErrors,
        @Nullable Long conflicts) {

    /** What has come in and is not known to be applied, in bytes of the publisher's WAL; null without a worker. */
    public @Nullable Long lagBytes() {
        return received == null || confirmed == null ? null : Math.max(0, received.asLong() - confirmed.asLong());
    }

    /** Whether PostgreSQL seems to have switched it off because of an error. Somebody may have done it by hand as well. */
    public boolean disabledByError() {
        return !enabled && disableOnError && (positive(applyErrors) || positive(syncErrors));
    }

    private static boolean positive(@Nullable Long count) {
        return count != null && count > 0;
    }
}
