package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} at random moments under write load; a hundred times with {@code mvn verify -Plong}. */
class KilledAgentIT {

    /** So much waits at most: at the end it is to be archived in time, however long the agents took to start. */
    private static final int BACKLOG = 60;

    private static final int KILLS = Boolean.getBoolean("pgsidecar.long") ? 100 : 8;

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void noAcknowledgedSegmentIsMissingAndNoneDiffers() throws Exception {
        long seed = Long.getLong("pgsidecar.seed", System.nanoTime());
        System.out.println("KilledAgentIT: " + KILLS + " kills, -Dpgsidecar.seed=" + seed);
        Random random = new Random(seed);
        Path acknowledged = home.resolve("acknowledged");
        // Small segments, so that storing one is going on at most moments.
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"), "--wal-segsize=1")) {
            Files.writeString(acknowledged, "");
            RunAs.own(acknowledged);
            pod.archiveAndThen("echo %f >> " + acknowledged);
            pod.start();
            pod.server().execute("CREATE TABLE t (id bigint, v text)");
            AtomicBoolean loading = new AtomicBoolean(true);
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Long> load = executor.submit(() -> write(pod, loading));
                try {
                    for (int i = 0; i < KILLS; i++) {
                        // Not a wait for anything: the random moment itself.
                        TimeUnit.MILLISECONDS.sleep(random.nextInt(700));
                        pod.agent().kill();
                        pod.agent().start();
                    }
                } finally {
                    loading.set(false);
                }
                assertThat(load.get(2, TimeUnit.MINUTES)).isPositive();
            }
            pod.switchAndArchive();

            Map<String, Path> stored = pod.storedSegments();
            List<String> names = Files.readAllLines(acknowledged);
            assertThat(names).hasSizeGreaterThan(KILLS);
            assertThat(stored.keySet()).containsAll(names);
            for (Map.Entry<String, Path> segment : stored.entrySet()) {
                byte[] written =
                        Files.readAllBytes(pod.server().data().resolve("pg_wal").resolve(segment.getKey()));
                assertThat(Pod.content(segment.getValue())).as(segment.getKey()).isEqualTo(written);
            }
            System.out.println("KilledAgentIT: " + names.size() + " segments acknowledged, all stored as written; "
                    + pod.server().query("SELECT failed_count FROM pg_stat_archiver") + " calls failed in between:");
            pod.server()
                    .log()
                    .lines()
                    .filter(line -> line.startsWith("pgsidecar-wal: "))
                    .forEach(System.out::println);
        }
    }

    private static long write(Pod pod, AtomicBoolean loading) throws Exception {
        long batches = 0;
        try (Connection c = pod.server().connect();
                Statement s = c.createStatement()) {
            while (loading.get()) {
                s.execute("INSERT INTO t SELECT g, md5(random()::text) FROM generate_series(1, 2000) g");
                do {
                    s.execute("SELECT pg_sleep(0.02)");
                } while (loading.get() && waiting(s) > BACKLOG);
                batches++;
            }
        }
        return batches;
    }

    private static int waiting(Statement s) throws SQLException {
        try (ResultSet row =
                s.executeQuery("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")) {
            row.next();
            return row.getInt(1);
        }
    }
}
