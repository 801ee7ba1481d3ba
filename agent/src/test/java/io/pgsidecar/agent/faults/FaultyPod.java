package io.pgsidecar.agent.faults;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.MadeUpCluster;
import io.pgsidecar.agent.pod.Shim;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.faults.FaultProxy;
import io.pgsidecar.archive.faults.ProxiedStore;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** An agent beside a made-up data directory, whose repository is a real object store behind a fault proxy. */
final class FaultyPod implements AutoCloseable {

    private final ProxiedStore store;
    private final MadeUpCluster cluster;
    private final Path home;
    private final AgentProcess agent;
    private final ObjectStore direct;

    private FaultyPod(ProxiedStore store, MadeUpCluster cluster, Path home, AgentProcess agent, ObjectStore direct) {
        this.store = store;
        this.cluster = cluster;
        this.home = home;
        this.agent = agent;
        this.direct = direct;
    }

    /**
     * A pod whose agent is not started.
     *
     * @param home an existing folder
     */
    static FaultyPod create(ProxiedStore.Kind kind, Path home, ProxiedStore.Tries tries, int segmentSize, int noise)
            throws IOException {
        ProxiedStore store = ProxiedStore.start(kind, Files.createDirectory(home.resolve("store")));
        MadeUpCluster cluster = MadeUpCluster.create(home.resolve("data"), segmentSize, noise);
        RunAs.own(home);
        AgentProcess agent = agent("agent", home, cluster, store, tries);
        return new FaultyPod(store, cluster, home, agent, store.direct("faulty"));
    }

    private static AgentProcess agent(
            String name, Path home, MadeUpCluster cluster, ProxiedStore store, ProxiedStore.Tries tries) {
        return new AgentProcess(
                        RunAs.folder(home.resolve(name)),
                        cluster.data(),
                        PostgresServer.freePort(),
                        home.resolve("unused"))
                .keepIn(store.settings("faulty", tries));
    }

    /** A second agent beside the same data directory, with other patience; not started, and closed by who asks for it. */
    AgentProcess secondAgent(ProxiedStore.Tries tries) {
        return agent("second", home, cluster, store, tries);
    }

    AgentProcess agent() {
        return agent;
    }

    FaultProxy proxy() {
        return store.proxy();
    }

    MadeUpCluster cluster() {
        return cluster;
    }

    Shim shim() {
        return new Shim(cluster.data(), agent.socket());
    }

    ObjectStore direct() {
        return direct;
    }

    /** Whether the segment is stored, whatever the proxy does. */
    boolean hasStored(String segment) throws IOException {
        return direct.stat(key(segment)).isPresent();
    }

    /** What is stored of a segment, decompressed. */
    byte[] stored(String segment) throws IOException {
        try (InputStream in = Compression.ZSTD.decompress(direct.open(key(segment), 0))) {
            return in.readAllBytes();
        }
    }

    /** Ends all faults. */
    void heal() {
        proxy().heal();
        proxy().restore();
    }

    private static ObjectKey key(String segment) {
        return ObjectKey.of("main/wals", segment.substring(0, 16), segment + Compression.ZSTD.extension());
    }

    @Override
    public void close() throws IOException {
        agent.close();
        direct.close();
        store.close();
    }
}
