package io.pgsidecar.k8s.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What Kubernetes finds out late or never: names that lead nowhere, selectors that select nothing. For all objects that
 * are applied together; each thing that is wrong is a line.
 */
final class Consistency {

    /** What exists without a manifest: made by hand, or by the cluster. */
    private static final Map<String, Set<String>> SECRETS = Map.of(
            "postgres-secret", Set.of("password", "agent-password", "replication-password"),
            "pgbouncer-secret", Set.of("userlist.txt", "password"),
            "region-secret", Set.of("password", "conninfo"));

    private static final String CLUSTERS_OWN = "kube-root-ca.crt";

    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");
    private static final Pattern LABEL_KEY =
            Pattern.compile("([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
    private static final Pattern LABEL_VALUE = Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
    private static final Pattern QUANTITY = Pattern.compile("[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?");
    private static final Pattern FILE = Pattern.compile("/etc/[-_a-z./]+");
    private static final Pattern CLUSTER_WIDE = Pattern.compile("Namespace|StorageClass");

    private final List<Manifest> manifests;
    private final Map<String, String> agentLabels;
    private final List<String> found = new ArrayList<>();

    private Consistency(List<Manifest> manifests, Map<String, String> agentLabels) {
        this.manifests = manifests;
        this.agentLabels = agentLabels;
    }

    /**
     * All that is wrong.
     *
     * @param roles label keys that the agent sets on pods, each with a value per line of a Service's selector
     */
    static List<String> findings(List<Manifest> manifests, Map<String, String> roles) {
        Consistency consistency = new Consistency(manifests, roles);
        consistency.look();
        return consistency.found;
    }

    private void look() {
        Set<String> titles = new HashSet<>();
        for (Manifest manifest : manifests) {
            say(!titles.add(manifest.title()), manifest, "is there twice");
            say(!NAME.matcher(manifest.name()).matches(), manifest, "its name is none");
            lookAtWords(manifest, manifest.json());
            lookAtLabels(manifest, manifest.json(), "");
            if (manifest.hasPods()) {
                lookAtPods(manifest);
            }
            switch (manifest.kind()) {
                case "Service" -> lookAtService(manifest);
                case "PodDisruptionBudget" ->
                    lookAtSelector(manifest, manifest.spec().path("selector"));
                case "NetworkPolicy" -> lookAtPolicy(manifest);
                case "RoleBinding" -> lookAtBinding(manifest);
                case "ServiceMonitor" -> lookAtMonitor(manifest);
                default -> {}
            }
        }
        lookAtNamespaces();
    }

    private void lookAtWords(Manifest manifest, JsonNode node) {
        node.properties().forEach(entry -> {
            Set<String> words = Schema.WORDS.get(entry.getKey());
            JsonNode value = entry.getValue();
            if (words != null && value.isTextual()) {
                say(!words.contains(value.asText()), manifest, entry.getKey() + " is none: " + value.asText());
            }
            if (Set.of("requests", "limits", "capacity").contains(entry.getKey())) {
                value.properties()
                        .forEach(q -> say(
                                !QUANTITY.matcher(q.getValue().asText()).matches(),
                                manifest,
                                q.getKey() + " is no quantity: " + q.getValue().asText()));
            }
        });
        node.forEach(child -> lookAtWords(manifest, child));
    }

    private void lookAtLabels(Manifest manifest, JsonNode node, String of) {
        if (of.equals("labels") || of.equals("matchLabels") || (of.equals("selector") && node.isObject())) {
            node.properties().forEach(label -> {
                if (!label.getValue().isContainerNode()) {
                    say(!LABEL_KEY.matcher(label.getKey()).matches(), manifest, "no label: " + label.getKey());
                    say(!label.getValue().isTextual(), manifest, "the value of a label is no text: " + label.getKey());
                    say(
                            !manifest.isA("PrometheusRule")
                                    && !LABEL_VALUE
                                            .matcher(label.getValue().asText())
                                            .matches(),
                            manifest,
                            "no value of a label: " + label.getValue().asText());
                }
            });
        }
        if (of.equals("annotations")) {
            node.properties()
                    .forEach(a -> say(!a.getValue().isTextual(), manifest, "annotation is no text: " + a.getKey()));
        }
        if (node.isObject()) {
            node.properties().forEach(entry -> lookAtLabels(manifest, entry.getValue(), entry.getKey()));
        } else {
            node.forEach(element -> lookAtLabels(manifest, element, ""));
        }
    }

    private void lookAtPods(Manifest owner) {
        lookAtOwnSelector(owner);
        Set<String> volumes = volumes(owner);
        Set<String> mounted = new HashSet<>();
        Set<String> names = new HashSet<>();
        Set<String> ports = new HashSet<>();
        for (JsonNode container : owner.containers()) {
            String name = container.path("name").asText();
            say(!names.add(name), owner, "two containers are " + name);
            Set<String> paths = new HashSet<>();
            for (JsonNode mount : container.path("volumeMounts")) {
                String volume = mount.path("name").asText();
                mounted.add(volume);
                say(!volumes.contains(volume), owner, name + " mounts " + volume + ", which is no volume");
                say(!paths.add(mount.path("mountPath").asText()), owner, name + " mounts twice at " + mount);
            }
            for (JsonNode port : container.path("ports")) {
                say(!ports.add(port.path("name").asText()), owner, "two ports are " + port.path("name"));
            }
            lookAtEnvironment(owner, container);
            lookAtFiles(owner, container);
        }
        for (JsonNode container : owner.containers()) {
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                for (String way : List.of("httpGet", "tcpSocket")) {
                    lookAtProbedPort(owner, container.path(probe).path(way).path("port"), container);
                }
            }
        }
        volumes.stream()
                .filter(volume -> !mounted.contains(volume))
                .forEach(volume -> found.add(owner.title() + ": nobody mounts " + volume));
        say(
                owner.pod().has("serviceAccountName")
                        && !exists(
                                "ServiceAccount",
                                owner.pod().path("serviceAccountName").asText()),
                owner,
                "its ServiceAccount is not there");
    }

