package io.pgsidecar.k8s.fake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * As much of an API server as labels need, in this process: pods and Events over HTTPS with an authority of its own,
 * bearer tokens that expire, RBAC, resource versions, and the validation that the real one does. It is stricter where the
 * real one is lenient: what it does not know is refused. Each call and each version of a pod is remembered.
 */
public final class FakeKubernetes implements AutoCloseable {

    static {
        // The JDK's server holds small answers back for 40 ms otherwise.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /**
     * Below the ports that other tests take, and those that systems give to outgoing connections: it must be free when
     * the server listens again.
     */
    private static final int LOWEST_PORT = 10_000;

    private static final int HIGHEST_PORT = 15_000;

    /** The namespace that all is in. */
    public static final String NAMESPACE = "database";

    private final TreeMap<String, ObjectNode> pods = new TreeMap<>();
    private final List<ObjectNode> events = new ArrayList<>();
    private final Map<String, Bearer> tokens = new HashMap<>();
    private final Map<String, List<Rule>> roles = new HashMap<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<PodVersion> history = new CopyOnWriteArrayList<>();
    private final AtomicInteger number = new AtomicInteger();
    private volatile Function<Call, Optional<Fault>> faults = call -> Optional.empty();
    private final AtomicInteger faultsUnderWay = new AtomicInteger();
    private TestAuthority authority;
    private @Nullable HttpsServer server;
    private @Nullable ExecutorService workers;
    private int port;
    private long version = 1000;

    /** Whom a token speaks for, and until when. */
    private record Bearer(String account, String podUid, long expires) {}

    /** A request that is answered with a Status. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        private final int status;
        private final String reason;

        Refused(int status, String reason, String message) {
            super(message);
            this.status = status;
            this.reason = reason;
        }
    }

    /** Made once: it takes its time. */
    private static final class Shared {
        static final TestAuthority AUTHORITY = TestAuthority.create();
    }

    private FakeKubernetes(TestAuthority authority) {
        this.authority = authority;
    }

    /** A server that answers, on a free port of 127.0.0.1. */
    public static FakeKubernetes start() {
        FakeKubernetes fake = new FakeKubernetes(Shared.AUTHORITY);
        fake.listen();
        return fake;
    }

    /** The port, the same after {@link #stop} and {@link #listen}. */
    public int port() {
        return port;
    }

    /** What the kubelet gives each container. */
    public Map<String, String> environment() {
        return Map.of("KUBERNETES_SERVICE_HOST", "127.0.0.1", "KUBERNETES_SERVICE_PORT", Integer.toString(port));
    }

    /** Answers again, or for the first time. */
    public synchronized void listen() {
        if (server != null) {
            return;
        }
        try {
            HttpsServer https = bound();
            https.setHttpsConfigurator(new HttpsConfigurator(authority.tls()));
            https.createContext("/", this::serve);
            workers = Executors.newVirtualThreadPerTaskExecutor();
            https.setExecutor(workers);
            https.start();
            port = https.getAddress().getPort();
            server = https;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpsServer bound() throws IOException {
        while (true) {
            int wanted = port == 0 ? ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT) : port;
            try {
                return HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted), 50);
            } catch (BindException e) {
                if (port != 0) {
                    throw e;
                }
                // Somebody has it: another one.
            }
        }
    }

    /** Ends all connections, and refuses new ones. */
    public synchronized void stop() {
        if (server != null) {
            server.stop(0);
            server = null;
        }
        if (workers != null) {
            workers.shutdownNow();
            workers = null;
        }
    }

    /** Goes on with another authority; what {@link #mount} has written is of the old one until it is written again. */
    public synchronized void changeAuthority() {
        stop();
        authority = TestAuthority.create();
        listen();
    }

    /** Decides for each call whether it goes wrong. */
    public void faults(Function<Call, Optional<Fault>> decision) {
        faults = decision;
    }

    /** No call goes wrong that comes from now on. */
    public void noFaults() {
        faults = call -> Optional.empty();
    }

