package io.pgsidecar.probes.metrics.queries;

import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** Logs in for each run, and keeps nothing: a session that stays would be in the way of {@code DROP DATABASE}. */
public final class FreshSessions implements Databases {

    private final InstanceAddress address;
    private final Duration queryTimeout;

    /**
     * Logs in where the address says.
     *
     * @param queryTimeout for each statement, in place of the address's
     */
    public FreshSessions(InstanceAddress address, Duration queryTimeout) {
        this.address = address;
        this.queryTimeout = queryTimeout;
    }

    @Override
    public Connection open(String database) throws SQLException, IOException {
        return new InstanceAddress(
                        address.host(),
                        address.port(),
                        database,
                        address.user(),
                        address.password(),
                        address.connectTimeout(),
                        queryTimeout,
                        address.dataDirectory())
                .connect();
    }
}