    /** The files that a container's arguments name are there: each a key of what is mounted. */
    private void lookAtFiles(Manifest owner, JsonNode container) {
        Stream.of("args", "command")
                .flatMap(list -> children(container.path(list)))
                .map(JsonNode::asText)
                .flatMap(argument -> FILE.matcher(argument).results())
                .map(MatchResult::group)
                .forEach(file -> say(
                        children(container.path("volumeMounts"))
                                .noneMatch(mount -> files(
                                                owner, mount.path("name").asText())
                                        .map(name -> mount.path("mountPath").asText() + "/" + name)
                                        .anyMatch(file::equals)),
                        owner,
                        container.path("name").asText() + " has no file " + file));
    }

    /** The files of a volume that is a ConfigMap or a Secret. */
    private Stream<String> files(Manifest owner, String volume) {
        return children(owner.pod().path("volumes"))
                .filter(source -> source.path("name").asText().equals(volume))
                .flatMap(source -> source.has("secret")
                        ? children(source.path("secret").path("items"))
                                .map(item -> item.path("path").asText())
                        : all("ConfigMap")
                                .filter(map -> map.name()
                                        .equals(source.path("configMap")
                                                .path("name")
                                                .asText()))
                                .flatMap(map -> map.json().path("data").propertyStream())
                                .map(Map.Entry::getKey));
    }

    private void lookAtProbedPort(Manifest owner, JsonNode port, JsonNode container) {
        if (port.isTextual()) {
            // A name is looked up in the probed container alone.
            say(!portNames(container).contains(port.asText()), owner, "a probe asks port " + port.asText());
        } else if (port.isInt()) {
            say(
                    owner.containers().stream()
                            .flatMap(c -> children(c.path("ports")))
                            .noneMatch(p -> p.path("containerPort").asInt() == port.asInt()),
                    owner,
                    "a probe asks port " + port.asText() + ", which no container has");
        }
    }

    private void lookAtOwnSelector(Manifest owner) {
        if (owner.isA("Job")) {
            return;
        }
        Map<String, String> selected =
                Manifest.strings(owner.spec().path("selector").path("matchLabels"));
        say(
                selected.isEmpty() || !owner.podLabels().entrySet().containsAll(selected.entrySet()),
                owner,
                "its selector does not match its template");
        if (owner.isA("StatefulSet")) {
            String governing = owner.spec().path("serviceName").asText();
            say(
                    all("Service")
                            .noneMatch(service -> service.name().equals(governing)
                                    && service.spec().path("clusterIP").asText().equals("None")),
                    owner,
                    "its headless Service is not there: " + governing);
        }
        children(owner.pod().path("topologySpreadConstraints"))
                .forEach(spread -> say(
                        !owner.podLabels()
                                .entrySet()
                                .containsAll(Manifest.strings(
                                                spread.path("labelSelector").path("matchLabels"))
                                        .entrySet()),
                        owner,
                        "it spreads other pods than its own"));
    }

