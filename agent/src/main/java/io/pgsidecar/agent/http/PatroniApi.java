package io.pgsidecar.agent.http;

import io.pgsidecar.agent.patroni.CheckAnswer;
import io.pgsidecar.agent.patroni.CheckQuery;
import io.pgsidecar.agent.patroni.HealthCheck;
import io.pgsidecar.agent.patroni.Member;
import io.pgsidecar.agent.patroni.Node;
import io.pgsidecar.agent.patroni.NotHere;
import io.pgsidecar.agent.patroni.StatusBody;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Liveness;
import io.pgsidecar.probes.ProbeAnswer;
import io.pgsidecar.probes.ServiceGate;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Patroni's REST paths, for load balancers and programs that ask Patroni. The status is all that a load balancer reads;
 * a header tells the reason, so that HEAD and OPTIONS tell it too.
 */
final class PatroniApi {

    private static final String REASON = "Pgsidecar-Reason";
    /** The jar's manifest has it; classes that run from a folder have none. */
    private static final String VERSION =
            Objects.requireNonNullElse(PatroniApi.class.getPackage().getImplementationVersion(), "development");

    private final Member member;
    private final Duration maxAge;
    private final Duration stalledAfter;
    private final ServiceGate gate;

    /**
     * The paths of one server.
     *
     * @param maxAge for how long an observation counts
     * @param stalledAfter the age from which the observer counts as stuck
     */
    PatroniApi(Member member, Duration maxAge, Duration stalledAfter, ServiceGate gate) {
        this.member = member;
        this.maxAge = maxAge;
        this.stalledAfter = stalledAfter;
        this.gate = gate;
    }

    /** Answers a read; empty if Patroni has no such path. */
    Optional<Reply> read(HttpServerRequest request, String path, InstanceState now, long nanos) {
        Optional<HealthCheck> check = HealthCheck.at(path);
        if (check.isPresent()) {
            CheckQuery query = CheckQuery.of(firstValues(request.params()));
            Node node = Node.of(now, maxAge, gate, nanos);
            return Optional.of(check(check.get().answer(node, member.tags(), query), now, node, nanos));
        }
        return switch (path) {
            case "/liveness" -> {
                ProbeAnswer alive = Liveness.ofAgent(now, stalledAfter, nanos);
                yield Optional.of(Reply.text(alive.ok() ? 200 : 503, alive.reason()));
            }
            case "/patroni" -> {
                Node node = Node.of(now, maxAge, gate, nanos);
                yield Optional.of(status(200, node.cause(), now, node, nanos));
            }
            default -> NotHere.read(path).map(reason -> Reply.text(501, reason));
        };
    }

    /** How a health check without parameters is answered; empty if the path is none. */
    Optional<CheckAnswer> judge(String path, InstanceState now, long nanos) {
        return HealthCheck.at(path)
                .map(check -> check.answer(Node.of(now, maxAge, gate, nanos), member.tags(), CheckQuery.of(Map.of())));
    }

    private Reply check(CheckAnswer answer, InstanceState now, Node node, long nanos) {
        return answer.status() == 501
                ? Reply.text(501, answer.reason())
                : status(answer.status(), answer.reason(), now, node, nanos);
    }

    private Reply status(int status, String reason, InstanceState now, Node node, long nanos) {
        return new Reply(
                status,
                "application/json",
                StatusBody.of(now, node, member, reason, VERSION, maxAge, nanos) + "\n",
                Map.of(REASON, headerText(reason)));
    }

    private static Map<String, String> firstValues(MultiMap parameters) {
        Map<String, String> first = new LinkedHashMap<>();
        for (Map.Entry<String, String> parameter : parameters) {
            first.putIfAbsent(parameter.getKey(), parameter.getValue());
        }
        return first;
    }

    /** A server may write its messages in any language; a header is ASCII. */
    private static String headerText(String reason) {
        return reason.replaceAll("[^ -~]", "?");
    }
}
