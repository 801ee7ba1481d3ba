package io.pgsidecar.agent.rest;

import io.pgsidecar.agent.pod.Pod;
import java.nio.file.Path;

/** A primary and the replica that streams from it, each with its agent, which looks often. */
public record PrimaryAndReplica(Pod primary, Pod replica) implements AutoCloseable {

    /**
     * Starts them, and waits until WAL streams.
     *
     * @param maxAge for how long what an agent has seen counts
     * @param timeout of its connects and queries
     */
    public static PrimaryAndReplica start(Path home, String maxAge, String timeout) {
        Pod primary = Pod.create(17, home.resolve("a"), home.resolve("r"));
        // Of the same initdb, so of the same cluster.
        Pod replica = primary.copy(home.resolve("b"));
        replica.server()
                .configure("primary_conninfo = 'host=127.0.0.1 port=%d user=postgres application_name=replica'"
                        .formatted(primary.server().port()))
                .touch("standby.signal");
        PrimaryAndReplica both = new PrimaryAndReplica(primary, replica);
        try {
            both.launch(maxAge, timeout);
            return both;
        } catch (RuntimeException e) {
            both.close();
            throw e;
        }
    }

    private void launch(String maxAge, String timeout) {
        for (Pod pod : new Pod[] {primary, replica}) {
            pod.agent()
                    .set("probes.interval", "200ms")
                    .set("probes.maxAge", maxAge)
                    .set("postgres.queryTimeout", timeout)
                    .set("postgres.connectTimeout", timeout)
                    .launch();
        }
        primary.server().start();
        replica.server().start();
        primary.agent().awaitReady();
        replica.agent().awaitReady();
        primary.server().awaitQuery("SELECT state FROM pg_stat_replication", "streaming");
    }

    @Override
    public void close() {
        replica.close();
        primary.close();
    }
}
