package io.pgsidecar.k8s;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.k8s.KubernetesException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The few requests that the agent makes of the Kubernetes API, over the JDK's HTTP client. One try each, within the
 * time-out: when to try again is for the caller to say. Token and CA are read for each request.
 *
 * <p>HTTP/1.1 on purpose. A request that runs out of time ends its connection, so that the next one opens another; on a
 * shared HTTP/2 connection it ends only itself, and a connection that leads nowhere stays.
 */
public final class KubernetesApi implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PAGE = 250;
    private static final int MAX_PAGES = 40;
    /** A page of pods is some MB at most; what is longer is not the API. */
    private static final int MAX_ANSWER = 16 << 20;

    private static final int MAX_SAID = 500;
    private static final Duration MAX_RETRY_AFTER = Duration.ofSeconds(60);
    private static final Pattern SECONDS = Pattern.compile("\\d{1,6}");

    private final ServiceAccount account;
    private final String namespace;
    private final Duration timeout;
    private @Nullable Client client;

    /** A client that trusts what one content of the CA file says. */
    private record Client(HttpClient http, String authority) {}

    /** @param timeout of one request, the connect included */
    public KubernetesApi(ServiceAccount account, String namespace, Duration timeout) {
        this.account = account;
        this.namespace = namespace;
        this.timeout = timeout;
    }

    /** The namespace that all requests are for. */
    public String namespace() {
        return namespace;
    }

    /** GET of one pod. */
    public Pod pod(String name) throws KubernetesException, InterruptedException {
        return Pod.of(send("get", "pods", name, request("GET", pods(name)).GET()));
    }

    /**
     * LIST of pods, as they are now: without a resource version the API answers with the latest that was written, not
     * with what one of its caches has.
     *
     * @param selector of labels; empty for all
     */
    public List<Pod> pods(Optional<String> selector) throws KubernetesException, InterruptedException {
        List<Pod> pods = new ArrayList<>();
        String next = "";
        for (int page = 0; page < MAX_PAGES; page++) {
            StringBuilder query = new StringBuilder("?limit=" + PAGE);
            selector.ifPresent(labels -> query.append("&labelSelector=").append(encoded(labels)));
            if (!next.isEmpty()) {
                query.append("&continue=").append(encoded(next));
            }
            JsonNode list =
                    send("list", "pods", "", request("GET", pods() + query).GET());
            if (!list.path("items").isArray()) {
                throw new KubernetesException(Kind.NOT_UNDERSTOOD, 200, "list pods: no list of pods", Optional.empty());
            }
            list.path("items").forEach(item -> pods.add(Pod.of(item)));
            next = list.path("metadata").path("continue").asText("");
            if (next.isEmpty()) {
                return pods;
            }
        }
        throw new KubernetesException(
                Kind.INVALID,
                0,
                "list pods: more than %d match; give kubernetes.selector a narrower one".formatted(PAGE * MAX_PAGES),
                Optional.empty());
    }

    /**
     * Merge patch of a pod. With a resource version in it, it counts only for a pod that is as it was read: one that was
     * made anew under the name, or a request that arrives late, changes nothing.
     */
    public Pod patch(String name, JsonNode patch) throws KubernetesException, InterruptedException {
        return patch(name, patch, false);
    }

    /** The same, but nothing is kept: whether it would be allowed. */
    public void tryPatch(String name, JsonNode patch) throws KubernetesException, InterruptedException {
        patch(name, patch, true);
    }

    private Pod patch(String name, JsonNode patch, boolean dryRun) throws KubernetesException, InterruptedException {
        return Pod.of(send(
                "patch",
                "pods",
                name,
                request("PATCH", pods(name) + (dryRun ? "?dryRun=All" : ""))
                        .header("Content-Type", "application/merge-patch+json")
                        .method("PATCH", body(patch))));
    }

    /** POST of an Event. */
    public void createEvent(JsonNode event) throws KubernetesException, InterruptedException {
        createEvent(event, false);
    }

    /** The same, but nothing is kept: whether it would be allowed. */
    public void tryCreateEvent(JsonNode event) throws KubernetesException, InterruptedException {
        createEvent(event, true);
    }

    private void createEvent(JsonNode event, boolean dryRun) throws KubernetesException, InterruptedException {
        String path = "/api/v1/namespaces/" + encoded(namespace) + "/events" + (dryRun ? "?dryRun=All" : "");
        send(
                "create",
                "events",
                "",
                request("POST", path).header("Content-Type", "application/json").POST(body(event)));
    }

    private String pods() {
        return "/api/v1/namespaces/" + encoded(namespace) + "/pods";
    }

    private String pods(String name) {
        return pods() + "/" + encoded(name);
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static HttpRequest.BodyPublisher body(JsonNode json) {
        return HttpRequest.BodyPublishers.ofString(json.toString());
    }

    private HttpRequest.Builder request(String method, String path) throws KubernetesException {
        try {
            return HttpRequest.newBuilder(URI.create(account.server() + path))
                    .timeout(timeout)
                    .header("Accept", "application/json")
                    .header("User-Agent", "pgsidecar")
                    .header("Authorization", "Bearer " + account.token());
        } catch (IOException e) {
            throw new KubernetesException(Kind.NO_ANSWER, method + ": cannot read the token: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            // Its message would show the header's value, which is the token.
            throw new KubernetesException(
                    Kind.INVALID,
                    0,
                    method + ": " + account.folder().resolve("token") + " holds no token",
                    Optional.empty());
        }
    }

    private ObjectNode send(String verb, String resource, String name, HttpRequest.Builder builder)
            throws KubernetesException, InterruptedException {
        String what = verb + " " + resource + (name.isEmpty() ? "" : "/" + name);
        HttpResponse<byte[]> answer = exchange(what, builder.build());
        JsonNode json = parsed(answer.body());
        int status = answer.statusCode();
        if (status < 200 || status >= 300) {
            throw new KubernetesException(
                    KubernetesException.kind(status), status, what + ": " + said(status, json), retryAfter(answer));
        }
        if (json instanceof ObjectNode object && object.path("metadata").isObject()) {
            return object;
        }
        throw new KubernetesException(
                Kind.NOT_UNDERSTOOD, status, what + ": the answer is not of the Kubernetes API", Optional.empty());
    }

    /**
     * Bounded as a whole: the request's own time-out ends with the headers, and a body may never come. By send, on a
     * thread that can be interrupted: what sendAsync returns is completed by the common pool, which on two cores has one
     * thread, and whoever blocks that one would keep the API's answers from us.
     */
    private HttpResponse<byte[]> exchange(String what, HttpRequest request)
            throws KubernetesException, InterruptedException {
        HttpClient http;
        try {
            http = client();
        } catch (IOException | GeneralSecurityException e) {
            throw new KubernetesException(
                    Kind.NO_ANSWER, what + ": cannot read the CA in " + account.folder() + ": " + e.getMessage(), e);
        }
        FutureTask<HttpResponse<byte[]>> answer = new FutureTask<>(() -> http.send(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_ANSWER)));
        Thread.ofVirtual().name("kubernetes-request").start(answer);
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new KubernetesException(
                    Kind.NO_ANSWER,
                    0,
                    "%s: no answer from %s within %d ms".formatted(what, account.server(), timeout.toMillis()),
                    Optional.empty());
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new KubernetesException(
                    Kind.NO_ANSWER,
                    "%s: no answer from %s: %s".formatted(what, account.server(), reason(cause)),
                    cause);
        } finally {
            answer.cancel(true);
        }
    }

    private static String reason(Throwable failure) {
        // A refused connection has no message in the JDK's client.
        Throwable t = failure;
        while (t.getMessage() == null && t.getCause() != null) {
            t = t.getCause();
        }
        return t.getMessage() == null ? t.getClass().getSimpleName() : t.getMessage();
    }

    private synchronized HttpClient client() throws IOException, GeneralSecurityException {
        String authority = account.authority();
        Client known = client;
        if (known != null && known.authority().equals(authority)) {
            return known.http();
        }
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(timeout)
                .sslContext(trusting(authority))
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        client = new Client(http, authority);
        if (known != null) {
            known.http().shutdownNow();
        }
        return http;
    }

    private static SSLContext trusting(String authority) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        int number = 0;
        for (Certificate certificate : CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(authority.getBytes(StandardCharsets.ISO_8859_1)))) {
            trusted.setCertificateEntry("ca" + number++, certificate);
        }
        if (number == 0) {
            throw new GeneralSecurityException("ca.crt holds no certificate");
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        return tls;
    }

    private static @Nullable JsonNode parsed(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return null; // Something before the API has answered, such as a load balancer with a page of its own.
        } catch (IOException e) {
            return null;
        }
    }

    /** The reason and the message of a Status; else the status of HTTP alone. */
    private static String said(int status, @Nullable JsonNode json) {
        if (json == null || !json.path("kind").asText("").equals("Status")) {
            return "HTTP " + status;
        }
        String message = json.path("message").asText("").lines().findFirst().orElse("");
        return "%d %s: %s"
                .formatted(
                        status,
                        json.path("reason").asText("without a reason"),
                        message.length() > MAX_SAID ? message.substring(0, MAX_SAID) + "…" : message);
    }

    /** In seconds, as the API gives it; a date, which others may send, counts as none. */
    private static Optional<Duration> retryAfter(HttpResponse<?> answer) {
        return answer.headers()
                .firstValue("Retry-After")
                .filter(value -> SECONDS.matcher(value).matches())
                .map(value -> Duration.ofSeconds(Integer.parseInt(value)))
                .map(wait -> wait.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : wait);
    }

    /** Ends what is under way. */
    @Override
    public synchronized void close() {
        if (client != null) {
            client.http().shutdownNow();
            client = null;
        }
    }
}
