package io.pgsidecar.k8s.fake;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request as authorization sees it.
 *
 * @param number counts from 0
 * @param verb {@code get}, {@code list}, {@code patch}, {@code create}
 * @param name empty for a list or a create
 * @param token the bearer's
 * @param query of the URL; empty if there is none
 * @param body null if there is none, or none that is JSON
 * @param arrived by {@link System#nanoTime()}
 */
public record Call(
        int number,
        String verb,
        String resource,
        String name,
        String token,
        String query,
        @Nullable JsonNode body,
        Instant time,
        long arrived) {

    /** {@code patch pods/postgres-0}. */
    public String what() {
        return verb + " " + resource + (name.isEmpty() ? "" : "/" + name);
    }
}
