package io.pgsidecar.agent.quickstart;

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

/**
 * Who and what is in the story.
 *
 * @param standby a copy of the primary's data directory as {@code initdb} left it; it knows the primary not at all
 */
record Stage(QuickstartFolder folder, Narrator narrator, Pod primary, Pod standby) implements AutoCloseable {

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
        for (Pod pod : new Pod[] {primary, standby}) {
            pod.agent().set("postgres.passwordFile", passwordFile.toString());
        }
        narrator.tell("made a cluster by initdb, and a copy of its data directory for later, in "
                + Amounts.time(Amounts.since(began)));
        return new Stage(folder, narrator, primary, standby);
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
        for (Pod pod : new Pod[] {standby, primary}) {
            pod.server().stop();
            int exit = pod.agent().stop();
            if (exit != 0) {
                throw new StoryException("an agent exited with %d when it was told to stop; its log ends with:%n%s"
                        .formatted(exit, Log.end(pod.agent().log())));
            }
        }
    }

    /** Where a pod is found: {@code primary} or {@code standby}. */
    static String name(Pod pod) {
        return String.valueOf(pod.home().getFileName());
    }

    /** The user that PostgreSQL and the agents run as. */
    static String user() {
        return RunAs.root() ? "nobody, as root must not" : System.getProperty("user.name");
    }

    @Override
    public void close() {
        standby.close();
        primary.close();
    }
}
