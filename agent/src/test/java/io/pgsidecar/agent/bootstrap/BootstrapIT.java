package io.pgsidecar.agent.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.PrimaryService;
import io.pgsidecar.agent.pod.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A set of pods from nothing, through lost volumes and failovers, each start of which begins with a bootstrap. */
class BootstrapIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    static List<Integer> versions() {
        return Boolean.getBoolean("pgsidecar.long") ? List.of(14, 15, 16, 17, 18) : List.of(17);
    }

    private static void expect(Program program, int exit, String... words) {
        assertThat(program.out()).contains(words);
        assertThat(program.exit()).as(program.out()).isEqualTo(exit);
    }

    /** The first pod with a row and a backup. */
    private static void begin(Member first, PrimaryService service) {
        expect(first.bootstrap(), 0, "left empty");
        first.initdb().start();
        service.leadTo(first.server());
        first.server().execute("CREATE TABLE rows (t text)", "INSERT INTO rows VALUES ('a')");
        Program backup = Program.run(first.agent(), "backup", "now");
        assertThat(backup.exit()).as(backup.out()).isZero();
    }

    private static void join(Member member, Member primary) {
        expect(member.bootstrap(), 0, "build a replica", "restored");
        assertThat(member.server().data().resolve("standby.signal")).exists();
        member.start().awaitInStep(primary);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void fromNothingToThreeAndThroughTwoFailovers(int major) throws Exception {
        try (PrimaryService service = new PrimaryService();
                Member zero = Member.of(major, "postgres-0", home, service);
                Member one = Member.of(major, "postgres-1", home, service);
                Member two = Member.of(major, "postgres-2", home, service)) {
            expect(one.bootstrap(), 53, "there is no backup yet", "only the pod with ordinal 0 begins a cluster");
            assertThat(one.server().data()).doesNotExist();
            begin(zero, service);
            join(one, zero);
            join(two, zero);

            two.kill();
            two.loseVolume();
            zero.server().execute("INSERT INTO rows VALUES ('b')");
            join(two, zero);
            two.assertRows("a b");
            two.kill();
            expect(two.bootstrap(), 0, "it is a replica on timeline 1");
            two.start().awaitInStep(zero);

            anOldPrimaryThatStoppedInOrderFollows(zero, one, two, service);
            theFirstPodsLostVolumeBeginsNoSecondCluster(zero, one, service);
        }
    }

    private static void anOldPrimaryThatStoppedInOrderFollows(
            Member zero, Member one, Member two, PrimaryService service) {
        zero.stop();
        service.leadNowhere();
        expect(zero.bootstrap(), 0, "it is the primary on timeline 1, and none is newer");
        one.promote();
        service.leadTo(one.server());
        one.server().execute("INSERT INTO rows VALUES ('c')");
        two.awaitInStep(one);
        expect(zero.bootstrap("bootstrap.oldPrimary: refuse"), 56, "the cluster is on timeline 2");
        expect(zero.bootstrap(), 0, "make it a replica", "standby.signal is set");
        expect(zero.bootstrap(), 0, "it is a replica on timeline 1; the newest is 2");
        zero.start().awaitInStep(one);
        zero.assertRows("a b c");
    }

    private static void theFirstPodsLostVolumeBeginsNoSecondCluster(Member zero, Member one, PrimaryService service)
            throws Exception {
        one.stop();
        zero.promote();
        service.leadTo(zero.server());
        zero.server().execute("INSERT INTO rows VALUES ('d')", "SELECT pg_switch_wal()");
        expect(one.bootstrap(), 0, "make it a replica");
        one.start().awaitInStep(zero);
        zero.stop();
        zero.loseVolume();
        service.leadNowhere();
        expect(zero.bootstrap(), 0, "no primary answers: it waits for one", "build a replica");
        one.promote();
        service.leadTo(one.server());
        zero.start().awaitInStep(one);
        zero.assertRows("a b c d");
    }

    @ParameterizedTest
    @MethodSource("versions")
    void aPrimaryThatWentOnAfterTheFailoverIsRefusedAndRebuiltOnlyWhereThatIsAllowed(int major) throws Exception {
        try (PrimaryService service = new PrimaryService();
                Member zero = Member.of(major, "postgres-0", home, service);
                Member one = Member.of(major, "postgres-1", home, service)) {
            begin(zero, service);
            join(one, zero);
            service.leadNowhere();
            zero.server().execute("INSERT INTO rows VALUES ('only here')");
            zero.kill();
            one.promote();
            service.leadTo(one.server());
            one.server().execute("INSERT INTO rows VALUES ('b')", "SELECT pg_switch_wal()");

            Program refused = zero.bootstrap();
            expect(refused, 52, "timeline 2 left timeline 1 at 0/", "and it went on there to 0/");
            assertThat(zero.server().data().resolve("standby.signal")).doesNotExist();
            assertThat(zero.server().data().resolve("postmaster.pid")).exists();

            expect(zero.bootstrap("bootstrap.rebuildDiverged: true"), 0, "rebuild", "kept the old directory");
            assertThat(zero.kept()).hasSize(1);
            zero.start().awaitInStep(one);
            zero.assertRows("a b");

            // The same once more, by what is good of its files.
            service.leadNowhere();
            one.server().execute("INSERT INTO rows VALUES ('only there')");
            one.kill();
            zero.promote();
            service.leadTo(zero.server());
            expect(one.bootstrap(), 52, "timeline 3 left timeline 2");
            expect(one.bootstrap("bootstrap.rebuildDiverged: true", "bootstrap.keepDiverged: false"), 0, "rebuild");
            assertThat(one.kept()).isEmpty();
            one.start().awaitInStep(zero);
            one.assertRows("a b");
        }
    }

    @Test
    void aLostClusterComesBackAndNobodyBecomesAPrimaryUntold() throws Exception {
        try (PrimaryService service = new PrimaryService();
                Member zero = Member.of(17, "postgres-0", home, service);
                Member one = Member.of(17, "postgres-1", home, service)) {
            begin(zero, service);
            zero.server().execute("INSERT INTO rows VALUES ('b')");
            zero.stop();
            service.leadNowhere();
            zero.loseVolume();

            // Killed in the middle, and again.
            for (int i = 0; i < 2; i++) {
                assertThat(zero.killBootstrap()).as("killed while it restored").isTrue();
                assertThat(zero.server().data().resolve("global/pg_control")).doesNotExist();
            }
            expect(zero.bootstrap(), 0, "build a replica", "restored");
            expect(zero.bootstrap(), 0, "it is a replica of a backup");
            expect(one.bootstrap(), 0, "build a replica");
            zero.start();
            one.start();
            for (Member each : List.of(zero, one)) {
                each.server().awaitQuery("SELECT string_agg(t, ' ' ORDER BY t) FROM rows", "a b");
                assertThat(each.server().query("SELECT pg_is_in_recovery()")).isEqualTo("t");
            }
            Program promoted = Program.run(zero.agent(), "promote", "--timeout", "180");
            assertThat(promoted.out()).contains("Promoted: a primary on timeline 2");
            service.leadTo(zero.server());
            one.awaitInStep(zero);
            zero.archive();
            one.kill();
            one.loseVolume();
            zero.kill();
            zero.loseVolume();
            service.leadNowhere();

            expect(one.bootstrap("bootstrap.lostCluster: promote"), 0, "build a replica");
            expect(zero.bootstrap("bootstrap.lostCluster: promote"), 0, "recover a primary");
            assertThat(zero.server().data().resolve("recovery.signal")).exists();
            zero.start();
            zero.server().awaitQuery("SELECT pg_is_in_recovery()::text", "false");
            zero.assertRows("a b");
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void aNewClusterBeginsAsACopyOfAnotherOneAndIsItsOwnFromThenOn(int major) throws Exception {
        try (PrimaryService service = new PrimaryService();
                PrimaryService others = new PrimaryService();
                Member origin = Member.of(major, "postgres-0", home, service);
                Member zero = copying(Member.of(major, "copy-0", home, others));
                Member one = copying(Member.of(major, "copy-1", home, others))) {
            begin(origin, service);
            // The copy leaves a timeline whose history is in no folder of its own.
            origin.server().stop();
            origin.server().touch("standby.signal").start();
            origin.promote();
            origin.server()
                    .execute(
                            "INSERT INTO rows VALUES ('b')",
                            "SELECT pg_create_restore_point('here')",
                            "INSERT INTO rows VALUES ('too late')");
            origin.archive();
            origin.stop();
            Map<String, Long> before = files(home.resolve("repository/main"));

            expect(one.bootstrap(), 53, "there is no backup yet");
            assertThat(zero.killBootstrap()).as("killed while it restored").isTrue();
            expect(
                    zero.bootstrap("bootstrap.restore.backup: 20200101T000000"),
                    43,
                    "there is no backup 20200101T000000");
            expect(zero.bootstrap(), 0, "begin as a copy of server \"main\"", "restored");

            // With another origin configured it must not take an empty folder for the end of the WAL.
            zero.agent().in(Map.of("PGSIDECAR_BOOTSTRAP_RESTORE_SERVER", "elsewhere"));
            zero.launch();
            zero.server().awaitExit();
            assertThat(zero.server().log())
                    .contains("recovers as a copy of server \"main\"", "bootstrap.restore.server is \"elsewhere\"");
            assertThat(zero.server().data().resolve("recovery.signal")).exists();
            zero.agent().stop();

            zero.agent().in(Map.of("PGSIDECAR_BOOTSTRAP_RESTORE_SERVER", "main"));
            expect(zero.bootstrap(), 0, "it goes on with its recovery");
            zero.start();
            zero.server().awaitQuery("SELECT pg_is_in_recovery()::text", "false");
            others.leadTo(zero.server());
            zero.assertRows("a b");
            zero.archive();
            assertThat(home.resolve("repository/copy/wals/0000000300000000")).isNotEmptyDirectory();
            assertThat(files(home.resolve("repository/main"))).isEqualTo(before);
            expect(Program.run(zero.agent(), "backup", "now"), 0, "done");
            join(one, zero);

            // What is there of its own goes before the origin.
            zero.server().execute("INSERT INTO rows VALUES ('of the copy')");
            zero.archive();
            zero.kill();
            others.leadNowhere();
            expect(zero.bootstrap(), 0, "it is the primary on timeline 3");
            zero.loseVolume();
            expect(zero.bootstrap(), 0, "build a replica");
            zero.start();
            zero.server().awaitQuery("SELECT string_agg(t, ' ' ORDER BY t) FROM rows", "a b of the copy");
        }
    }

    /** A member of a set that begins as a copy of the other one, in the same repository. */
    private static Member copying(Member member) {
        member.agent()
                .set("server", "copy")
                .set("bootstrap.restore.server", "main")
                .set("bootstrap.restore.targetName", "here");
        return member;
    }

    private static Map<String, Long> files(Path folder) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sizes.put(folder.relativize(file).toString(), Files.size(file));
            }
        }
        return sizes;
    }

    @Test
    void whatIsHalfMadeOrOfAnotherClusterIsReportedAndLeftAlone() throws Exception {
        try (PrimaryService service = new PrimaryService();
                Member zero = Member.of(17, "postgres-0", home, service);
                Member one = Member.of(17, "postgres-1", home, service)) {
            begin(zero, service);
            one.initdb();
            expect(one.bootstrap(), 45, "is of the cluster with system identifier");
            // What a killed initdb leaves: no database postgres yet, then no pg_control, then no PG_VERSION.
            Path data = one.server().data();
            Files.delete(data.resolve("base/5/PG_VERSION"));
            expect(one.bootstrap(), 54, "an initdb did not come to its end there");
            Files.delete(data.resolve("global/pg_control"));
            expect(one.bootstrap(), 54, "there is a PG_VERSION and no global/pg_control");
            Files.delete(data.resolve("PG_VERSION"));
            expect(one.bootstrap(), 54, "not empty and no data directory");
            assertThat(data.resolve("postgresql.conf")).exists();

            // A primary beside itself: bootstrap by hand while it runs.
            expect(zero.bootstrap(), 52, "it is a primary on timeline 1, and so is 127.0.0.1");
            zero.server().execute("SELECT 1");
            expect(
                    zero.bootstrap("bootstrap.rebuildDiverged: true"),
                    43,
                    "a server listens on 127.0.0.1:" + zero.server().port());
            zero.assertRows("a");
        }
    }
}
