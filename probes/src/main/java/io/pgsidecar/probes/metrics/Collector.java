package io.pgsidecar.probes.metrics;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Asks the instance for some metrics. Keeps nothing between two calls but what is safe for one thread at a time. */
public interface Collector {

    /** Its name in the configuration, and the label {@code collector}. */
    String name();

    /**
     * Asks.
     *
     * @param connection of the collectors' own, with a time-out for each statement, in a read-only transaction that is
     *     rolled back afterwards
     * @param version as {@code server_version_num}
     */
    List<Family> collect(Connection connection, int version) throws SQLException;
}
