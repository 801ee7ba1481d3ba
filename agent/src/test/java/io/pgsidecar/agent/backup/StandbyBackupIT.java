package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Backups of a standby that streams from a primary; the primary archives. */
class StandbyBackupIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    static List<Integer> versions() {
        return Boolean.getBoolean("pgsidecar.long") ? List.of(14, 15, 16, 17, 18) : List.of(14);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void whatItNeedsOfThePrimaryItGetsOrSays(int major) throws Exception {
        try (Pod primary = Pod.create(major, home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            primary.start();
            Ledger.createIn(primary.server());
            // Nobody writes: the backup itself ends the segment that it needs.
            Program first = Program.run(primary, "backup", "now");
            assertThat(first.exit()).as(first.out()).isZero();
            try (Pod standby =
                    restored(primary, major, "b", List.of("--standby", "--primary-conninfo", conninfo(primary)))) {
                standby.agent().set("backup.walTimeout", "1s").set("backup.rateLimit", "16MB");
                standby.start();
                standby.server()
                        .awaitQuery("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'", "1");
                anIdlePrimaryIsNamed(primary, standby);
                standby.agent().stop();
                standby.agent().set("backup.walTimeout", "10m").start();
                aSwitchOnThePrimaryEndsTheWait(primary, standby, major);
                promotionEndsTheBackup(standby);
            }
        }
    }

    private static void anIdlePrimaryIsNamed(Pod primary, Pod standby) {
        primary.server().execute("INSERT INTO ledger (n) VALUES (1)", "CHECKPOINT");
        replayed(primary, standby);
        Program backup = Program.run(standby, "backup", "now");
        assertThat(backup.exit()).as(backup.out()).isEqualTo(50);
        assertThat(backup.out())
                .contains("which the backup needs, is not in repository \"main\" after 1 s")
                .contains("SELECT pg_switch_wal() there ends a segment");
        assertThat(Program.run(standby, "backup", "list").out()).contains("FAILED");
    }

    private void aSwitchOnThePrimaryEndsTheWait(Pod primary, Pod standby, int major) throws Exception {
        CompletableFuture<Program> backup;
        try (Ledger ledger = Ledger.write(primary.server(), 1)) {
            primary.server().await("rows are written", () -> ledger.committed() > 50);
            backup = Program.begin(standby, "backup", "now", "--output", "json");
            CompletableFuture<Program> begun = backup;
            // Where the ledger ends the segment by itself, it may be over before it is seen to wait.
            standby.agent().await("it waits for WAL", () -> isAt(standby, "waiting-for-wal") || begun.isDone());
        }
        String expected = Ledger.content(primary.server());
        String lsn = primary.server().query("SELECT pg_current_wal_insert_lsn()");
        primary.server().execute("INSERT INTO ledger (n) VALUES (1000000)");
        String ignored = primary.switchAndArchive();
        Program ended = backup.join();
        assertThat(ended.exit()).as(ended.out()).isZero();
        String id = new ObjectMapper().readTree(ended.out()).path("backup").asText();
        try (Pod back = restored(primary, major, "c", List.of("--backup", id, "--target-lsn", lsn))) {
            back.start();
            back.server().awaitQuery("SELECT pg_get_wal_replay_pause_state()", "paused");
            assertThat(Ledger.content(back.server())).isEqualTo(expected);
        }
    }

    private static void promotionEndsTheBackup(Pod standby) {
        Ballast ballast = Ballast.in(standby.server());
        CompletableFuture<Program> backup = Program.begin(standby, "backup", "now");
        standby.agent().await("it copies", () -> isAt(standby, "copying"));
        standby.server().execute("SELECT pg_promote()");
        standby.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
        ballast.throwOff();
        Program ended = backup.join();
        assertThat(ended.exit()).as(ended.out()).isEqualTo(1);
        assertThat(ended.out()).contains("the standby was promoted during online backup");
        Program next = Program.run(standby, "backup", "now");
        assertThat(next.exit()).as("as a primary: " + next.out()).isZero();
    }

    private static boolean isAt(Pod pod, String phase) {
        String status = pod.agent().get("/status").body();
        return status.contains("\"running\"") && status.contains('"' + phase + '"');
    }

    private static void replayed(Pod primary, Pod standby) {
        String lsn = primary.server().query("SELECT pg_current_wal_lsn()");
        standby.server().awaitQuery("SELECT pg_last_wal_replay_lsn() >= '" + lsn + "'", "t");
    }

    private static String conninfo(Pod primary) {
        return "host=127.0.0.1 port=" + primary.server().port() + " user=postgres";
    }

    private Pod restored(Pod from, int major, String name, List<String> how) throws Exception {
        Path there = Files.createDirectories(home.resolve(name).resolve("pg"));
        RunAs.own(home.resolve(name));
        List<String> restore =
                new ArrayList<>(List.of("restore", "--to", there.resolve("data").toString()));
        restore.addAll(how);
        restore.addAll(List.of(
                "--restore-command",
                from.app().shim() + " --socket " + home.resolve(name).resolve("agent/agent.sock") + " restore %f %p"));
        Program done = Program.run(from, restore.toArray(String[]::new));
        assertThat(done.exit()).as(done.out()).isZero();
        return Pod.of(
                home.resolve(name),
                from.app(),
                PostgresServer.over(PostgresBinaries.fromMaven(major), there),
                home.resolve("r"));
    }
}
