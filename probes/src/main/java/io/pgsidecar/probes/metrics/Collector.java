package io.pgsidecar.probes.metrics;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Asks the instance for some metrics. Keeps nothing between two calls but what is safe for one thread at a time. */
public interface Collector {

    /** Its name in the configuration, and the label {@code collector}. */
    String name();

    /** How often it asks. */
    default Tier tier() {
        return Tier.FAST;
    }

    /**
     * Whether it asks in a database; it is called once for each that it wants.
     *
     * @param main whether it is the one of the configuration, which is always there
     */
    default boolean wants(String database, boolean main) {
        return main;
    }

    /**
     * Asks.
     *
     * @param connection of the collectors' own, with a time-out for each statement, in a read-only transaction that is
     *     rolled back afterwards
     * @param version as {@code server_version_num}
     */
    List<Family> collect(Connection connection, int version) throws SQLException;

    /**
     * Forgets what will not be shown, whatever else is found in the round: where a bound is on all databases together,
     * hundreds of them take no more memory than a few.
     *
     * @param byDatabase what {@link #collect} returned in each so far; may be changed
     */
    default void trim(Map<String, List<Family>> byDatabase) {}

    /**
     * What is shown of a round, once each database was asked that could be: where a bound is on all of them together.
     *
     * @param byDatabase what {@link #collect} returned in each
     */
    default List<Family> together(Map<String, List<Family>> byDatabase) {
        List<Family> all = new ArrayList<>();
        byDatabase.values().forEach(all::addAll);
        return all;
    }
}
