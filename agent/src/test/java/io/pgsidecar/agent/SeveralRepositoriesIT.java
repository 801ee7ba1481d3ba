package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recovery from two repositories of which one is away, damaged or lacks files: it takes what it needs from either. */
class SeveralRepositoriesIT {

    private static final String ROWS = "SELECT count(*) FROM t";
    private static final int SEGMENTS = 12;

    @TempDir(factory = PodFolder.class)
    static Path archived;

    /** The cluster before it wrote what is in the repositories; never started. */
    private static Pod before;

    @TempDir(factory = PodFolder.class)
    Path home;

    private Path first;
    private Path second;

    /** The same archive twice. */
    @BeforeAll
    static void archive() {
        Path spare = RunAs.folder(archived.resolve("r2"));
        try (Pod primary = Pod.create(17, archived.resolve("a"), archived.resolve("r"), "--wal-segsize=1")) {
            before = primary.copy(archived.resolve("b"));
            primary.agent().set("repositories.second.path", spare.toString());
            primary.start();
            primary.server().execute("CREATE TABLE t (id bigint)");
            String last = "";
            for (int i = 0; i < SEGMENTS; i++) {
                primary.server().execute("INSERT INTO t SELECT generate_series(1, 1000)");
                last = primary.server().query("SELECT pg_walfile_name(pg_switch_wal())");
            }
            primary.awaitArchived(last);
        }
    }

    /** Each test has both repositories to itself. */
    @BeforeEach
    void copyTheArchive() throws Exception {
        first = home.resolve("r");
        second = home.resolve("r2");
        for (Path repository : List.of(first, second)) {
            // Keeps whose files they are.
            String from = archived.resolve(repository.getFileName()).toString();
            Process cp = new ProcessBuilder("cp", "-R", "-p", from, repository.toString())
                    .inheritIO()
                    .start();
            assertThat(cp.waitFor()).isZero();
        }
    }

    private Pod restored() {
        Path own = RunAs.folder(home.resolve("b"));
        PostgresServer server = before.server().copyTo(RunAs.folder(own.resolve("pg")));
        Pod restored = Pod.of(own, before.app(), server, first);
        restored.agent().set("repositories.second.path", second.toString()).set("restore.retryFor", "500ms");
        restored.server().touch("recovery.signal");
        return restored;
    }

    @Test
    void eachLacksWhatTheOtherHas() throws Exception {
        try (Pod restored = restored()) {
            List<Path> stored = List.copyOf(restored.storedSegments().values());
            assertThat(stored).hasSizeGreaterThanOrEqualTo(SEGMENTS);
            for (int i = 0; i < stored.size(); i++) {
                Files.delete(i % 3 == 0 ? stored.get(i) : inSecond(stored.get(i)));
            }
            assertRecoversAll(restored);
        }
    }

    @Test
    void whatIsDamagedInOneComesFromTheOther() throws Exception {
        try (Pod restored = restored()) {
            List<Path> stored = List.copyOf(restored.storedSegments().values());
            for (int i = 0; i < stored.size(); i++) {
                Path object = i % 2 == 0 ? stored.get(i) : inSecond(stored.get(i));
                byte[] bytes = Files.readAllBytes(object);
                bytes[bytes.length / 2] ^= 4;
                Files.write(object, bytes);
            }
            assertRecoversAll(restored);
        }
    }

    /** All that the archive has is there, but whether there is more nobody can tell: it must not be promoted. */
    @Test
    void oneThatIsAwayDoesNotHinderARecoveryButItsEnd() throws Exception {
        try (Pod restored = restored()) {
            String last = List.copyOf(restored.storedSegments().keySet()).getLast();
            Files.move(first, home.resolve("away"));
            // Else its first question is whether there is a second timeline, which nobody can answer either.
            restored.server().configure("recovery_target_timeline = 'current'");
            restored.agent().start();
            restored.server().launch();
            assertThat(restored.server().awaitExit()).isNotZero();
            assertThat(restored.server().log())
                    .contains("restored log file \"" + last + "\"")
                    .contains("does not exist; mount its volume or create it")
                    .doesNotContain("archive recovery complete");
            restored.agent().stop();
            Files.move(home.resolve("away"), first);
            assertRecoversAll(restored);
        }
    }

    private Path inSecond(Path object) {
        return second.resolve(first.relativize(object));
    }

    private static void assertRecoversAll(Pod restored) {
        restored.agent().start();
        restored.server().start();
        restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
        assertThat(restored.server().query(ROWS)).isEqualTo(Integer.toString(SEGMENTS * 1000));
    }
}
