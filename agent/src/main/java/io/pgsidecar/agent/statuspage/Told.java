package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.wal.Words;
import java.time.Duration;

/** How many and how long, in a sentence. */
final class Told {

    private Told() {}

    static String count(long count, String noun) {
        return count == 1 ? "1 " + noun : count + " " + noun + "s";
    }

    /** As a table says it, but {@code 5m} and not {@code 5m 0s}. */
    static String span(Duration duration) {
        return Words.span(duration).replaceAll(" 0[smh]$", "");
    }

    static String ago(Duration age) {
        return span(age) + " ago";
    }
}
