package io.pgsidecar.agent.quickstart;

import java.util.List;
import java.util.Optional;

/** What to look for in logs. */
final class Log {

    private static final int END = 8;

    private Log() {}

    /** The last lines. */
    static String end(String log) {
        List<String> lines = log.lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - END), lines.size()));
    }

    /** The shim's first error in PostgreSQL's log, with what it adds to it. */
    static Optional<String> error(String log) {
        List<String> lines = log.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("pgsidecar-wal: error: ")) {
                int end = i + 1;
                while (end < lines.size() && lines.get(end).startsWith("pgsidecar-wal: ")) {
                    end++;
                }
                return Optional.of(String.join("\n", lines.subList(i, end)));
            }
        }
        return Optional.empty();
    }
}
