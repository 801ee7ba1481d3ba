package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real recoveries, with the next segments fetched ahead. */
class PrefetchIT {

    private static final String ROWS = "SELECT count(*) || ' ' || coalesce(sum(id), 0) FROM t";
    private static final Pattern HANDED_OVER = Pattern.compile("\"handedOver\" : (\\d+)");

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @CsvSource({"14, 1, 34", "17, 16, 20", "18, 64, 10"})
    void aRecoveryOverManySegmentsIsServedFromTheSpoolAndLeavesItEmpty(int major, int megabytes, int segments)
            throws Exception {
        try (Pod primary = Pod.create(major, home.resolve("a"), home.resolve("r"), "--wal-segsize=" + megabytes);
                Pod restored = primary.copy(home.resolve("b"))) {
            String expected = archive(primary, segments);
            restored.server().touch("recovery.signal");
            restored.start();
            restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(restored.server().query(ROWS)).isEqualTo(expected);
            assertThat(handedOver(restored)).isGreaterThan(segments / 2);
            restored.agent().await("the spool is empty after the promotion", () -> spooled(restored) == 0);
            assertThat(restored.agent().log()).doesNotContain("The spool cannot be used");
            assertNothingForeignIn(restored);
        }
    }

    @Test
    void aRecoveryOverATimelineSwitchGetsEachSegmentOfItsTimeline() throws Exception {
        try (Pod primary = Pod.create(16, home.resolve("a"), home.resolve("r"), "--wal-segsize=1");
                Pod standby = primary.copy(home.resolve("b"));
                Pod late = primary.copy(home.resolve("c"));
                Pod target = primary.copy(home.resolve("d"))) {
            archive(primary, 15);
            primary.server().stop();
            standby.server().touch("standby.signal");
            standby.start();
            standby.server().awaitQuery("SELECT count(*) FROM pg_class WHERE relname = 't'", "1");
            standby.server().execute("SELECT pg_promote()");
            standby.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            String expected = write(standby, 15);
            assertThat(standby.server().query("SELECT pg_walfile_name(pg_current_wal_lsn())"))
                    .startsWith("00000002");

            late.server().touch("standby.signal");
            late.start();
            late.server().awaitQuery("SELECT count(*) FROM pg_class WHERE relname = 't'", "1");
            late.server().awaitQuery(ROWS, expected);
            assertThat(handedOver(late)).isGreaterThan(15);

            // A target in the middle: what was fetched beyond it has no effect.
            String middle = standby.storedSegments().keySet().stream()
                    .filter(name -> name.startsWith("00000001"))
                    .skip(8)
                    .findFirst()
                    .orElseThrow();
            target.server()
                    .touch("recovery.signal")
                    .configure(
                            "recovery_target_timeline = 'current'",
                            "recovery_target_lsn = '0/%X00000'".formatted(Integer.parseInt(middle.substring(16), 16)),
                            "recovery_target_action = 'promote'");
            target.start();
            target.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(target.server().query("SELECT count(*) < 14000 AND count(*) > 0 FROM t"))
                    .isEqualTo("t");
        }
    }

    /** PostgreSQL's call waits for the next agent; what the killed one had spooled is swept and fetched again. */
    @Test
    void anAgentThatIsKilledDuringARecoveryLeavesNothingThatTheNextOneUses() throws Exception {
        try (Pod primary = Pod.create(17, home.resolve("a"), home.resolve("r"), "--wal-segsize=1");
                Pod restored = primary.copy(home.resolve("b"))) {
            String expected = archive(primary, 60);
            restored.server().touch("recovery.signal");
            restored.agent().start();
            restored.server().launch();
            for (int kill = 0; kill < 3; kill++) {
                goOn(restored);
                int restarts = restored.agent().log().length();
                restored.agent()
                        .await(
                                "it hands over, or has done so",
                                () -> restored.agent().log().substring(restarts).contains("WAL restore")
                                        || restored.server().log().contains("archive recovery complete"));
                restored.agent().kill();
                // Not whole, should anybody believe in names.
                Path left = spool(restored).resolve("000000010000000000000030.pgsidecar-prefetched");
                Files.write(left, new byte[100]);
                restored.agent().start();
                // The recovery may be there by now: then a whole one has that name.
                assertThat(size(left)).as("what was left").isNotEqualTo(100);
            }
            goOn(restored);
            restored.server().awaitConnections();
            restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(restored.server().query(ROWS)).isEqualTo(expected);
            assertNothingForeignIn(restored);
        }
    }

