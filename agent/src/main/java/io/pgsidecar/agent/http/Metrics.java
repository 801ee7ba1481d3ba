package io.pgsidecar.agent.http;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgsidecar.archive.wal.RepositoryLag;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What the agent tells Prometheus: for now how far each optional repository is behind. Read from memory at each scrape.
 */
final class Metrics {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** @param lags of the same repositories, in the same order, at each call */
    Metrics(Supplier<List<RepositoryLag>> lags) {
        for (int i = 0; i < lags.get().size(); i++) {
            int index = i;
            Supplier<RepositoryLag> lag = () -> lags.get().get(index);
            gauge(
                    "pgsidecar_repository_missing_files",
                    "Files that an optional repository is known to lack.",
                    lag,
                    RepositoryLag::missingFiles);
            gauge(
                    "pgsidecar_repository_missing_seconds",
                    "Age of the oldest file that an optional repository is known to lack; 0 if it lacks none.",
                    lag,
                    Metrics::missingSeconds);
            gauge(
                    "pgsidecar_repository_compared",
                    "1 if an optional repository was compared with another one since the agent's start, so that what is"
                            + " not counted as missing is there.",
                    lag,
                    now -> now.compared() ? 1 : 0);
        }
    }

    private void gauge(String name, String help, Supplier<RepositoryLag> lag, ToDoubleFunction<RepositoryLag> value) {
        Gauge.builder(name, () -> value.applyAsDouble(lag.get()))
                .description(help)
                .tag("repository", lag.get().repository())
                .register(registry);
    }

    private static double missingSeconds(RepositoryLag lag) {
        return lag.missingSince()
                .map(since -> Math.max(0, Duration.between(since, Instant.now()).toMillis() / 1000.0))
                .orElse(0.0);
    }

    /** In Prometheus' text format. */
    String scrape() {
        return registry.scrape();
    }
}
