package io.pgsidecar.agent.http;

import io.pgsidecar.agent.statuspage.PageFiles;
import io.pgsidecar.agent.statuspage.StatusFacts;
import io.pgsidecar.agent.statuspage.StatusPage;
import io.pgsidecar.agent.statuspage.Verdict;
import io.pgsidecar.probes.InstanceState;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The page for people. At {@code /} a browser gets it with the status that Patroni's health check has there, so that whoever
 * asks for a status is told the truth whatever it accepts; at {@code /status/page} it is always 200. Written on the event loop from
 * what is in memory, which is gathered twice a second at most however many ask.
 */
final class StatusPages {

    private static final String PAGE = "/status/page";
    private static final String JSON = "/status/page.json";
    private static final String HTML = "text/html; charset=utf-8";
    private static final long FRESH_NANOS = 500_000_000L;
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", PageFiles.policy(),
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "no-referrer");
    private static final Map<String, String> VARY = Map.of("Vary", "Accept");

    /** Tells all that is known. */
    @FunctionalInterface
    interface Facts {
        StatusFacts at(InstanceState now, long nanos, List<Verdict> probes);
    }

    private record Written(StatusPage page, long nanos) {}

    private final Facts facts;
    private final ProbesApi probes;
    private final PatroniApi patroni;
    private @Nullable Written last;

    StatusPages(Facts facts, ProbesApi probes, PatroniApi patroni) {
        this.facts = facts;
        this.probes = probes;
        this.patroni = patroni;
    }

    /** Answers what is asked of the page; empty if something else is. */
    Optional<Reply> read(HttpServerRequest request, String path, InstanceState now, long nanos) {
        String accept = request.getHeader("Accept");
        return switch (path) {
            case "/" ->
                patroni.read(request, path, now, nanos)
                        .map(check -> Browsers.ask(accept)
                                ? html(check.status(), "status/page", now, nanos)
                                        .with(check.headers())
                                : check)
                        .map(reply -> reply.with(VARY));
            case PAGE ->
                Optional.of(page(Objects.requireNonNullElse(request.path(), PAGE), accept, now, nanos)
                        .with(VARY));
            case JSON -> Optional.of(json(now, nanos));
            default -> Optional.empty();
        };
    }

    private Reply page(String path, @Nullable String accept, InstanceState now, long nanos) {
        if (path.endsWith("/")) {
            // The page's links are those of its own path.
            return new Reply(308, "text/plain; charset=utf-8", "without the slash\n", Map.of("Location", "../page"));
        }
        return Browsers.askForJson(accept) ? json(now, nanos) : html(200, "page", now, nanos);
    }

    private Reply html(int status, String self, InstanceState now, long nanos) {
        return new Reply(status, HTML, page(now, nanos).html(self), HEADERS);
    }

    private Reply json(InstanceState now, long nanos) {
        return Reply.json(200, StatusPageJson.of(page(now, nanos)).toPrettyString());
    }

    /** Only the event loop of one server asks; the control socket's has the same. */
    private StatusPage page(InstanceState now, long nanos) {
        Written before = last;
        if (before != null && nanos - before.nanos() < FRESH_NANOS) {
            return before.page();
        }
        StatusPage page = StatusPage.of(facts.at(now, nanos, verdicts(now, nanos)));
        last = new Written(page, nanos);
        return page;
    }

    private List<Verdict> verdicts(InstanceState now, long nanos) {
        Map<String, String> probePaths = new LinkedHashMap<>();
        probePaths.put("startup", "/startupz");
        probePaths.put(StatusFacts.LIVE, "/livez");
        probePaths.put(StatusFacts.READY, "/readyz");
        Map<String, String> checkPaths = new LinkedHashMap<>();
        checkPaths.put("primary", "/primary");
        checkPaths.put("replica", "/replica");
        List<Verdict> verdicts = new ArrayList<>();
        probePaths.forEach((name, path) -> probes.judge(path, List.of(), now, nanos)
                .ifPresent(answer -> verdicts.add(new Verdict(name, path, answer.ok() ? 200 : 503, answer.reason()))));
        checkPaths.forEach((name, path) -> patroni.judge(path, now, nanos)
                .ifPresent(answer -> verdicts.add(new Verdict(name, path, answer.status(), answer.reason()))));
        return verdicts;
    }
}