    @Test
    void aStandbyFollowsTheArchiveAndWhatPgRewindAsksForDoesNotDisturbIt() throws Exception {
        try (Pod primary = Pod.create(15, home.resolve("a"), home.resolve("r"), "--wal-segsize=1");
                Pod standby = primary.copy(home.resolve("b"))) {
            archive(primary, 10);
            standby.server().touch("standby.signal").configure("wal_retrieve_retry_interval = 200ms");
            standby.start();
            for (int i = 0; i < 5; i++) {
                String expected = write(primary, 3);
                standby.server().awaitQuery(ROWS, expected);
                String first = primary.storedSegments().keySet().iterator().next();
                String path = "pg_wal/rewound." + i;
                assertThat(standby.shim().restore(first, path).exit()).isZero();
                assertThat(Files.readAllBytes(standby.server().data().resolve(path)))
                        .isEqualTo(Pod.content(primary.stored(first)));
            }
            assertThat(standby.server().query("SELECT pg_is_in_recovery()")).isEqualTo("t");
        }
    }

    @Test
    void aSpoolInsideTheDataDirectoryKeepsTheAgentFromStarting() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            Path inside = pod.server().data().resolve("spool");
            pod.agent().set("restore.spool", inside.toString()).launch();
            assertThat(pod.agent().awaitExit()).isOne();
            assertThat(pod.agent().log()).contains("restore.spool is " + inside).contains("must be a folder outside");
        }
    }

    @Test
    void withoutASpoolTheRecoveryIsTheSame() throws Exception {
        try (Pod primary = Pod.create(17, home.resolve("a"), home.resolve("r"), "--wal-segsize=1");
                Pod restored = primary.copy(home.resolve("b"))) {
            String expected = archive(primary, 12);
            restored.agent().set("restore.spool", home.resolve("no/such/spool").toString());
            restored.server().touch("recovery.signal");
            restored.start();
            restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(restored.server().query(ROWS)).isEqualTo(expected);
            assertThat(restored.agent().log().split("The spool cannot be used", -1))
                    .hasSize(2);
            assertThat(restored.agent().get("/status").body())
                    .contains("there is no folder " + home.resolve("no/such"));
        }
    }

    /** Fills so many segments; what the table has then. */
    private static String archive(Pod primary, int segments) {
        primary.start();
        primary.server().execute("CREATE TABLE t (id bigint)");
        return write(primary, segments);
    }

    private static String write(Pod primary, int segments) {
        String last = "";
        for (int i = 0; i < segments; i++) {
            primary.server().execute("INSERT INTO t SELECT generate_series(1, 1000)");
            last = primary.server().query("SELECT pg_walfile_name(pg_switch_wal())");
        }
        primary.awaitArchived(last);
        return primary.server().query(ROWS);
    }

    /** PostgreSQL has stopped where its call waited for an agent in vain, as on a machine that starts none in time. */
    private static void goOn(Pod restored) {
        if (!restored.server().running()) {
            restored.server().launch();
        }
    }

    /** Of a file; -1 if there is none. */
    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return -1;
        }
    }

    private static Path spool(Pod pod) {
        return pod.agent().socket().resolveSibling("spool");
    }

    private static int spooled(Pod pod) {
        String[] files = spool(pod).toFile().list();
        return files == null ? 0 : files.length;
    }

    private static int handedOver(Pod pod) {
        Matcher matcher = HANDED_OVER.matcher(pod.agent().get("/status").body());
        assertThat(matcher.find()).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static void assertNothingForeignIn(Pod pod) {
        assertThat(pod.server().data().resolve("pg_wal").toFile().list()).noneMatch(name -> name.contains("pgsidecar"));
    }
}
