package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A second repository that may lag is away for a while, and has everything in the end. */
class OptionalRepositoryIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void getsAlsoWhatPostgresHasRecycled(boolean restartedMeanwhile) throws Exception {
        Path spare = home.resolve("spare");
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"), "--wal-segsize=1")) {
            pod.server().configure("wal_keep_size = 0", "min_wal_size = 2MB", "max_wal_size = 2MB", "wal_recycle = on");
            pod.agent().set("repositories.spare.path", spare.toString()).set("repositories.spare.optional", "true");
            pod.start();
            String first = pod.switchAndArchive();
            for (int i = 0; i < 10; i++) {
                pod.switchAndArchive();
            }
            Path old = pod.server().data().resolve("pg_wal").resolve(first);
            pod.server().await("PostgreSQL has recycled " + first, () -> {
                pod.server().execute("CHECKPOINT");
                return !Files.exists(old);
            });
            if (restartedMeanwhile) {
                assertThat(pod.agent().stop()).isZero();
                pod.agent().start();
            }
            Files.createDirectory(spare);
            RunAs.own(spare);
            Map<String, Path> stored = pod.storedSegments();
            assertThat(stored).containsKey(first).hasSizeGreaterThan(10);
            Path main = home.resolve("r/main");
            pod.agent().await("the optional one has it all", () -> {
                for (Path file : stored.values()) {
                    if (!Files.exists(spare.resolve("main").resolve(main.relativize(file)))) {
                        return false;
                    }
                }
                return true;
            });
            for (Path file : stored.values()) {
                assertThat(Pod.content(spare.resolve("main").resolve(main.relativize(file))))
                        .isEqualTo(Pod.content(file));
            }
            assertThat(spare.resolve("main/pgsidecar/repository.json")).exists();
            pod.agent()
                    .await(
                            "its lag is a metric, and over",
                            () -> pod.agent()
                                    .get("/metrics")
                                    .body()
                                    .contains("pgsidecar_repository_missing_files{repository=\"spare\"} 0.0\n"));
            assertThat(pod.agent().get("/status").body()).contains("\"repository\" : \"spare\"");
        }
    }
}
