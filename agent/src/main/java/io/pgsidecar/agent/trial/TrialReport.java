package io.pgsidecar.agent.trial;

import java.util.List;

/**
 * What a restored backup has shown.
 *
 * @param databases that could be looked at
 * @param relations counted in the catalogs of all of them
 * @param amcheck databases in which tables and indexes were checked; elsewhere the extension amcheck is missing
 * @param tables checked with amcheck
 * @param indexes checked with amcheck
 * @param damages the first ones
 * @param unchecked what could not be checked, and why
 */
public record TrialReport(
        int databases,
        long relations,
        int amcheck,
        long tables,
        long indexes,
        List<Damage> damages,
        List<Damage> unchecked) {

    /**
     * Something in a database.
     *
     * @param object its name; empty for the database itself
     */
    public record Damage(String database, String object, String text) {}

    public TrialReport {
        damages = List.copyOf(damages);
        unchecked = List.copyOf(unchecked);
    }
}
