package io.pgsidecar.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A pod, as far as labels need it.
 *
 * @param controller the uid of the owner that controls it
 * @param phase as Kubernetes names it: {@code Running}, {@code Failed}, …
 * @param ready its condition {@code Ready} is {@code True}
 * @param deleting it is being deleted; where its node is away, for ever
 */
public record Pod(
        String name,
        String uid,
        String resourceVersion,
        Map<String, String> labels,
        Map<String, String> annotations,
        Optional<String> controller,
        String phase,
        boolean ready,
        boolean deleting) {

    public Pod {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    static Pod of(JsonNode json) {
        JsonNode metadata = json.path("metadata");
        return new Pod(
                metadata.path("name").asText(""),
                metadata.path("uid").asText(""),
                metadata.path("resourceVersion").asText(""),
                texts(metadata.path("labels")),
                texts(metadata.path("annotations")),
                controller(metadata.path("ownerReferences")),
                json.path("status").path("phase").asText("Unknown"),
                ready(json.path("status").path("conditions")),
                metadata.hasNonNull("deletionTimestamp"));
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.properties()
                .forEach(field -> texts.put(field.getKey(), field.getValue().asText("")));
        return Collections.unmodifiableMap(texts);
    }

    private static Optional<String> controller(JsonNode owners) {
        for (JsonNode owner : owners) {
            if (owner.path("controller").asBoolean(false)) {
                return Optional.of(owner.path("uid").asText(""));
            }
        }
        return Optional.empty();
    }

    private static boolean ready(JsonNode conditions) {
        for (JsonNode condition : conditions) {
            if (condition.path("type").asText("").equals("Ready")) {
                return condition.path("status").asText("").equals("True");
            }
        }
        return false;
    }

    /** All its containers have ended, and none will start again. */
    boolean ended() {
        return phase.equals("Succeeded") || phase.equals("Failed");
    }

    /** Services send clients to it. */
    boolean serving() {
        return ready && !deleting && !ended();
    }
}
