package io.pgsidecar.agent.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.LagLimit;
import io.pgsidecar.probes.Liveness;
import io.pgsidecar.probes.ProbeAnswer;
import io.pgsidecar.probes.Readiness;
import io.pgsidecar.probes.ServiceGate;
import io.pgsidecar.probes.Startup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The kubelet's probes: a status, one line of reason, and JSON for who asks for it. */
final class ProbesApi {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ProbeSettings settings;
    private final ServiceGate gate;
    private final EventLoopPulse pulse;

    ProbesApi(ProbeSettings settings, ServiceGate gate, EventLoopPulse pulse) {
        this.settings = settings;
        this.gate = gate;
        this.pulse = pulse;
    }

    /**
     * Answers a probe.
     *
     * @param lag the request's {@code lag} parameters; they stand in for the configured ones
     * @param json whether the answer is for a program
     * @return empty if the path is no probe's
     */
    Optional<Reply> answer(String path, List<String> lag, boolean json, InstanceState now, long nanos) {
        Optional<ProbeAnswer> judged;
        try {
            judged = judge(path, lag, now, nanos);
        } catch (IllegalArgumentException e) {
            return Optional.of(Reply.text(400, String.valueOf(e.getMessage())));
        }
        return judged.map(answer -> {
            int status = answer.ok() ? 200 : 503;
            return json ? Reply.json(status, json(answer, now, nanos)) : Reply.text(status, answer.reason());
        });
    }

    /**
     * The same, not written yet.
     *
     * @throws IllegalArgumentException if a {@code lag} is none
     */
    Optional<ProbeAnswer> judge(String path, List<String> lag, InstanceState now, long nanos) {
        ProbeAnswer answer = switch (path) {
            case "/startupz" -> Startup.of(now, settings.stalledAfter(), nanos);
            case "/livez" -> Liveness.of(now, settings.stalledAfter(), settings.maxSilence(), nanos);
            case "/readyz" -> Readiness.of(now, settings.maxAge(), limits(lag), gate, nanos);
            case "/healthz" -> Liveness.ofAgent(now, settings.stalledAfter(), nanos);
            default -> null;
        };
        return Optional.ofNullable(answer)
                .map(told -> pulse.stalled(nanos)
                        .map(gap -> new ProbeAnswer(
                                false, "the agent's event loop has been stalled for %d s".formatted(gap.toSeconds())))
                        .orElse(told));
    }

    private List<LagLimit> limits(List<String> asked) {
        if (asked.isEmpty()) {
            return settings.lag();
        }
        List<LagLimit> limits = new ArrayList<>();
        for (String text : asked) {
            limits.add(LagLimit.parse(text));
        }
        return limits;
    }

    private static String json(ProbeAnswer answer, InstanceState now, long nanos) {
        ObjectNode json = JSON.createObjectNode();
        json.put("ok", answer.ok());
        json.put("reason", answer.reason());
        InstanceJson.describeBriefly(now, nanos, json);
        return json.toString();
    }
}