    /** Whether a call that came before is still going wrong. */
    public boolean faultUnderWay() {
        return faultsUnderWay.get() > 0;
    }

    /** What a service account may do; replaces what it might before. */
    public synchronized void allow(String account, List<Rule> rules) {
        roles.put(account, List.copyOf(rules));
    }

    /**
     * A token for a pod, as the kubelet gets one: three parts, of which the second says whose it is. It ends with the
     * pod.
     */
    public synchronized String token(String account, String pod, Duration life) {
        ObjectNode found = pods.get(pod);
        if (found == null) {
            throw new IllegalArgumentException("no pod " + pod);
        }
        String uid = found.path("metadata").path("uid").asText("");
        ObjectNode claims = NODES.objectNode();
        ObjectNode kubernetes = claims.put("sub", "system:serviceaccount:" + NAMESPACE + ":" + account)
                .putObject("kubernetes.io");
        kubernetes.put("namespace", NAMESPACE).putObject("pod").put("name", pod).put("uid", uid);
        String token = "e30."
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(claims.toString().getBytes(StandardCharsets.UTF_8))
                + "."
                + UUID.randomUUID().toString().replace("-", "");
        tokens.put(token, new Bearer(account, uid, System.nanoTime() + life.toNanos()));
        return token;
    }

    /** No token that was given counts any longer. */
    public synchronized void expireTokens() {
        tokens.clear();
    }

