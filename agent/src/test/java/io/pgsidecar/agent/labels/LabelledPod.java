package io.pgsidecar.agent.labels;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.k8s.fake.FakeKubernetes;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A pod of the set {@code pg}: a real PostgreSQL, a packaged agent, and what the kubelet gives both. */
record LabelledPod(FakeKubernetes kubernetes, String name, Path home, PostgresServer server, AgentProcess agent)
        implements AutoCloseable {

    /** A primary, and a replica of it that streams; both run, with their agents. */
    static LabelledPod[] pair(FakeKubernetes kubernetes, Path folder) {
        return pair(kubernetes, folder, "5s");
    }

    /**
     * The same.
     *
     * @param interval how often they compare their labels with the truth when nothing happens
     */
    static LabelledPod[] pair(FakeKubernetes kubernetes, Path folder, String interval) {
        PostgresServer primary = PostgresServer.create(
                        PostgresBinaries.fromMaven(17), RunAs.folder(folder.resolve("pg-0/pg")), "--wal-segsize=1")
                .configure("wal_level = replica", "wal_keep_size = 512MB", "max_wal_size = 2GB");
        PostgresServer replica = primary.copyTo(RunAs.folder(folder.resolve("pg-1/pg")));
        LabelledPod a = of(kubernetes, folder, 0, primary);
        LabelledPod b = of(kubernetes, folder, 1, replica);
        a.server().start();
        b.follow(a);
        for (LabelledPod pod : new LabelledPod[] {a, b}) {
            pod.agent().set("kubernetes.interval", interval).launch();
        }
        a.agent().awaitReady();
        b.agent().awaitReady();
        return new LabelledPod[] {a, b};
    }

    private static LabelledPod of(FakeKubernetes kubernetes, Path folder, int ordinal, PostgresServer server) {
        String name = "pg-" + ordinal;
        Path home = folder.resolve(name);
        kubernetes.createPod("pg", ordinal);
        AgentProcess agent = new AgentProcess(RunAs.folder(home.resolve("a")), server, RunAs.folder(home.resolve("r")))
                .set("kubernetes.serviceAccount", home.resolve("account").toString())
                // A machine that stands still for a while is no outage.
                .set("kubernetes.timeout", "20s")
                .set("kubernetes.drainTimeout", "1m")
                .set("probes.maxAge", "2m")
                .set("postgres.connectTimeout", "30s")
                .set("postgres.queryTimeout", "30s");
        LabelledPod pod = new LabelledPod(kubernetes, name, home, server, agent);
        agent.in(pod.environment());
        pod.newToken();
        return pod;
    }

    /** What the kubelet sets. */
    Map<String, String> environment() {
        Map<String, String> all = new HashMap<>(kubernetes.environment());
        all.put("POD_NAME", name);
        return all;
    }

    /** The kubelet renews the token. */
    void newToken() {
        Path account = home.resolve("account");
        kubernetes.mount(account, kubernetes.token("pg", name, Duration.ofHours(1)));
        RunAs.own(account);
    }

    /** Starts the server as a replica of another one, and waits until it streams; it must be stopped. */
    void follow(LabelledPod primary) {
        server.configure("primary_conninfo = 'host=127.0.0.1 user=postgres port=%d application_name=%s'"
                        .formatted(primary.server().port(), name.replace('-', '_')))
                .touch("standby.signal")
                .start();
        primary.server()
                .awaitQuery(
                        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND application_name = '"
                                + name.replace('-', '_') + "'",
                        "1");
    }

    /** The label, {@code none} without one. */
    String role() {
        return kubernetes.label(name, "role").orElse("none");
    }

    void awaitRole(String role) {
        agent.await(name + " has the label " + role + " and not " + role(), () -> role().equals(role));
    }

    Optional<String> annotation(String key) {
        return kubernetes.annotation(name, "pgsidecar.io/" + key);
    }

    JsonNode status() {
        try {
            return new ObjectMapper().readTree(agent.get("/status").body()).path("kubernetes");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        agent.close();
        server.close();
    }
}
