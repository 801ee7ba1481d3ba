package io.pgsidecar.k8s.fake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * A pod as it was from a moment on.
 *
 * @param nanos by {@link System#nanoTime()}
 * @param by what has made it: a call, or the test
 */
public record PodVersion(String name, long version, long nanos, Map<String, String> labels, boolean exists, String by) {

    static PodVersion of(ObjectNode pod, long nanos, boolean exists, String by) {
        Map<String, String> labels = new TreeMap<>();
        pod.path("metadata")
                .path("labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asText("")));
        return new PodVersion(
                pod.path("metadata").path("name").asText(""),
                pod.path("metadata").path("resourceVersion").asLong(),
                nanos,
                labels,
                exists,
                by);
    }
}