    /** Writes what the kubelet mounts; each file appears whole. */
    public void mount(Path folder, String token) {
        try {
            Files.createDirectories(folder);
            write(folder.resolve("token"), token);
            write(folder.resolve("ca.crt"), authority.pem());
            write(folder.resolve("namespace"), NAMESPACE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String content) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, content);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A pod of a StatefulSet, running and ready, without the agent's labels; one of that name is replaced. */
    public synchronized void createPod(String set, int ordinal) {
        String name = set + "-" + ordinal;
        deletePod(name);
        ObjectNode pod = NODES.objectNode();
        pod.put("apiVersion", "v1").put("kind", "Pod");
        ObjectNode metadata = pod.putObject("metadata");
        metadata.put("name", name)
                .put("namespace", NAMESPACE)
                .put("uid", UUID.randomUUID().toString());
        metadata.putObject("labels")
                .put("app", set)
                .put("controller-revision-hash", set + "-5c7d8")
                .put("apps.kubernetes.io/pod-index", Integer.toString(ordinal))
                .put("statefulset.kubernetes.io/pod-name", name);
        metadata.putArray("ownerReferences")
                .addObject()
                .put("apiVersion", "apps/v1")
                .put("kind", "StatefulSet")
                .put("name", set)
                .put(
                        "uid",
                        UUID.nameUUIDFromBytes(set.getBytes(StandardCharsets.UTF_8))
                                .toString())
                .put("controller", true);
        pod.putObject("spec").put("serviceAccountName", set).putArray("containers");
        pod.putObject("status")
                .put("phase", "Running")
                .putArray("conditions")
                .addObject()
                .put("type", "Ready")
                .put("status", "True");
        keep(pod, "created");
    }

    /** The pod is gone at once, as after a deletion by force. */
    public synchronized void deletePod(String name) {
        ObjectNode gone = pods.remove(name);
        if (gone != null) {
            gone.withObject("/metadata").put("resourceVersion", Long.toString(++version));
            history.add(PodVersion.of(gone, System.nanoTime(), false, "deleted"));
        }
    }

    /** Changes a pod, as its kubelet or a person does. */
    public synchronized void change(String name, java.util.function.Consumer<ObjectNode> change) {
        ObjectNode pod = stored(name).deepCopy();
        change.accept(pod);
        keep(pod, "changed");
    }

    /** What the kubelet says of it. */
    public void ready(String name, boolean ready) {
        change(
                name,
                pod -> ((ObjectNode) pod.path("status").path("conditions").path(0))
                        .put("status", ready ? "True" : "False"));
    }

    /** Its deletion has begun. */
    public void terminate(String name) {
        change(
                name,
                pod -> pod.withObject("/metadata")
                        .put("deletionTimestamp", Instant.now().toString())
                        .put("deletionGracePeriodSeconds", 30));
    }

    /** A person's label or annotation; null takes it away. */
    public void set(String name, String kind, String key, @Nullable String value) {
        change(name, pod -> {
            ObjectNode texts = pod.withObject("/metadata").withObject("/" + kind);
            if (value == null) {
                texts.remove(key);
            } else {
                texts.put(key, value);
            }
        });
    }

    private void keep(ObjectNode pod, String by) {
        pod.withObject("/metadata").put("resourceVersion", Long.toString(++version));
        pods.put(pod.path("metadata").path("name").asText(""), pod);
        history.add(PodVersion.of(pod, System.nanoTime(), true, by));
    }

    private ObjectNode stored(String name) {
        ObjectNode pod = pods.get(name);
        if (pod == null) {
            throw new IllegalArgumentException("no pod " + name);
        }
        return pod;
    }

    /** A pod as it is now. */
    public synchronized ObjectNode pod(String name) {
        return stored(name).deepCopy();
    }

    /** A label of a pod; empty if it does not have it. */
    public synchronized Optional<String> label(String name, String key) {
        ObjectNode pod = pods.get(name);
        return pod == null ? Optional.empty() : text(pod, "labels", key);
    }

    /** An annotation of a pod; empty if it does not have it. */
    public synchronized Optional<String> annotation(String name, String key) {
        return text(stored(name), "annotations", key);
    }

    private static Optional<String> text(ObjectNode pod, String kind, String key) {
        return Optional.ofNullable(pod.path("metadata").path(kind).get(key)).map(JsonNode::asText);
    }

    /** The Events that are kept. */
    public synchronized List<ObjectNode> events() {
        return List.copyOf(events);
    }

    /** All calls that have come through, in their order. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Each version of each pod, in their order. */
    public List<PodVersion> history() {
        return List.copyOf(history);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Call call = call(exchange, body);
            calls.add(call);
            Optional<Fault> fault = faults.apply(call);
            if (fault.isEmpty()) {
                answer(exchange, () -> outcome(exchange, call));
            } else {
                faultsUnderWay.incrementAndGet();
                try {
                    answer(exchange, call, fault.get());
                } finally {
                    faultsUnderWay.decrementAndGet();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // The server is stopped.
        }
    }

    private Call call(HttpExchange exchange, byte[] body) {
        String[] path = exchange.getRequestURI().getPath().split("/", -1);
        String resource = path.length > 5 ? path[5] : "";
        String name = path.length > 6 ? decoded(path[6]) : "";
        String verb = switch (exchange.getRequestMethod()) {
            case "GET" -> name.isEmpty() ? "list" : "get";
            case "POST" -> "create";
            case "PATCH" -> "patch";
            case "PUT" -> "update";
            case "DELETE" -> "delete";
            default -> exchange.getRequestMethod();
        };
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        String token = authorization != null && authorization.startsWith("Bearer ")
                ? authorization.substring("Bearer ".length())
                : "";
        JsonNode json;
        try {
            json = body.length == 0 ? null : JSON.readTree(body);
        } catch (IOException e) {
            json = null;
        }
        String query = exchange.getRequestURI().getRawQuery();
        return new Call(
                number.getAndIncrement(),
                verb,
                resource,
                name,
                token,
                query == null ? "" : query,
                json,
                Instant.now(),
                System.nanoTime());
    }

    private void answer(HttpExchange exchange, Call call, Fault fault) throws IOException, InterruptedException {
        switch (fault) {
            case Fault.Answer a -> {
                if (a.retryAfterSeconds() > 0) {
                    exchange.getResponseHeaders().set("Retry-After", Integer.toString(a.retryAfterSeconds()));
                }
                send(exchange, a.status(), status(a.status(), a.reason(), a.message()));
            }
            case Fault.Page page -> {
                byte[] html = page.html().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "text/html");
                exchange.sendResponseHeaders(page.status(), html.length);
                exchange.getResponseBody().write(html);
            }
            case Fault.Hang hang -> Thread.sleep(hang.time());
            case Fault.Slow slow -> {
                Thread.sleep(slow.time());
                answer(exchange, () -> outcome(exchange, call));
            }
            case Fault.LoseAnswer lost -> {
                Outcome ignored = outcome(exchange, call);
                throw new IOException("lost: " + ignored.status());
            }
            case Fault.Drop dropped -> throw new IOException("dropped");
            case Fault.HalfAnswer half -> {
                exchange.sendResponseHeaders(200, 1000);
                exchange.getResponseBody().write('{');
                exchange.getResponseBody().flush();
                Thread.sleep(half.time());
            }
        }
    }

    private record Outcome(int status, JsonNode json) {}

    private static void answer(HttpExchange exchange, Supplier<Outcome> carriedOut) throws IOException {
        Outcome outcome = carriedOut.get();
        send(exchange, outcome.status(), outcome.json());
    }

    private Outcome outcome(HttpExchange exchange, Call call) {
        try {
            return carryOut(exchange, call);
        } catch (Refused e) {
            return new Outcome(e.status, status(e.status, e.reason, String.valueOf(e.getMessage())));
        }
    }

    private static void send(HttpExchange exchange, int status, JsonNode json) throws IOException {
        byte[] body = json.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private static ObjectNode status(int code, String reason, String message) {
        ObjectNode status = NODES.objectNode();
        status.put("kind", "Status").put("apiVersion", "v1");
        status.putObject("metadata");
        return status.put("status", "Failure")
                .put("message", message)
                .put("reason", reason)
                .put("code", code);
    }

    private synchronized Outcome carryOut(HttpExchange exchange, Call call) throws Refused {
        String account = authenticated(call);
        String prefix = "/api/v1/namespaces/" + NAMESPACE + "/";
        String path = exchange.getRequestURI().getPath();
        if (!path.startsWith(prefix) || path.split("/", -1).length > 7) {
            throw new Refused(404, "NotFound", "the server could not find the requested resource");
        }
        authorize(account, call);
        Map<String, String> query = query(call.query());
        boolean dryRun = "All".equals(query.remove("dryRun"));
        return switch (call.verb() + " " + call.resource()) {
            case "get pods" -> {
                only(query);
                yield new Outcome(200, existing(call.name()));
            }
            case "list pods" -> new Outcome(200, list(query));
            case "patch pods" -> {
                only(query);
                yield new Outcome(200, patch(exchange, call, dryRun));
            }
            case "create events" -> {
                only(query);
                yield new Outcome(201, create(exchange, call, dryRun));
            }
            default ->
                throw new Refused(
                        405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        };
    }

    private String authenticated(Call call) throws Refused {
        Bearer bearer = tokens.get(call.token());
        if (bearer == null
                || System.nanoTime() - bearer.expires() > 0
                || pods.values().stream()
                        .noneMatch(pod ->
                                pod.path("metadata").path("uid").asText("").equals(bearer.podUid()))) {
            throw new Refused(401, "Unauthorized", "Unauthorized");
        }
        return bearer.account();
    }

    private void authorize(String account, Call call) throws Refused {
        if (roles.getOrDefault(account, List.of()).stream().noneMatch(rule -> rule.allows(call))) {
            throw new Refused(
                    403,
                    "Forbidden",
                    "%s%s is forbidden: User \"system:serviceaccount:%s:%s\" cannot %s resource \"%s\" in API group \"\" in the namespace \"%s\""
                            .formatted(
                                    call.resource(),
                                    call.name().isEmpty() ? "" : " \"" + call.name() + "\"",
                                    NAMESPACE,
                                    account,
                                    call.verb(),
                                    call.resource(),
                                    NAMESPACE));
        }
    }

    private ObjectNode existing(String name) throws Refused {
        ObjectNode pod = pods.get(name);
        if (pod == null) {
            throw new Refused(404, "NotFound", "pods \"" + name + "\" not found");
        }
        return pod;
    }

    private ObjectNode list(Map<String, String> query) throws Refused {
        String selector = query.getOrDefault("labelSelector", "");
        int limit = Integer.parseInt(query.getOrDefault("limit", "1000000"));
        String after = query.getOrDefault("continue", "");
        query.keySet().removeAll(List.of("labelSelector", "limit", "continue"));
        only(query);
        ObjectNode list = NODES.objectNode();
        list.put("kind", "PodList").put("apiVersion", "v1");
        ObjectNode metadata = list.putObject("metadata").put("resourceVersion", Long.toString(version));
        ArrayNode items = list.putArray("items");
        for (ObjectNode pod : pods.values()) {
            String name = pod.path("metadata").path("name").asText("");
            if (name.compareTo(after) > 0 && Selector.of(selector).matches(pod)) {
                if (items.size() == limit) {
                    metadata.put(
                            "continue",
                            items.path(limit - 1).path("metadata").path("name").asText(""));
                    break;
                }
                ObjectNode item = pod.deepCopy();
                item.remove(List.of("kind", "apiVersion")); // As the real one does.
                items.add(item);
            }
        }
        return list;
    }

    /** Requirements of equality and of existence. */
    private record Selector(Map<String, String> equal, List<String> there) {
        static Selector of(String text) throws Refused {
            Map<String, String> equal = new LinkedHashMap<>();
            List<String> there = new ArrayList<>();
            for (String requirement : text.isEmpty() ? new String[0] : text.split(",", -1)) {
                String[] sides = requirement.split("==?", 2);
                if (!LabelSyntax.key(sides[0].strip()) || (sides.length == 2 && !LabelSyntax.value(sides[1].strip()))) {
                    throw new Refused(400, "BadRequest", "unable to parse requirement: " + requirement);
                }
                if (sides.length == 2) {
                    equal.put(sides[0].strip(), sides[1].strip());
                } else {
                    there.add(sides[0].strip());
                }
            }
            return new Selector(equal, there);
        }

        boolean matches(ObjectNode pod) {
            JsonNode labels = pod.path("metadata").path("labels");
            return there.stream().allMatch(labels::has)
                    && equal.entrySet().stream()
                            .allMatch(e -> labels.path(e.getKey()).asText("").equals(e.getValue()));
        }
    }

    private ObjectNode patch(HttpExchange exchange, Call call, boolean dryRun) throws Refused {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (!"application/merge-patch+json".equals(type)) {
            throw new Refused(
                    415,
                    "UnsupportedMediaType",
                    "the body of the request was in an unknown format - accepted media types include:"
                            + " application/merge-patch+json; it was " + type);
        }
        if (!(call.body() instanceof ObjectNode patch)) {
            throw new Refused(400, "BadRequest", "the patch is no JSON object");
        }
        ObjectNode before = existing(call.name());
        ObjectNode after = before.deepCopy();
        merge(after, patch);
        String wanted = patch.path("metadata").path("resourceVersion").asText("");
        String is = before.path("metadata").path("resourceVersion").asText("");
        if (!wanted.isEmpty() && !wanted.equals(is)) {
            throw new Refused(
                    409,
                    "Conflict",
                    "Operation cannot be fulfilled on pods \"%s\": the object has been modified; please apply your changes to the latest version and try again"
                            .formatted(call.name()));
        }
        after.withObject("/metadata").put("resourceVersion", is);
        Optional<String> problem = LabelSyntax.problem(before, after);
        if (problem.isPresent()) {
            throw new Refused(422, "Invalid", "Pod \"%s\" is invalid: %s".formatted(call.name(), problem.get()));
        }
        if (dryRun || after.equals(before)) {
            return after;
        }
        keep(after, call.what());
        return after.deepCopy();
    }

    private static void merge(ObjectNode target, ObjectNode patch) {
        patch.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isNull()) {
                target.remove(field.getKey());
            } else if (value instanceof ObjectNode object) {
                ObjectNode into = target.get(field.getKey()) instanceof ObjectNode there
                        ? there
                        : target.putObject(field.getKey());
                merge(into, object);
            } else {
                target.set(field.getKey(), value);
            }
        });
    }

