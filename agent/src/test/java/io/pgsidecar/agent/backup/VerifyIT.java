package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Backups that an agent took are verified, restored and started on trial. */
class VerifyIT {

    /** All of them by {@code mvn verify -Plong}; {@link PointInTimeIT} has each of them always. */
    static final List<Integer> VERSIONS =
            Boolean.getBoolean("pgsidecar.long") ? List.of(14, 15, 16, 17, 18) : List.of(16);

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void backupOfAServerUnderLoadComesUpAndNothingIsLeft(int major) throws Exception {
        Path space = Files.createDirectory(home.resolve("space"));
        RunAs.own(space);
        Path trials = trials();
        try (Pod pod = Pod.create(major, home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            // What must have no effect on a server on trial.
            pod.server()
                    .configure(
                            "archive_timeout = 1s", "max_prepared_transactions = 7", "recovery_target_timeline = '7'");
            pod.start();
            pod.server()
                    .execute(
                            "CREATE TABLESPACE far LOCATION '" + space + "'",
                            "CREATE TABLE there (g int PRIMARY KEY, t text) TABLESPACE far",
                            "INSERT INTO there SELECT g, md5(g::text) FROM generate_series(1, 20000) g",
                            "CREATE DATABASE \"a b?c\"",
                            "ALTER DATABASE \"a b?c\" SET session_preload_libraries = 'nowhere'");
            Ledger.createIn(pod.server());
            try (Ledger ledger = Ledger.write(pod.server(), 0)) {
                pod.server().await("rows are written", () -> ledger.committed() > 100);
                Program backup = Program.run(pod, "backup", "now");
                assertThat(backup.exit()).as(backup.out()).isZero();
            }
            Program verify = Program.run(
                    pod,
                    "backup",
                    "verify",
                    "latest",
                    "--restore",
                    "--in",
                    trials.toString(),
                    "--postgres-bin",
                    PostgresBinaries.fromMaven(major).bin().toString());
            assertThat(verify.exit()).as(verify.out()).isZero();
            assertThat(verify.out())
                    .contains(": good\n", "each as the manifest says", "PostgreSQL came up; 3 databases")
                    .containsPattern("amcheck looked at \\d+ tables and \\d+ indexes in 3 databases");
            assertThat(trials).isEmptyDirectory();
            assertThat(pod.server().query("SELECT count(*) FROM there")).isEqualTo("20000");
        }
    }

    @Test
    void damageThatNoChecksumOfABackupShowsIsSeenByTheTrial() throws Exception {
        Path trials = trials();
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.start();
            pod.server()
                    .execute(
                            "CREATE TABLE t AS SELECT g, md5(g::text) FROM generate_series(1, 50000) g",
                            "CREATE INDEX i ON t (g)");
            String file = pod.server().query("SELECT pg_relation_filepath('i')");
            pod.server().stop();
            Path path = pod.server().data().resolve(file);
            byte[] bytes = Files.readAllBytes(path);
            // A page of the index in the place of another one.
            System.arraycopy(bytes, 10 * 8192, bytes, 20 * 8192, 8192);
            Files.write(path, bytes);
            pod.server().start();
            assertThat(Program.run(pod, "backup", "now").exit()).isZero();
            Program verify = restore(pod, trials);
            assertThat(verify.exit()).as(verify.out()).isEqualTo(49);
            assertThat(verify.out()).contains("DAMAGED: database postgres, ");
            assertThat(trials).isEmptyDirectory();
        }
    }

    @Test
    void damagedTarIsNotRestoredAndServerThatDoesNotComeUpLeavesNothing() throws Exception {
        Path trials = trials();
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.start();
            assertThat(Program.run(pod, "backup", "now").exit()).isZero();
            Program other = Program.run(
                    pod,
                    "backup",
                    "verify",
                    "latest",
                    "--restore",
                    "--postgres-bin",
                    PostgresBinaries.fromMaven(16).bin().toString());
            assertThat(other.exit()).as(other.out()).isEqualTo(1);
            assertThat(other.out()).contains("the backup is of PostgreSQL 17", "has PostgreSQL 16");
            Program late = Program.run(
                    pod,
                    "backup",
                    "verify",
                    "latest",
                    "--restore",
                    "--timeout",
                    "0",
                    "--in",
                    trials.toString(),
                    "--postgres-bin",
                    PostgresBinaries.fromMaven(17).bin().toString());
            assertThat(late.exit()).as(late.out()).isEqualTo(1);
            assertThat(late.out()).contains("within 0 s");
            assertThat(trials).isEmptyDirectory();
            Path tar;
            try (Stream<Path> tars = Files.walk(home.resolve("r/main/base"))) {
                tar = tars.filter(path -> path.endsWith("data_0001.tar.zst"))
                        .findFirst()
                        .orElseThrow();
            }
            byte[] bytes = Files.readAllBytes(tar);
            bytes[bytes.length / 2] ^= 1;
            Files.write(tar, bytes);
            Program damaged = restore(pod, trials);
            assertThat(damaged.exit()).as(damaged.out()).isEqualTo(49);
            assertThat(damaged.out()).contains("NOT GOOD", "data_0001.tar.zst", "Restored:  not tried");
        }
    }

    @Test
    void toldToEndItLeavesNothing() throws Exception {
        int major = 16;
        Path trials = trials();
        Path reached = home.resolve("reached");
        try (Pod pod = Pod.create(major, home.resolve("a"), home.resolve("r"))) {
            pod.start();
            // Somebody's code that the trial waits for: PostgreSQL 17 could be told to leave it alone.
            pod.server()
                    .execute(
                            """
                            CREATE FUNCTION hang() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                              EXECUTE $q$COPY (SELECT 1) TO '%s'$q$;
                              PERFORM pg_sleep(3600);
                            END $$""".formatted(reached),
                            "CREATE EVENT TRIGGER hang ON ddl_command_start EXECUTE FUNCTION hang()");
            assertThat(Program.run(pod, "backup", "now").exit()).isZero();
            endedWhen(() -> hasServer(trials), pod, major, trials);
            endedWhen(() -> Files.exists(reached), pod, major, trials);
        }
    }

    private static void endedWhen(PostgresServer.Condition condition, Pod pod, int major, Path trials)
            throws Exception {
        Process verify = new ProcessBuilder(RunAs.command(List.of(
                        pod.app().pgsidecar().toString(),
                        "backup",
                        "verify",
                        "latest",
                        "--restore",
                        "--in",
                        trials.toString(),
                        "--postgres-bin",
                        PostgresBinaries.fromMaven(major).bin().toString(),
                        "--config",
                        pod.agent().config().toString())))
                .inheritIO()
                .start();
        pod.server().await("the trial is so far", () -> condition.holds() || !verify.isAlive());
        verify.destroy();
        assertThat(verify.waitFor()).isEqualTo(128 + 15);
        assertThat(trials).isEmptyDirectory();
    }

    private static boolean hasServer(Path trials) {
        try (Stream<Path> all = Files.list(trials)) {
            return all.anyMatch(folder -> Files.exists(folder.resolve("data/postmaster.pid")));
        } catch (IOException e) {
            return false;
        }
    }

    private Path trials() throws IOException {
        Path trials = Files.createDirectory(home.resolve("trials"));
        RunAs.own(trials);
        return trials;
    }

    private static Program restore(Pod pod, Path trials) {
        return Program.run(
                pod,
                "backup",
                "verify",
                "latest",
                "--restore",
                "--in",
                trials.toString(),
                "--postgres-bin",
                PostgresBinaries.fromMaven(17).bin().toString());
    }
}
