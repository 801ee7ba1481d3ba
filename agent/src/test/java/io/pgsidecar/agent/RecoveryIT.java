package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The archive cannot tell while PostgreSQL recovers from it. To PostgreSQL "absent" means "the WAL ends here": a server
 * that takes a failure for that promotes and has lost what came after.
 */
class RecoveryIT {

    private static final String ROWS = "SELECT count(*) FROM t";

    /**
     * An archive.
     *
     * @param before the cluster before it wrote what is in the repository; never started
     */
    private record Archived(Pod before, Path repository) {}

    private static final Map<Integer, Archived> ARCHIVED = new HashMap<>();

    @TempDir(factory = PodFolder.class)
    static Path archives;

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void anUnreachableRepositoryStopsRecoveryAndNeverPromotes() throws Exception {
        try (Pod restored = restoredFromFiveSegments(17)) {
            Files.move(home.resolve("r"), home.resolve("away"));
            assertRecoveryStops(restored, "does not exist; mount its volume or create it");
            Files.move(home.resolve("away"), home.resolve("r"));
            assertRecoversAll(restored);
        }
    }

    @Test
    void anEmptyFolderInPlaceOfTheRepositoryIsNotTheEndOfTheArchive() throws Exception {
        try (Pod restored = restoredFromFiveSegments(16)) {
            Files.move(home.resolve("r"), home.resolve("away"));
            Files.createDirectory(home.resolve("r")); // The mount point of a volume that is not mounted.
            assertRecoveryStops(restored, "nothing proves that a file is missing from it");
            Files.delete(home.resolve("r"));
            Files.move(home.resolve("away"), home.resolve("r"));
            assertRecoversAll(restored);
        }
    }

    @Test
    void anAgentThatIsDownStopsRecoveryAndNeverPromotes() throws Exception {
        try (Pod restored = restoredFromFiveSegments(18)) {
            restored.restoreWith("--timeout 1");
            int before = restored.server().log().length();
            restored.server().launch();
            assertThat(restored.server().awaitExit()).isNotZero();
            assertThat(restored.server().log().substring(before))
                    .contains("pgsidecar-wal: error: could not restore")
                    .contains("FATAL")
                    .doesNotContain("archive recovery complete");
            // A second is too little for an agent on a slow machine.
            restored.restoreWith("--timeout 120");
            assertRecoversAll(restored);
        }
    }

    @Test
    void aDamagedObjectStopsRecoveryAtItAndNeverPromotes() throws Exception {
        try (Pod restored = restoredFromFiveSegments(15)) {
            Path third = restored.stored("000000010000000000000003");
            byte[] whole = Files.readAllBytes(third);
            byte[] damaged = whole.clone();
            damaged[damaged.length / 2] ^= 0x10;
            Files.write(third, damaged);
            assertRecoveryStops(restored, "000000010000000000000003.zst cannot be read back");

            Files.write(third, List.of("not even zstd"));
            assertRecoveryStops(restored, "000000010000000000000003.zst cannot be read back");

            Files.write(third, whole);
            assertRecoversAll(restored);
        }
    }

    @Test
    void anotherClustersRepositoryStopsRecovery() throws Exception {
        try (Pod other = Pod.create(14, home.resolve("o"), home.resolve("r2"));
                Pod restored = restoredFromFiveSegments(14)) {
            other.start();
            other.switchAndArchive();
            Files.move(home.resolve("r"), home.resolve("away"));
            Files.move(home.resolve("r2"), home.resolve("r"));
            assertRecoveryStops(restored, "belongs to the cluster with system identifier");
            Files.move(home.resolve("r"), home.resolve("r2"));
            Files.move(home.resolve("away"), home.resolve("r"));
            assertRecoversAll(restored);
        }
    }