    private ObjectNode create(HttpExchange exchange, Call call, boolean dryRun) throws Refused {
        if (!"application/json".equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
            throw new Refused(415, "UnsupportedMediaType", "the body of the request was in an unknown format");
        }
        if (!(call.body() instanceof ObjectNode event)) {
            throw new Refused(400, "BadRequest", "the event is no JSON object");
        }
        String name = event.path("metadata").path("name").asText("");
        List<String> problems = new ArrayList<>();
        if (!event.path("apiVersion").asText("").equals("v1")
                || !event.path("kind").asText("").equals("Event")) {
            problems.add("kind: must be a v1 Event");
        }
        if (!name.matches("[a-z0-9]([a-z0-9.-]*[a-z0-9])?") || name.length() > 253) {
            problems.add("metadata.name: Invalid value: \"" + name + "\"");
        }
        if (!event.path("involvedObject").path("namespace").asText("").equals(NAMESPACE)
                || !event.path("metadata").path("namespace").asText("").equals(NAMESPACE)) {
            problems.add("involvedObject.namespace: does not match event.namespace");
        }
        if (!List.of("Normal", "Warning").contains(event.path("type").asText(""))) {
            problems.add("type: has invalid value");
        }
        for (String time : List.of("firstTimestamp", "lastTimestamp")) {
            if (!event.path(time).asText("").matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ")) {
                problems.add(time + ": is no RFC 3339 time in whole seconds");
            }
        }
        if (event.path("reason").asText("").isEmpty()
                || event.path("reason").asText("").length() > 128) {
            problems.add("reason: is needed, with 128 characters at most");
        }
        if (event.path("message").asText("").length() > 1024) {
            problems.add("message: has more than 1024 characters");
        }
        if (!problems.isEmpty()) {
            throw new Refused(
                    422, "Invalid", "Event \"%s\" is invalid: %s".formatted(name, String.join("; ", problems)));
        }
        if (events.stream()
                .anyMatch(e -> e.path("metadata").path("name").asText("").equals(name))) {
            throw new Refused(409, "AlreadyExists", "events \"" + name + "\" already exists");
        }
        if (!dryRun) {
            events.add(event);
        }
        return event;
    }

