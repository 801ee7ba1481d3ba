package io.pgsidecar.k8s.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** One object of Kubernetes, as it is written. */
record Manifest(JsonNode json) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The documents of a YAML file. A key that is there twice is an error. */
    static List<Manifest> parse(String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        List<Manifest> manifests = new ArrayList<>();
        for (Object document : new Yaml(new SafeConstructor(options)).loadAll(yaml)) {
            if (document != null) {
                manifests.add(new Manifest(JSON.valueToTree(document)));
            }
        }
        return manifests;
    }

    String apiVersion() {
        return json.path("apiVersion").asText();
    }

    String kind() {
        return json.path("kind").asText();
    }

    String name() {
        return json.path("metadata").path("name").asText();
    }

    /** {@code StatefulSet postgres}. */
    String title() {
        return kind() + " " + name();
    }

    JsonNode spec() {
        return json.path("spec");
    }

    boolean isA(String kind) {
        return kind().equals(kind);
    }

    /** Whether it makes pods. */
    boolean hasPods() {
        return spec().path("template").path("spec").has("containers");
    }

    Map<String, String> podLabels() {
        return strings(spec().path("template").path("metadata").path("labels"));
    }

    JsonNode pod() {
        return spec().path("template").path("spec");
    }

    /** Init containers and containers, in the order of their start. */
    List<JsonNode> containers() {
        List<JsonNode> all = new ArrayList<>();
        pod().path("initContainers").forEach(all::add);
        pod().path("containers").forEach(all::add);
        return all;
    }

    JsonNode container(String name) {
        return containers().stream()
                .filter(container -> container.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(title() + " has no container " + name));
    }

    static Map<String, String> strings(JsonNode object) {
        Map<String, String> map = new TreeMap<>();
        object.properties()
                .forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
        return map;
    }
}
