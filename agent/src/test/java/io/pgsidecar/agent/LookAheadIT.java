package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** After an outage PostgreSQL asks for one segment after another, and the agent is ahead of it. */
class LookAheadIT {

    private static final int SEGMENTS = 60;

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void aBacklogIsArchivedAheadOfPostgresAndNothingDiffers() throws Exception {
        Path repository = home.resolve("r");
        try (Pod pod =
                Pod.create(17, home.resolve("a"), repository, "--wal-segsize=1").start()) {
            pod.switchAndArchive();
            Path away = Files.move(repository, home.resolve("away"));
            pod.server()
                    .execute(
                            "CREATE TABLE t (v text)",
                            "DO $$ BEGIN FOR i IN 1.." + SEGMENTS
                                    + " LOOP PERFORM pg_switch_wal(); INSERT INTO t VALUES (repeat(md5(i::text), 20000));"
                                    + " COMMIT; END LOOP; END $$");
            pod.server().awaitQuery("SELECT failed_count > 0 FROM pg_stat_archiver", "t");
            Files.move(away, repository);
            RunAs.own(repository);
            pod.switchAndArchive();

            Map<String, Path> stored = pod.storedSegments();
            assertThat(stored).hasSizeGreaterThan(SEGMENTS);
            for (Map.Entry<String, Path> segment : stored.entrySet()) {
                assertThat(Pod.content(segment.getValue()))
                        .as(segment.getKey())
                        .isEqualTo(Files.readAllBytes(
                                pod.server().data().resolve("pg_wal").resolve(segment.getKey())));
            }
            assertThat(pod.agent().log().lines().filter(line -> line.contains("ahead=\"true\"")))
                    .as("archived before PostgreSQL asked")
                    .hasSizeGreaterThan(SEGMENTS / 10);
        }
    }
}
