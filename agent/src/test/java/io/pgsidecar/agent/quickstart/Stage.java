package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.PackagedApp;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/**
 * Who and what is in the story.
 *
 * @param standby a copy of the primary's data directory as {@code initdb} left it; it knows the primary not at all
 * @param restored a pod without a data directory, for what is restored to a moment in the past
 * @param replica another one, for a replica that streams
 */
record Stage(QuickstartFolder folder, Narrator narrator, Pod primary, Pod standby, Pod restored, Pod replica)
        implements AutoCloseable {

    /** Makes the cluster and the copy of it; nothing is started. */
    static Stage set(QuickstartFolder folder, Narrator narrator, PostgresBinaries binaries) throws IOException {
        // Others on the machine can reach the ports, and a superuser can run programs: no login without a password.
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Path passwordFile = folder.secret("password", password + "\n");
        folder.secret("pgpass", "127.0.0.1:*:*:postgres:" + password + "\n");

        long began = System.nanoTime();
        Path home = folder.make("primary");
        PostgresServer server = PostgresServer.createWithPassword(binaries, folder.make("primary/pg"), passwordFile);
        Pod primary = Pod.of(home, new PackagedApp(folder.app()), server, folder.make("repository"));
        primary.server()
                .configure(
                        "shared_buffers = 64MB",
                        // The folder may stay for long: WAL that is archived need not.
                        "wal_keep_size = 512MB",
                        "max_wal_size = 1GB",
                        "checkpoint_timeout = 5min");
        folder.make("standby");
        Pod standby = primary.copy(folder.home().resolve("standby"));
        standby.server().touch("standby.signal").configure("wal_retrieve_retry_interval = 1s");
        Pod restored = empty(folder, "restored", primary);
        Pod replica = empty(folder, "replica", primary);
        for (Pod pod : List.of(primary, standby, restored, replica)) {
            pod.agent().set("postgres.passwordFile", passwordFile.toString());
        }
        narrator.tell("made a cluster by initdb, and a copy of its data directory for later, in "
                + Amounts.time(Amounts.since(began)));
        return new Stage(folder, narrator, primary, standby, restored, replica);
    }

    /** A pod that has nothing: its data directory comes from the repository. */
    private static Pod empty(QuickstartFolder folder, String name, Pod primary) throws IOException {
        Path home = folder.make(name);
        PostgresServer server = primary.server().restoredTo(folder.make(name + "/pg"));
        AgentProcess agent = new AgentProcess(
                primary.app(), folder.make(name + "/agent"), server.data(), server.port(), primary.repository());
        return new Pod(home, primary.app(), server, agent, primary.repository());
    }

    /** Starts a pod's agent; how long it took until it served. */
    Duration startAgent(Pod pod) {
        long began = System.nanoTime();
        pod.agent().launch();
        folder.note(pod.agent().pid(), "agent");
        pod.agent().awaitReady();
        return Amounts.since(began);
    }

    /** Starts a pod's PostgreSQL; how long it took until it took connections. */
    Duration startServer(Pod pod) {
        long began = System.nanoTime();
        pod.server().launch();
        folder.note(pod.server().pid(), "postgres");
        pod.server().awaitConnections();
        return Amounts.since(began);
    }

    /** Stops all in the order in which a pod does it: PostgreSQL first, then its agent. */
    void stop() {
        for (Pod pod : List.of(replica, restored, standby, primary)) {
            stop(pod);
        }
    }

    /** Stops one; nothing if it was never started. */
    void stop(Pod pod) {
        if (pod.server().running()) {
            pod.server().stop();
        }
        if (!pod.agent().running()) {
            return;
        }
        int exit = pod.agent().stop();
        if (exit != 0) {
            throw new StoryException("an agent exited with %d when it was told to stop; its log ends with:%n%s"
                    .formatted(exit, Log.end(pod.agent().log())));
        }
    }

    /** Where a pod is found: {@code primary}, {@code standby}, {@code restored} or {@code replica}. */
    static String name(Pod pod) {
        return String.valueOf(pod.home().getFileName());
    }

    /** The user that PostgreSQL and the agents run as. */
    static String user() {
        return RunAs.root() ? "nobody, as root must not" : System.getProperty("user.name");
    }

    @Override
    public void close() {
        for (Pod pod : List.of(replica, restored, standby, primary)) {
            pod.close();
        }
    }
}
