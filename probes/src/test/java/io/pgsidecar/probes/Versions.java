package io.pgsidecar.probes;

import io.pgsidecar.probes.postgres.PostgresBinaries;
import java.util.List;

/** On which versions a test of servers runs: the oldest and the newest, and in the long run all. */
final class Versions {

    static final List<Integer> TESTED =
            Boolean.getBoolean("pgsidecar.long") ? List.copyOf(PostgresBinaries.SUPPORTED) : List.of(14, 18);

    private Versions() {}
}