    private static Map<String, String> query(String raw) {
        return raw.isEmpty()
                ? new HashMap<>()
                : List.of(raw.split("&", -1)).stream()
                        .map(part -> part.split("=", 2))
                        .collect(
                                Collectors.toMap(part -> part[0], part -> decoded(part[1]), (a, b) -> b, HashMap::new));
    }

    private static void only(Map<String, String> left) throws Refused {
        if (!left.isEmpty()) {
            throw new Refused(400, "BadRequest", "unknown parameters: " + left.keySet());
        }
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /**
     * For how long each pair of pods had the same value of a label at the same time, over the whole history; the longest.
     *
     * @param until the end of the last version, by {@link System#nanoTime()}
     */
    public Optional<Overlap> longestOverlap(String key, String value, long until) {
        Map<String, PodVersion> current = new HashMap<>();
        List<Overlap> overlaps = new ArrayList<>();
        long since = 0;
        List<String> names = List.of();
        for (PodVersion version : history()) {
            current.put(version.name(), version);
            List<String> now = current.values().stream()
                    .filter(PodVersion::exists)
                    .filter(pod -> value.equals(pod.labels().get(key)))
                    .map(PodVersion::name)
                    .sorted()
                    .toList();
            if (!now.equals(names)) {
                if (names.size() > 1) {
                    overlaps.add(new Overlap(names, since, version.nanos()));
                }
                since = version.nanos();
                names = now;
            }
        }
        if (names.size() > 1) {
            overlaps.add(new Overlap(names, since, until));
        }
        return overlaps.stream().max(Comparator.comparing(Overlap::time));
    }

    /** Pods that had the same label at the same time. */
    public record Overlap(List<String> pods, long from, long to) {
        public Duration time() {
            return Duration.ofNanos(to - from);
        }
    }

    @Override
    public void close() {
        stop();
    }
}
