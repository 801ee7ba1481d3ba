package io.pgsidecar.k8s.manifests;

import io.kubernetes.client.openapi.JSON;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The types of Kubernetes' API, of the release that the client's models were generated for: fields that it does not know,
 * required ones that are missing, and values of another type. Enumerations, which the models leave out, are in
 * {@link #WORDS}.
 */
final class Schema {

    private static final Set<String> GROUPS = Set.of(
            "v1",
            "apps/v1",
            "batch/v1",
            "networking.k8s.io/v1",
            "policy/v1",
            "rbac.authorization.k8s.io/v1",
            "storage.k8s.io/v1");

    /** Fields whose value is one of a few words, wherever they are. */
    static final Map<String, Set<String>> WORDS = Map.ofEntries(
            Map.entry("restartPolicy", Set.of("Always", "OnFailure", "Never")),
            Map.entry("podManagementPolicy", Set.of("Parallel", "OrderedReady")),
            Map.entry("whenDeleted", Set.of("Retain", "Delete")),
            Map.entry("whenScaled", Set.of("Retain", "Delete")),
            Map.entry("whenUnsatisfiable", Set.of("DoNotSchedule", "ScheduleAnyway")),
            Map.entry("fsGroupChangePolicy", Set.of("OnRootMismatch", "Always")),
            Map.entry("externalTrafficPolicy", Set.of("Cluster", "Local")),
            Map.entry("volumeBindingMode", Set.of("WaitForFirstConsumer", "Immediate")),
            Map.entry("reclaimPolicy", Set.of("Retain", "Delete")),
            Map.entry("protocol", Set.of("TCP", "UDP", "SCTP")),
            Map.entry("imagePullPolicy", Set.of("Always", "IfNotPresent", "Never")),
            Map.entry("medium", Set.of("", "Memory")),
            Map.entry("operator", Set.of("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Equal")));

    /** Kinds of the Prometheus operator: each field that is used here, since no models are at hand. */
    private static final Map<String, Set<String>> MONITORING = Map.of(
            "ServiceMonitor",
            Set.of(
                    "selector",
                    "selector.matchLabels",
                    "endpoints",
                    "endpoints.port",
                    "endpoints.path",
                    "endpoints.interval",
                    "endpoints.scrapeTimeout",
                    "podTargetLabels"),
            "PrometheusRule",
            Set.of(
                    "groups",
                    "groups.name",
                    "groups.rules",
                    "groups.rules.alert",
                    "groups.rules.expr",
                    "groups.rules.for",
                    "groups.rules.labels",
                    "groups.rules.annotations"));

    private Schema() {}

    /** What is wrong with a manifest; empty if it fits its type. */
    static Optional<String> violation(Manifest manifest) {
        if (manifest.apiVersion().equals("monitoring.coreos.com/v1")) {
            return unknownField(manifest);
        }
        if (!GROUPS.contains(manifest.apiVersion())) {
            return Optional.of("apiVersion " + manifest.apiVersion() + " is none that is used here");
        }
        try {
            Class<?> type = Class.forName("io.kubernetes.client.openapi.models.V1" + manifest.kind());
            JSON.deserialize(manifest.json().toString(), type);
            return Optional.empty();
        } catch (ClassNotFoundException e) {
            return Optional.of("there is no kind " + manifest.kind());
        } catch (RuntimeException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<String> unknownField(Manifest manifest) {
        Set<String> known = MONITORING.getOrDefault(manifest.kind(), Set.of());
        return fields(manifest.spec(), "").stream()
                .filter(field -> known.stream().noneMatch(k -> field.equals(k) || isMapIn(field, k)))
                .findFirst()
                .map(field -> "spec." + field + " is no field of " + manifest.kind());
    }

    private static boolean isMapIn(String field, String known) {
        boolean map = known.endsWith("abels") || known.endsWith("annotations");
        return map && field.startsWith(known + ".");
    }

    private static List<String> fields(com.fasterxml.jackson.databind.JsonNode node, String path) {
        List<String> fields = new java.util.ArrayList<>();
        if (node.isObject()) {
            node.properties().forEach(entry -> {
                String field = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
                fields.add(field);
                fields.addAll(fields(entry.getValue(), field));
            });
        } else {
            node.forEach(element -> fields.addAll(fields(element, path)));
        }
        return fields;
    }
}
