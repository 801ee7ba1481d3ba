package io.pgsidecar.agent.http;

import io.pgsidecar.probes.LagLimit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * By what the probes are judged.
 *
 * @param maxAge for how long an observation counts
 * @param stalledAfter the age from which the observer counts as stuck
 * @param lag what a replica must be within to be ready, where the request says nothing of it
 * @param maxSilence for how long PostgreSQL may give no answer before it counts as dead; empty for ever
 */
public record ProbeSettings(Duration maxAge, Duration stalledAfter, List<LagLimit> lag, Optional<Duration> maxSilence) {

    public ProbeSettings {
        lag = List.copyOf(lag);
    }
}
