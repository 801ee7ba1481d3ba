package io.pgsidecar.agent.metrics.queries;

/**
 * What is wrong in a file of queries.
 *
 * @param fatal whether it keeps a query, or the whole file, from being taken
 * @param line in the file; 0 if it is not about one
 * @param key its parts joined by dots; empty if it is about the file
 * @param text what is wrong, and what would be right
 */
public record QueryProblem(boolean fatal, String file, int line, String key, String text) {

    /** One line: {@code FILE:LINE: KEY: TEXT}. */
    @Override
    public String toString() {
        return file + (line == 0 ? "" : ":" + line) + (key.isEmpty() ? "" : ": " + key) + ": " + text;
    }
}
