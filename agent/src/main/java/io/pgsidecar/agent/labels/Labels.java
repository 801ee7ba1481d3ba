package io.pgsidecar.agent.labels;

import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.KubernetesConfig;
import io.pgsidecar.agent.drain.RoleLabel;
import io.pgsidecar.agent.promotion.OtherPrimary;
import io.pgsidecar.k8s.KubernetesApi;
import io.pgsidecar.k8s.KubernetesException;
import io.pgsidecar.k8s.LabelStatus;
import io.pgsidecar.k8s.Observation;
import io.pgsidecar.k8s.PodLabeler;
import io.pgsidecar.probes.InstanceObserver;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.ServiceGate;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The labels of this agent's pod, or none where it does not run in Kubernetes. */
public final class Labels implements ServiceGate, RoleLabel, OtherPrimary, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Labels.class);

    private final @Nullable KubernetesApi api;
    private final @Nullable PodLabeler labeler;

    private Labels(@Nullable KubernetesApi api, @Nullable PodLabeler labeler) {
        this.api = api;
        this.labeler = labeler;
    }

    /**
     * Begins to label, if the configuration and the environment say so. Does not wait for the API.
     *
     * @throws IOException if the pod or its API is not known; the message says what is missing
     */
    public static Labels start(AgentConfig config, Map<String, String> environment, InstanceObserver observer)
            throws IOException {
        Optional<OwnPod> found = OwnPod.of(config.kubernetes(), environment);
        if (found.isEmpty()) {
            log.debug("No labels: this is no pod of Kubernetes");
            return new Labels(null, null);
        }
        OwnPod own = found.get();
        KubernetesConfig kubernetes = config.kubernetes();
        KubernetesApi api = own.api();
        Seen seen = new Seen(config, observer::state);
        PodLabeler labeler = new PodLabeler(
                api,
                new PodLabeler.Settings(
                        own.name(),
                        own.account().podUid(),
                        kubernetes.keys(),
                        kubernetes.selector(),
                        kubernetes.interval(),
                        kubernetes.unknownAfter(),
                        kubernetes.lsnInterval()),
                seen,
                InstantSource.system());
        observer.onLook(() -> {
            if (seen.lookedAgain()) {
                labeler.wake();
            }
        });
        labeler.start();
        return new Labels(api, labeler);
    }

    /** Keeps what the files told at the last look, so that to ask for the observation touches none. */
    private static final class Seen implements Supplier<Observation> {
        private final AgentConfig config;
        private final Supplier<InstanceState> state;
        private final long since = System.nanoTime();
        private volatile InstanceFiles files = InstanceFiles.NONE;
        private @Nullable InstanceState before;

        Seen(AgentConfig config, Supplier<InstanceState> state) {
            this.config = config;
            this.state = state;
        }

        /** Whether something has changed that a label depends on. */
        boolean lookedAgain() {
            InstanceFiles found = InstanceFiles.of(config.postgres().data());
            InstanceState now = state.get();
            InstanceState last = before;
            boolean changed = !found.equals(files)
                    || last == null
                    || last.role() != now.role()
                    || last.availability() != now.availability()
                    || last.timeline() != now.timeline();
            files = found;
            before = now;
            return changed;
        }

        @Override
        public Observation get() {
            return ObservedInstance.of(state.get(), files, config.probes().maxAge(), since, System.nanoTime());
        }
    }

    /** How it stands; empty where nothing is labelled. */
    public Optional<LabelStatus> status() {
        return labeler == null ? Optional.empty() : Optional.of(labeler.status());
    }

    /** Why no client may come, for a reason of the set's; empty where nothing is labelled. */
    @Override
    public Optional<String> closed() {
        return labeler == null ? Optional.empty() : labeler.heldBack();
    }

    /**
     * Takes the label away, and lets no client come until {@link #undrain}.
     *
     * @return whether the label is gone within the bound; true where there is none
     */
    @Override
    public boolean drain(Duration bound) throws InterruptedException {
        return labeler == null || labeler.drain(bound);
    }

    /** Lets clients come again. */
    @Override
    public void undrain() {
        if (labeler != null) {
            labeler.undrain();
        }
    }

    /** The other pod of the set that is labelled as the primary and ready, asked of the API now. */
    @Override
    public Optional<String> readyPrimary() throws IOException, InterruptedException {
        try {
            return labeler == null ? Optional.empty() : labeler.otherPrimary();
        } catch (KubernetesException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Ends; the label stays as it is. */
    @Override
    public void close() {
        if (labeler != null) {
            labeler.close();
        }
        if (api != null) {
            api.close();
        }
    }
}
