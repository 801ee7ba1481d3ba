package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.LagLimit;
import io.pgsidecar.probes.Liveness;
import io.pgsidecar.probes.ProbeAnswer;
import io.pgsidecar.probes.Readiness;
import io.pgsidecar.probes.ServiceGate;
import io.pgsidecar.probes.Startup;
import io.pgsidecar.probes.metrics.Family;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the kubelet's probes are answered.
 *
 * @param maxAge an older observation does not count
 * @param stalledAfter when the observer counts as hung
 * @param lag what a replica must be within to be ready
 * @param maxSilence how long the instance may give no answer; empty for ever
 * @param gate why no client may come all the same
 */
public record ProbeFamilies(
        Duration maxAge, Duration stalledAfter, List<LagLimit> lag, Optional<Duration> maxSilence, ServiceGate gate) {

    private static final String HELP = "1 if a probe of this kind is answered with 200.";

    public ProbeFamilies {
        lag = List.copyOf(lag);
    }

    List<Family> of(InstanceState now, long nanos) {
        Families families = new Families();
        probe(families, "startup", Startup.of(now, stalledAfter, nanos));
        probe(families, "liveness", Liveness.of(now, stalledAfter, maxSilence, nanos));
        probe(families, "readiness", Readiness.of(now, maxAge, lag, gate, nanos));
        return families.all();
    }

    private static void probe(Families families, String name, ProbeAnswer answer) {
        families.gauge("pgsidecar_probe", HELP, Map.of("probe", name), answer.ok());
    }
}