    private Set<String> volumes(Manifest owner) {
        Set<String> volumes = new TreeSet<>();
        for (JsonNode volume : owner.pod().path("volumes")) {
            String name = volume.path("name").asText();
            say(!volumes.add(name), owner, "two volumes are " + name);
            lookAtSource(owner, volume);
            children(volume.path("projected").path("sources")).forEach(source -> lookAtSource(owner, source));
            if (volume.has("persistentVolumeClaim")) {
                String claim =
                        volume.path("persistentVolumeClaim").path("claimName").asText();
                say(!exists("PersistentVolumeClaim", claim), owner, "there is no claim " + claim);
            }
        }
        for (JsonNode claim : owner.spec().path("volumeClaimTemplates")) {
            volumes.add(claim.path("metadata").path("name").asText());
        }
        return volumes;
    }

    private void lookAtSource(Manifest owner, JsonNode source) {
        if (source.has("configMap")) {
            JsonNode configMap = source.path("configMap");
            lookAtConfigMap(owner, configMap.path("name").asText(), keys(configMap));
        }
        if (source.has("secret")) {
            JsonNode secret = source.path("secret");
            lookAtSecret(owner, secret.path("secretName").asText(), keys(secret));
        }
    }

    private void lookAtEnvironment(Manifest owner, JsonNode container) {
        Set<String> names = new HashSet<>();
        for (JsonNode variable : container.path("env")) {
            say(!names.add(variable.path("name").asText()), owner, "a variable is there twice: " + variable);
            JsonNode from = variable.path("valueFrom");
            if (from.has("secretKeyRef")) {
                lookAtSecret(
                        owner,
                        from.path("secretKeyRef").path("name").asText(),
                        List.of(from.path("secretKeyRef").path("key").asText()));
            }
        }
        for (JsonNode from : container.path("envFrom")) {
            lookAtConfigMap(owner, from.path("configMapRef").path("name").asText(), List.of());
        }
        for (String list : List.of("args", "command")) {
            children(container.path(list))
                    .map(JsonNode::asText)
                    .flatMap(argument -> Pattern.compile("\\$\\(([A-Z_]+)\\)")
                            .matcher(argument)
                            .results())
                    .forEach(use -> say(
                            !names.contains(use.group(1)), owner, "an argument needs the variable " + use.group(1)));
        }
    }

    private void lookAtConfigMap(Manifest owner, String name, List<String> keys) {
        if (name.equals(CLUSTERS_OWN)) {
            return;
        }
        List<Manifest> there =
                all("ConfigMap").filter(map -> map.name().equals(name)).toList();
        say(there.isEmpty(), owner, "there is no ConfigMap " + name);
        for (Manifest map : there) {
            keys.forEach(
                    key -> say(!map.json().path("data").has(key), owner, "ConfigMap " + name + " has no key " + key));
        }
    }

    private void lookAtSecret(Manifest owner, String name, List<String> keys) {
        Set<String> known = SECRETS.getOrDefault(name, Set.of());
        say(known.isEmpty(), owner, "no page says how to make the Secret " + name);
        keys.forEach(key -> say(!known.contains(key), owner, "Secret " + name + " has no key " + key));
    }

    private void lookAtService(Manifest service) {
        Map<String, String> selector = Manifest.strings(service.spec().path("selector"));
        Map<String, String> ofTemplate = new TreeMap<>(selector);
        Set<String> roles = new TreeSet<>(ofTemplate.keySet());
        roles.retainAll(agentLabels.keySet());
        for (String role : roles) {
            String values = String.valueOf(agentLabels.get(role));
            say(
                    !List.of(values.split("\n")).contains(selector.get(role)),
                    service,
                    "the agent never labels a pod " + role + "=" + selector.get(role));
            ofTemplate.remove(role);
        }
        List<Manifest> selected = withPods(pods -> pods.podLabels().entrySet().containsAll(ofTemplate.entrySet()))
                .toList();
        say(selected.isEmpty() || ofTemplate.isEmpty(), service, "it selects no pods");
        for (JsonNode port : service.spec().path("ports")) {
            JsonNode target = port.path("targetPort");
            say(target.isMissingNode(), service, "a port has no target");
            for (Manifest pods : selected) {
                lookAtPort(service, target, pods);
            }
        }
    }

    private void lookAtSelector(Manifest manifest, JsonNode selector) {
        Map<String, String> labels = Manifest.strings(selector.path("matchLabels"));
        say(
                withPods(pods -> pods.podLabels().entrySet().containsAll(labels.entrySet()))
                        .findAny()
                        .isEmpty(),
                manifest,
                "it selects no pods: " + labels);
    }

