package io.pgsidecar.agent.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.labels.LabelJson;
import io.pgsidecar.agent.labels.Labels;
import io.pgsidecar.agent.patroni.NotHere;
import io.pgsidecar.archive.wal.PrefetchStatus;
import io.pgsidecar.archive.wal.RepositoryLag;
import io.pgsidecar.probes.InstanceObserver;
import io.pgsidecar.probes.InstanceState;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What anybody may ask: probes and status. Answered from memory on the event loop: no request touches PostgreSQL or a
 * repository.
 */
final class ReadApi {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final String METRICS = "/metrics";
    private static final Map<String, String> ALLOW = Map.of("Allow", "GET, HEAD, OPTIONS");

    private final Supplier<InstanceState> state;
    private final ProbesApi probes;
    private final Map<String, WalActivity> activities;
    private final Supplier<Optional<PrefetchStatus>> prefetch;
    private final Supplier<List<RepositoryLag>> lags;
    private final BackupApi backups;
    private final Labels labels;
    private final PatroniApi patroni;
    private final StatusPages pages;

    /**
     * Reads of one instance.
     *
     * @param probes what the kubelet asks
     * @param activities by the command's name
     * @param prefetch empty where it is off
     * @param lags of the optional repositories
     * @param backups of which status tells
     * @param patroni Patroni's paths
     * @param pages the page for people
     * @param labels of which status tells
     */
    ReadApi(
            InstanceObserver observer,
            ProbesApi probes,
            Map<String, WalActivity> activities,
            Supplier<Optional<PrefetchStatus>> prefetch,
            Supplier<List<RepositoryLag>> lags,
            BackupApi backups,
            PatroniApi patroni,
            StatusPages pages,
            Labels labels) {
        this.state = observer::state;
        this.probes = probes;
        this.activities = activities;
        this.prefetch = prefetch;
        this.lags = lags;
        this.backups = backups;
        this.patroni = patroni;
        this.pages = pages;
        this.labels = labels;
    }

    /** Whether somebody wants to read the metrics, which are not answered here. */
    static boolean isForMetrics(HttpServerRequest request) {
        return path(request).equals(METRICS)
                && (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD));
    }

    /** Answers a request, whatever it is, but for metrics. */
    Reply answer(HttpServerRequest request) {
        HttpMethod method = request.method();
        String path = path(request);
        if (!READS.contains(method)) {
            return new Reply(405, "text/plain; charset=utf-8", refusal(path) + "\n", ALLOW);
        }
        try {
            // Vert.x reads the parameters when they are first asked for.
            request.params();
        } catch (IllegalArgumentException e) {
            return Reply.text(400, "the query is no query: " + e.getMessage());
        }
        Reply reply = read(request, path);
        // What a load balancer asks by OPTIONS it wants to know by the status, as with GET.
        return method.equals(HttpMethod.OPTIONS) ? reply.withoutBody(ALLOW) : reply;
    }

    private static String path(HttpServerRequest request) {
        String path = Objects.requireNonNullElse(request.path(), "");
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static String refusal(String path) {
        return "only reads are served here; what changes anything goes over the Unix socket"
                + NotHere.write(path).map(instead -> ": " + instead).orElse("");
    }

    private Reply read(HttpServerRequest request, String path) {
        InstanceState now = state.get();
        long nanos = System.nanoTime();
        return switch (path) {
            case "/status" -> Reply.json(200, status(now, nanos).toPrettyString());
            case METRICS -> Reply.text(200, "to be read by GET");
            default ->
                probe(request, path, now, nanos)
                        .or(() -> pages.read(request, path, now, nanos))
                        .or(() -> patroni.read(request, path, now, nanos))
                        .orElseGet(() -> Reply.text(
                                404,
                                "nothing here; there are /startupz, /livez, /readyz, /healthz, /status, /status/page,"
                                        + " /metrics and Patroni's paths"));
        };
    }

    private Optional<Reply> probe(HttpServerRequest request, String path, InstanceState now, long nanos) {
        String accept = request.getHeader("Accept");
        return probes.answer(
                path,
                request.params().getAll("lag"),
                accept != null && accept.contains("application/json"),
                now,
                nanos);
    }

    private ObjectNode status(InstanceState now, long nanos) {
        ObjectNode json = JSON.createObjectNode();
        InstanceJson.describe(now, nanos, json.putObject("postgres"));
        activities.forEach((name, activity) -> activity.describe(json.putObject(name)));
        prefetch.get()
                .ifPresent(ahead -> json.putObject("prefetch")
                        .put("segments", ahead.segments())
                        .put("bytes", ahead.bytes())
                        .put("handedOver", ahead.handedOver())
                        .put("problem", ahead.problem().orElse(null)));
        labels.status().ifPresent(label -> LabelJson.describe(label, json));
        backups.describe(json);
        lags.get()
                .forEach(lag -> json.withArray("optionalRepositories")
                        .addObject()
                        .put("repository", lag.repository())
                        .put("missingFiles", lag.missingFiles())
                        .put(
                                "missingSince",
                                lag.missingSince().map(Instant::toString).orElse(null))
                        .put("compared", lag.compared())
                        .put("caughtUp", lag.caughtUp().map(Instant::toString).orElse(null))
                        .put("lastError", lag.lastError().orElse(null)));
        return json;
    }
}
