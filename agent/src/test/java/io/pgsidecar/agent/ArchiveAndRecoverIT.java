package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The main job on real servers: what is archived is what was written, and a server that has only the archive gets all. */
class ArchiveAndRecoverIT {

    private static final String CONTENT = "SELECT count(*) || ' ' || md5(string_agg(t::text, ',' ORDER BY id)) FROM t";

    @TempDir(factory = PodFolder.class)
    Path home;

    /** Every version; that each of them has one of the compressions and sizes of segments is enough. */
    static List<Arguments> versions() {
        List<String> compressions = List.of("lz4", "zstd", "gzip", "zstd", "none");
        List<Integer> megabytes = List.of(16, 1, 16, 64, 16);
        List<Arguments> versions = new ArrayList<>();
        for (int major : PostgresBinaries.SUPPORTED) {
            int i = versions.size() % compressions.size();
            versions.add(Arguments.of(major, compressions.get(i), megabytes.get(i)));
        }
        return versions;
    }

    @ParameterizedTest
    @MethodSource("versions")
    void aStandbyReachesTheSameStateFromTheArchiveAlone(int major, String compression, int megabytes) throws Exception {
        try (Pod primary = Pod.create(major, home.resolve("a"), home.resolve("r"), "--wal-segsize=" + megabytes);
                Pod standby = primary.copy(home.resolve("b"))) {
            primary.agent().set("archive.compression", compression);
            primary.start();
            primary.server()
                    .execute(
                            "CREATE TABLE t (id bigint PRIMARY KEY, v text)",
                            "INSERT INTO t SELECT g, md5(g::text) FROM generate_series(1, 40000) g",
                            "SELECT pg_switch_wal()",
                            "UPDATE t SET v = v || 'x' WHERE id % 3 = 0",
                            "DELETE FROM t WHERE id % 7 = 0");
            String last = primary.switchAndArchive();
            String expected = primary.server().query(CONTENT);
            assertThat(primary.storedSegments().keySet()).contains(last);
            assertEveryByteCameBack(primary);

            standby.server().touch("standby.signal");
            standby.start();
            standby.server().awaitQuery("SELECT count(*) > 0 FROM pg_class WHERE relname = 't'", "t");
            standby.server().awaitQuery(CONTENT, expected);
            assertThat(standby.server().query("SELECT pg_is_in_recovery()")).isEqualTo("t");
        }
    }

    @Test
    void aPromotedStandbyBeginsATimelineThatTheArchiveLeadsTo() throws Exception {
        try (Pod primary = Pod.create(17, home.resolve("a"), home.resolve("r"));
                Pod standby = primary.copy(home.resolve("b"));
                Pod late = primary.copy(home.resolve("c"))) {
            primary.start();
            primary.server().execute("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 1000) g");
            primary.switchAndArchive();
            standby.server().touch("standby.signal");
            standby.start();
            standby.server().awaitQuery("SELECT count(*) FROM pg_class WHERE relname = 't'", "1");
            // The standby gets half a segment more, as from a stream: its promotion cuts that one off.
            primary.server().execute("INSERT INTO t SELECT g FROM generate_series(-1000, 0) g");
            String unfinished = primary.server().query("SELECT pg_walfile_name(pg_current_wal_lsn())");
            // An orderly shutdown would end the segment first.
            primary.server().signal("QUIT");
            primary.server().awaitExit();
            // Renamed into place whole and owned: the standby looks for it all the time, and panics if it may not read
            // it.
            Path half = home.resolve("half");
            Files.copy(primary.server().data().resolve("pg_wal").resolve(unfinished), half);
            RunAs.own(half);
            Files.move(half, standby.server().data().resolve("pg_wal").resolve(unfinished));
            standby.server().awaitQuery("SELECT count(*) FROM t", "2001");

            standby.server().execute("SELECT pg_promote()");
            standby.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            standby.server().execute("INSERT INTO t SELECT g FROM generate_series(1001, 2000) g");
            String onNewTimeline = standby.switchAndArchive();
            assertThat(onNewTimeline).startsWith("00000002");
            assertThat(home.resolve("r/main/wals")).isDirectoryContaining("glob:**/00000002.history.zst");
            // The cut-off segment of the old timeline must not lie where a reader would take it for the whole one.
            try (var names = Files.walk(home.resolve("r/main/wals"))) {
                assertThat(names.map(Path::toString)).noneMatch(name -> name.contains(".partial"));
            }
            assertThat(home.resolve("r/main/pgsidecar/partial/0000000100000000"))
                    .isDirectoryContaining("glob:**.partial.zst");

            late.server().touch("standby.signal");
            late.start();
            late.server().awaitQuery("SELECT count(*) > 0 FROM pg_class WHERE relname = 't'", "t");
            late.server().awaitQuery(CONTENT, standby.server().query(CONTENT));
        }
    }

    @Test
    void recoveryWithoutStandbySignalEndsWhereTheArchiveEndsAndPromotes() throws Exception {
        try (Pod primary = Pod.create(18, home.resolve("a"), home.resolve("r"));
                Pod restored = primary.copy(home.resolve("b"))) {
            primary.start();
            primary.server().execute("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 5000) g");
            primary.switchAndArchive();
            String expected = primary.server().query(CONTENT);
            primary.server().stop();

            restored.server().touch("recovery.signal");
            restored.start();
            restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(restored.server().query(CONTENT)).isEqualTo(expected);
        }
    }

    private static void assertEveryByteCameBack(Pod pod) throws Exception {
        Map<String, Path> stored = pod.storedSegments();
        assertThat(stored).hasSizeGreaterThan(1);
        for (Map.Entry<String, Path> segment : stored.entrySet()) {
            byte[] written =
                    Files.readAllBytes(pod.server().data().resolve("pg_wal").resolve(segment.getKey()));
            assertThat(Pod.content(segment.getValue())).as(segment.getKey()).isEqualTo(written);
        }
    }
}