    private void lookAtPolicy(Manifest policy) {
        JsonNode own = policy.spec().path("podSelector");
        lookAtSelector(policy, own);
        for (JsonNode rule : policy.spec().path("ingress")) {
            for (JsonNode port : rule.path("ports")) {
                withPods(pods -> pods.podLabels()
                                .entrySet()
                                .containsAll(Manifest.strings(own.path("matchLabels"))
                                        .entrySet()))
                        .forEach(pods -> lookAtPort(policy, port.path("port"), pods));
            }
            children(rule.path("from"))
                    .filter(from -> from.has("podSelector"))
                    .forEach(from -> lookAtSelector(policy, from.path("podSelector")));
        }
        for (JsonNode rule : policy.spec().path("egress")) {
            children(rule.path("to"))
                    .filter(to -> to.has("podSelector"))
                    .forEach(to -> lookAtSelector(policy, to.path("podSelector")));
        }
        List<String> types = children(policy.spec().path("policyTypes"))
                .map(JsonNode::asText)
                .toList();
        say(policy.spec().has("ingress") != types.contains("Ingress"), policy, "policyTypes and ingress differ");
        say(policy.spec().has("egress") != types.contains("Egress"), policy, "policyTypes and egress differ");
    }

    private void lookAtBinding(Manifest binding) {
        String role = binding.json().path("roleRef").path("name").asText();
        say(!exists("Role", role), binding, "there is no Role " + role);
        for (JsonNode subject : binding.json().path("subjects")) {
            String account = subject.path("name").asText();
            say(!exists("ServiceAccount", account), binding, "there is no ServiceAccount " + account);
        }
    }

    private void lookAtMonitor(Manifest monitor) {
        Map<String, String> labels =
                Manifest.strings(monitor.spec().path("selector").path("matchLabels"));
        for (JsonNode endpoint : monitor.spec().path("endpoints")) {
            long services = all("Service")
                    .filter(service -> Manifest.strings(
                                    service.json().path("metadata").path("labels"))
                            .entrySet()
                            .containsAll(labels.entrySet()))
                    .filter(service -> children(service.spec().path("ports"))
                            .anyMatch(port -> port.path("name").equals(endpoint.path("port"))))
                    .count();
            say(services != 1, monitor, services + " Services have the port " + endpoint.path("port"));
        }
    }

    /** What is in a namespace is in the same one. */
    private void lookAtNamespaces() {
        Set<String> namespaces = new TreeSet<>();
        manifests.stream()
                .filter(manifest -> !CLUSTER_WIDE.matcher(manifest.kind()).matches())
                .forEach(manifest -> namespaces.add(
                        manifest.json().path("metadata").path("namespace").asText()));
        if (namespaces.size() > 1) {
            found.add("several namespaces: " + namespaces);
        }
        for (Manifest manifest : manifests) {
            say(
                    CLUSTER_WIDE.matcher(manifest.kind()).matches()
                            && manifest.json().path("metadata").has("namespace"),
                    manifest,
                    "is in no namespace");
            if (manifest.isA("RoleBinding")) {
                children(manifest.json().path("subjects"))
                        .map(subject -> subject.path("namespace").asText())
                        .forEach(namespace -> say(
                                !namespace.isEmpty() && !namespaces.contains(namespace),
                                manifest,
                                "it binds somebody of " + namespace));
            }
        }
    }

    private Stream<Manifest> all(String kind) {
        return manifests.stream().filter(manifest -> manifest.isA(kind));
    }

    private boolean exists(String kind, String name) {
        return all(kind).anyMatch(manifest -> manifest.name().equals(name));
    }

    private Stream<Manifest> withPods(Predicate<Manifest> predicate) {
        return manifests.stream().filter(Manifest::hasPods).filter(predicate);
    }

    /** A name only of a main container's: Services before Kubernetes 1.33 do not know those of native sidecars. */
    private void lookAtPort(Manifest owner, JsonNode port, Manifest pods) {
        boolean there = port.isInt()
                ? pods.containers().stream()
                        .flatMap(container -> children(container.path("ports")))
                        .anyMatch(has -> has.path("containerPort").asInt() == port.asInt())
                : children(pods.pod().path("containers"))
                        .anyMatch(container -> portNames(container).contains(port.asText()));
        say(!there, owner, "its pods have no port " + port.asText());
    }

    private static Set<String> portNames(JsonNode container) {
        Set<String> names = new TreeSet<>();
        children(container.path("ports"))
                .forEach(port -> names.add(port.path("name").asText()));
        return names;
    }

    private static List<String> keys(JsonNode source) {
        return children(source.path("items"))
                .map(item -> item.path("key").asText())
                .toList();
    }

    private static Stream<JsonNode> children(JsonNode list) {
        return list.valueStream();
    }

    private void say(boolean wrong, Manifest manifest, String what) {
        if (wrong) {
            found.add(manifest.title() + ": " + what);
        }
    }
}
