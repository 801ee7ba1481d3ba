package io.pgsidecar.agent.patroni;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The parameters of a health check. Empty values do not count, and what is not known is ignored, as with Patroni.
 *
 * @param lag bytes that a replica may be behind
 * @param replicationState which a replica has to be in, such as {@code streaming}
 * @param written whether lag counts to what is received, and not to what is replayed; {@code mode=write}
 * @param tags which the member has to have
 */
public record CheckQuery(
        OptionalLong lag, Optional<String> replicationState, boolean written, Map<String, String> tags) {

    private static final String TAG = "tag_";

    public CheckQuery {
        tags = Map.copyOf(tags);
    }

    /** Reads the parameters; of one that is given several times, the first is to be passed. */
    public static CheckQuery of(Map<String, String> parameters) {
        Map<String, String> tags = new LinkedHashMap<>();
        parameters.forEach((name, value) -> {
            if (name.startsWith(TAG) && !value.isEmpty()) {
                tags.put(name.substring(TAG.length()), value);
            }
        });
        return new CheckQuery(
                LagLimit.parse(parameters.getOrDefault("lag", "")),
                Optional.ofNullable(parameters.get("replication_state")).filter(state -> !state.isEmpty()),
                "write".equals(parameters.get("mode")),
                tags);
    }
}
