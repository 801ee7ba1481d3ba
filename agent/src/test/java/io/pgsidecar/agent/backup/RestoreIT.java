package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Restores of backups that an agent took, to points in between: exactly the rows that were committed by then. */
class RestoreIT {

    static final List<Integer> VERSIONS = List.of(14, 15, 16, 17, 18);

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void restoredServerHasTheRowsThatWereCommittedAtTheTarget(int major) throws Exception {
        Path space = Files.createDirectory(home.resolve("space"));
        RunAs.own(space);
        try (Pod pod = Pod.create(major, home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            // More than the default, which a recovery would refuse to go on with.
            pod.server().configure("max_prepared_transactions = 7");
            pod.start();
            pod.server()
                    .execute(
                            "CREATE TABLESPACE far LOCATION '" + space + "'",
                            "CREATE TABLE there TABLESPACE far AS SELECT g FROM generate_series(1, 20000) g");
            Ledger.createIn(pod.server());
            write(pod, 0, 100);
            Program backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out()).isZero();
            write(pod, 100, 200);
            String name = Ledger.content(pod.server());
            pod.server().execute("SELECT pg_create_restore_point('here')");
            write(pod, last(name), last(name) + 100);
            String lsn = pod.server().query("SELECT pg_current_wal_lsn()");
            String byLsn = Ledger.content(pod.server());
            String time = pod.server()
                    .query("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.USZ')");
            write(pod, last(byLsn), last(byLsn) + 100);
            String xid = pod.server().query("SELECT xmin FROM ledger WHERE n = " + (last(byLsn) + 50));
            pod.switchAndArchive();
            String latest = Ledger.content(pod.server());
            pod.server().stop();

            assertThat(restored(pod, major, "n", "--target-name", "here")).isEqualTo(name);
            assertThat(restored(pod, major, "l", "--target-lsn", lsn, "--exclusive"))
                    .isEqualTo(byLsn);
            assertThat(restored(pod, major, "t", "--target-time", time)).isEqualTo(byLsn);
            long end = last(byLsn) + 50;
            assertThat(restored(pod, major, "x", "--target-xid", xid)).isEqualTo(end + " 1 " + end);
            assertThat(restored(pod, major, "e", "--timeline", "1")).isEqualTo(latest);
        }
    }

    private static void write(Pod pod, long after, long to) {
        try (Ledger ledger = Ledger.write(pod.server(), after)) {
            pod.server().await("rows are written", () -> ledger.committed() >= to);
        }
    }

    private static long last(String content) {
        return Long.parseLong(content.substring(content.lastIndexOf(' ') + 1));
    }

    private String restored(Pod pod, int major, String folder, String... target) throws Exception {
        Path own = Files.createDirectory(home.resolve(folder));
        Path server = Files.createDirectory(own.resolve("pg"));
        RunAs.own(own);
        RunAs.own(server);
        List<String> arguments = new ArrayList<>(List.of(
                "restore",
                "--to",
                server.resolve("data").toString(),
                "--tablespace",
                home.resolve("space") + "=" + own.resolve("space"),
                "--action",
                "promote",
                "--restore-command",
                pod.app().shim() + " --socket " + own.resolve("agent/agent.sock") + " restore %f %p"));
        if (!List.of(target).contains("--timeline")) {
            // The servers that were restored before have left timelines of their own in the repository.
            arguments.addAll(List.of("--timeline", "current"));
        }
        arguments.addAll(List.of(target));
        Program restore = Program.run(pod, arguments.toArray(String[]::new));
        assertThat(restore.exit()).as(restore.out()).isZero();
        assertThat(restore.out()).contains("each verified");
        try (Pod other = Pod.of(
                own, pod.app(), PostgresServer.over(PostgresBinaries.fromMaven(major), server), home.resolve("r"))) {
            other.start();
            other.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(other.server().query("SELECT count(*) FROM there")).isEqualTo("20000");
            return Ledger.content(other.server());
        }
    }
}
