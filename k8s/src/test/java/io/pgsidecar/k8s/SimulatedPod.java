package io.pgsidecar.k8s;

import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.k8s.Observation.Server;
import io.pgsidecar.k8s.fake.FakeKubernetes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A labeler beside an instance that is only said to be there. */
final class SimulatedPod implements AutoCloseable {

    /** Of a request. Long, so that a machine that stands still for a while is no failure of the API. */
    private static final Duration LONG = Duration.ofSeconds(30);

    /** Where a test waits until a request has run out of time. */
    static final Duration SHORT = Duration.ofSeconds(2);

    private final FakeKubernetes kubernetes;
    private final Path mount;
    private final String name;
    private final Duration interval;
    private final List<RoleLabel> keys = new ArrayList<>(List.of(new RoleLabel("role", "primary", "replica")));
    private Duration timeout = LONG;
    private volatile Said said = down();
    private @Nullable KubernetesApi api;
    private @Nullable PodLabeler labeler;

    /** What the instance is, and since when that is known for sure. */
    record Said(Role role, Server server, long since, long timeline, String system, String lsn) {
        Said at(String newLsn) {
            return new Said(role, server, since, timeline, system, newLsn);
        }

        /** What it was; from now on it is like that. */
        Said becomes(Server now) {
            return new Said(role, now, System.nanoTime(), timeline, system, lsn);
        }
    }

    SimulatedPod(FakeKubernetes kubernetes, Path folder, String set, int ordinal, Duration interval) {
        this.kubernetes = kubernetes;
        this.name = set + "-" + ordinal;
        this.mount = folder.resolve(name);
        this.interval = interval;
        renewToken();
    }

    static Said primary(long timeline) {
        return new Said(Role.PRIMARY, Server.SERVING, 0, timeline, "7001", "0/3000000");
    }

    static Said replica(long timeline) {
        return new Said(Role.REPLICA, Server.SERVING, 0, timeline, "7001", "0/3000000");
    }

    static Said down() {
        return new Said(Role.UNKNOWN, Server.DOWN, 0, 0, "", "");
    }

    SimulatedPod observes(Said what) {
        said = what;
        PodLabeler running = labeler;
        if (running != null) {
            running.wake();
        }
        return this;
    }

    Said said() {
        return said;
    }

    String name() {
        return name;
    }

    SimulatedPod alsoLabels(RoleLabel key) {
        keys.add(key);
        return this;
    }

    /** Its requests run out of time soon; to be said before the start. */
    SimulatedPod impatient() {
        timeout = SHORT;
        return this;
    }

    void renewToken() {
        kubernetes.mount(mount, kubernetes.token("pg", name, Duration.ofHours(1)));
    }

    private Observation observation() {
        Said now = said;
        Duration age =
                now.server() == Server.SERVING ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - now.since());
        return new Observation(now.role(), now.server(), age, now.timeline(), now.system(), now.lsn());
    }

    SimulatedPod start() {
        try {
            ServiceAccount account = ServiceAccount.of(kubernetes.environment(), mount);
            KubernetesApi opened = new KubernetesApi(account, FakeKubernetes.NAMESPACE, timeout);
            PodLabeler made = new PodLabeler(
                    opened,
                    new PodLabeler.Settings(
                            name,
                            account.podUid(),
                            keys,
                            Optional.empty(),
                            interval,
                            Duration.ofMillis(500),
                            Duration.ofMinutes(10)),
                    this::observation,
                    InstantSource.system());
            api = opened;
            labeler = made;
            made.start();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    PodLabeler labeler() {
        PodLabeler running = labeler;
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running;
    }

    boolean running() {
        return labeler != null;
    }

    /** The agent is gone; what it knew is too. */
    void stop() {
        if (labeler != null) {
            labeler.close();
            labeler = null;
        }
        if (api != null) {
            api.close();
            api = null;
        }
    }

    @Override
    public void close() {
        stop();
    }
}