    @Test
    void aStandbyGoesOnWhileTheRepositoryIsAwayAndCatchesUpWhenItIsBack() throws Exception {
        try (Pod standby = restoredFromFiveSegments(17)) {
            Files.delete(standby.server().data().resolve("recovery.signal"));
            standby.server().touch("standby.signal");
            standby.agent().start();
            Files.move(home.resolve("r"), home.resolve("away"));
            standby.server().launch();
            standby.server()
                    .await(
                            "the standby has asked in vain",
                            () -> standby.server().log().contains("does not exist; mount its volume or create it"));
            assertThat(standby.server().running()).isTrue();

            standby.agent().kill();
            standby.server()
                    .await(
                            "the standby has missed the agent",
                            () -> standby.server().log().contains("pgsidecar-wal: hint: "));
            Files.move(home.resolve("away"), home.resolve("r"));
            standby.agent().start();
            standby.server().awaitConnections();
            standby.server().awaitQuery(ROWS, "5000");
            assertThat(standby.server().query("SELECT pg_is_in_recovery()")).isEqualTo("t");
        }
    }

    /**
     * At its end PostgreSQL removes standby.signal, and asks for one more file after that: stopped there, the
     * server would come up on the old timeline.
     */
    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void aStandbyIsPromotedWhileTheRepositoryIsAway(int major) throws Exception {
        try (Pod standby = restoredFromFiveSegments(major)) {
            Files.delete(standby.server().data().resolve("recovery.signal"));
            standby.server().touch("standby.signal");
            standby.agent().start();
            standby.server().launch();
            standby.server().awaitConnections();
            standby.server().awaitQuery(ROWS, "5000");
            Files.move(home.resolve("r"), home.resolve("away"));
            standby.server().execute("SELECT pg_promote(false)");
            standby.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(standby.server().query("SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))
                    .startsWith("00000002");
            assertThat(standby.server().query(ROWS)).isEqualTo("5000");
        }
    }

    /** A server with {@code recovery.signal} and an archive of five segments with a thousand rows each. */
    private Pod restoredFromFiveSegments(int major) throws Exception {
        Archived archived = ARCHIVED.computeIfAbsent(major, RecoveryIT::archive);
        Path repository = home.resolve("r");
        // Keeps whose files they are.
        Process cp = new ProcessBuilder("cp", "-R", "-p", archived.repository().toString(), repository.toString())
                .inheritIO()
                .start();
        assertThat(cp.waitFor()).isZero();
        Path own = RunAs.folder(home.resolve("b"));
        PostgresServer server = archived.before().server().copyTo(RunAs.folder(own.resolve("pg")));
        Pod restored = Pod.of(own, archived.before().app(), server, repository);
        restored.agent().set("restore.retryFor", "500ms");
        restored.server().touch("recovery.signal");
        return restored;
    }

    /** Made once for each version: every test gets a copy. */
    private static Archived archive(int major) {
        Path folder = RunAs.folder(archives.resolve(Integer.toString(major)));
        try (Pod primary = Pod.create(major, folder.resolve("a"), folder.resolve("r"))) {
            Pod before = primary.copy(folder.resolve("b"));
            primary.start();
            primary.server().execute("CREATE TABLE t (id bigint)");
            for (int i = 0; i < 5; i++) {
                primary.server().execute("INSERT INTO t SELECT generate_series(1, 1000)");
                primary.switchAndArchive();
            }
            return new Archived(before, folder.resolve("r"));
        }
    }

    private static void assertRecoveryStops(Pod restored, String reason) {
        restored.agent().start();
        int before = restored.server().log().length();
        restored.server().launch();
        assertThat(restored.server().awaitExit()).isNotZero();
        assertThat(restored.server().log().substring(before))
                .contains(reason)
                .contains("FATAL")
                .doesNotContain("archive recovery complete")
                .doesNotContain("selected new timeline");
        restored.agent().stop();
    }

    private static void assertRecoversAll(Pod restored) {
        restored.agent().start();
        restored.server().start();
        restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
        assertThat(restored.server().query(ROWS)).isEqualTo("5000");
    }
}
