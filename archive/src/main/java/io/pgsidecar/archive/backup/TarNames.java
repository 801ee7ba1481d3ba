package io.pgsidecar.archive.backup;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Numbers the tars of a backup as barman-cloud does: {@code data.tar}, {@code data_0001.tar}, and so for each tablespace
 * by its OID. Safe for several threads.
 */
final class TarNames {

    private final String ending;
    private final Map<String, Integer> next = new HashMap<>();

    /** Names that end alike, as in {@code .zst.age}. */
    TarNames(String ending) {
        this.ending = ending;
    }

    /** The next tar's name; of a tablespace, or of the data directory. */
    synchronized String next(Optional<Tablespace> tablespace) {
        String stem = tablespace.map(TarNames::stem).orElse("data");
        int number = next.merge(stem, 1, Integer::sum) - 1;
        return (number == 0 ? stem : "%s_%04d".formatted(stem, number)) + ".tar" + ending;
    }

    /** Whether a name for a tar of this tablespace was asked for. */
    synchronized boolean has(Tablespace tablespace) {
        return next.containsKey(stem(tablespace));
    }

    private static String stem(Tablespace tablespace) {
        return Long.toString(tablespace.oid());
    }
}
