package io.pgsidecar.k8s.fake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the API server refuses in a pod's metadata, by its own rules and words. */
final class LabelSyntax {

    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]");
    private static final Pattern SUBDOMAIN =
            Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private LabelSyntax() {}

    static boolean key(String key) {
        String[] parts = key.split("/", -1);
        if (parts.length > 2) {
            return false;
        }
        String name = parts[parts.length - 1];
        boolean prefix = parts.length == 1
                || (parts[0].length() <= 253 && SUBDOMAIN.matcher(parts[0]).matches());
        return prefix && name.length() <= 63 && NAME.matcher(name).matches();
    }

    static boolean value(String value) {
        return value.isEmpty() || (value.length() <= 63 && NAME.matcher(value).matches());
    }

    /** What is wrong with a changed pod, in the words of the API. */
    static Optional<String> problem(ObjectNode before, ObjectNode after) {
        JsonNode metadata = after.path("metadata");
        for (Map.Entry<String, JsonNode> label : metadata.path("labels").properties()) {
            if (!label.getValue().isTextual()) {
                return Optional.of(
                        "json: cannot unmarshal into Go struct field ObjectMeta.metadata.labels of type string");
            }
            if (!key(label.getKey()) || !value(label.getValue().asText(""))) {
                return Optional.of("metadata.labels: Invalid value: \"%s=%s\""
                        .formatted(label.getKey(), label.getValue().asText("")));
            }
        }
        for (Map.Entry<String, JsonNode> annotation :
                metadata.path("annotations").properties()) {
            if (!annotation.getValue().isTextual()) {
                return Optional.of(
                        "json: cannot unmarshal into Go struct field ObjectMeta.metadata.annotations of type string");
            }
            if (!key(annotation.getKey())) {
                return Optional.of("metadata.annotations: Invalid value: \"" + annotation.getKey() + "\"");
            }
        }
        ObjectNode a = before.deepCopy();
        ObjectNode b = after.deepCopy();
        for (ObjectNode pod : new ObjectNode[] {a, b}) {
            pod.withObject("/metadata").remove(java.util.List.of("labels", "annotations", "resourceVersion"));
        }
        return a.equals(b)
                ? Optional.empty()
                : Optional.of("only metadata.labels and metadata.annotations may be changed by an agent");
    }
}
