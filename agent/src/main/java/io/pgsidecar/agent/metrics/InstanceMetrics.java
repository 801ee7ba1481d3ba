package io.pgsidecar.agent.metrics;

import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.metrics.queries.ConfiguredQueries;
import io.pgsidecar.agent.metrics.queries.ReloadedQueries;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.MetricsPage;
import io.pgsidecar.probes.metrics.MetricsPoller;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What the instance tells of itself: what the collectors ask for, and what the user's queries do. */
public final class InstanceMetrics implements AutoCloseable {

    private final ReloadedQueries queries;
    private final MetricsPoller poller;

    private InstanceMetrics(AgentConfig config, Supplier<Availability> seen) {
        queries = new ReloadedQueries(ConfiguredQueries.of(config));
        poller = new MetricsPoller(config.postgres().address(), config.metrics().settings(), seen, queries::collectors);
    }

    /**
     * As the configuration says; empty if it wants no metrics. Asks for nothing before {@link #start()}.
     *
     * @param seen how the observer last saw the server
     */
    public static Optional<InstanceMetrics> of(AgentConfig config, Supplier<Availability> seen) {
        return config.metrics().enabled() ? Optional.of(new InstanceMetrics(config, seen)) : Optional.empty();
    }

    /** Begins. Does not wait for PostgreSQL. */
    public void start() {
        poller.start();
    }

    /** What the collectors know now. Waits for nothing; may be asked by any thread. */
    public MetricsPage page() {
        return poller.page();
    }

    /** What each collector has found; the same lists again until it has found something new. Waits for nothing. */
    public List<List<Family>> collected() {
        return poller.page().collected();
    }

    /** How the collecting goes at this moment. Waits for nothing; may be asked by any thread. */
    public List<Family> ofCollecting() {
        List<Family> families = new ArrayList<>(poller.page().ofCollecting());
        families.addAll(queries.families());
        return families;
    }

    @Override
    public void close() {
        poller.close();
    }
}
