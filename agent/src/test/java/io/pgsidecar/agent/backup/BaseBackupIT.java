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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Backups of a server under load, unpacked by tar and zstd alone. */
class BaseBackupIT {

    /** All of them by {@code mvn verify -Plong}; {@link PointInTimeIT} has each of them always. */
    static final List<Integer> VERSIONS =
            Boolean.getBoolean("pgsidecar.long") ? List.of(14, 15, 16, 17, 18) : List.of(18);

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @FieldSource("VERSIONS")
    void tarsOfAServerUnderLoadMakeAServer(int major) throws Exception {
        Path space = Files.createDirectory(home.resolve("space"));
        RunAs.own(space);
        try (Pod pod = Pod.create(major, home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            pod.agent().set("backup.tarSize", "16MB");
            pod.start();
            pod.server()
                    .execute(
                            "CREATE TABLESPACE far LOCATION '" + space + "'",
                            "CREATE TABLE there TABLESPACE far AS SELECT g, md5(g::text) FROM generate_series(1, 20000) g",
                            "CREATE UNLOGGED TABLE forgotten AS SELECT generate_series(1, 20000) g",
                            "CREATE TABLE large AS SELECT g, repeat(md5(g::text), 8) FROM generate_series(1, 200000) g");
            Ledger.createIn(pod.server());
            Program backup;
            long before;
            long after;
            try (Ledger ledger = Ledger.write(pod.server(), 0)) {
                pod.server().await("rows are written", () -> ledger.committed() > 100);
                before = ledger.committed();
                backup = Program.run(pod, "backup", "now");
                after = ledger.committed();
            }
            assertThat(backup.exit()).as(backup.out() + pod.agent().log()).isZero();
            assertThat(backup.out()).startsWith("Backup 20").contains(" is done: ");
            assertThat(after).isGreaterThan(before);
            // A look at PostgreSQL that is more than 10 s old does not count.
            pod.agent()
                    .await(
                            "the status tells all",
                            () -> Program.run(pod, "status")
                                    .out()
                                    .matches("(?s).*primary, accepting writes.*archive +last pg_wal/0000"
                                            + ".*backup +20[0-9]{6}T[0-9]{6} done at 20.*"));
            // What comes from the repository is looked for in the background.
            pod.agent().await("the metrics tell of it", () -> {
                String metrics = pod.agent().get("/metrics").body();
                return metrics.contains("pgsidecar_backup_running 0.0")
                        && metrics.matches(
                                "(?s).*pgsidecar_backup_last_success_timestamp_seconds\\{repository=\"main\"}"
                                        + " 1\\.[0-9]+E9.*");
            });
            String expected = Ledger.content(pod.server());
            pod.switchAndArchive();

            Path base = onlyBackup();
            Path restored = Files.createDirectories(home.resolve("b/pg/data"));
            Path spaceRestored = Files.createDirectory(home.resolve("space2"));
            assertThat(shell(
                            """
                            for tar in "$BASE"/data*.tar.zst; do zstd -dcq "$tar" | tar -x -C "$DATA"; done
                            for tar in "$BASE"/[0-9]*.tar.zst; do
                              zstd -dcq "$tar" | tar -x -C "$SPACE"
                              oid=$(basename "$tar" | sed 's/[._].*//')
                              ln -sfn "$SPACE" "$DATA/pg_tblspc/$oid"
                            done
                            chmod 700 "$DATA" "$SPACE"
                            """,
                            Map.of(
                                    "BASE", base.toString(),
                                    "DATA", restored.toString(),
                                    "SPACE", spaceRestored.toString())))
                    .isZero();
            assertThat(restored.resolve("backup_label")).exists();
            assertThat(restored.resolve("postmaster.pid")).doesNotExist();
            RunAs.own(home.resolve("b"));
            RunAs.own(spaceRestored);
            try (Pod other = Pod.of(
                    home.resolve("b"),
                    pod.app(),
                    PostgresServer.over(PostgresBinaries.fromMaven(major), home.resolve("b/pg")),
                    home.resolve("r"))) {
                pod.server().stop();
                other.server().touch("recovery.signal");
                other.start();
                other.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
                assertThat(Ledger.content(other.server())).isEqualTo(expected);
                assertThat(other.server().query("SELECT count(*) FROM there")).isEqualTo("20000");
                assertThat(other.server().query("SELECT count(*) FROM large")).isEqualTo("200000");
                assertThat(other.server().query("SELECT count(*) FROM forgotten"))
                        .isEqualTo("0");
            }
        }
    }

    @Test
    void withoutAWorkingArchiveThereIsNoBackupAndTheReasonIsGiven() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.agent().set("backup.walTimeout", "1s");
            pod.server().configure("archive_command = 'false'");
            pod.start();
            Program backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out()).isEqualTo(50);
            assertThat(backup.out())
                    .contains("which the backup needs, is not in repository \"main\" after 1 s")
                    .contains("hint: ");
            try (Stream<Path> base = Files.walk(home.resolve("r/main/base"))) {
                assertThat(base.filter(Files::isRegularFile)).as("what is left").isEmpty();
            }
            try (Stream<Path> notes = Files.walk(home.resolve("r/main/pgsidecar/backups"))) {
                assertThat(notes.map(path -> String.valueOf(path.getFileName())))
                        .contains("claim.json", "failed.json")
                        .doesNotContain("manifest.json.zst");
            }
        }
    }

    @Test
    void oneThatOthersHaveRemovedMeanwhileIsNotPublished() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.start();
            String works = pod.server().query("SHOW archive_command");
            archiveBy(pod, "false");
            CompletableFuture<Program> backup = Program.begin(pod, "backup", "now");
            pod.agent()
                    .await(
                            "it waits for WAL",
                            () -> pod.agent().get("/status").body().contains("waiting-for-wal"));
            // As a prune does with one whose heartbeat has stopped.
            Files.delete(onlyBackup().resolve("data.tar.zst"));
            archiveBy(pod, works);
            assertThat(backup.get().exit()).as(backup.get().out()).isEqualTo(1);
            assertThat(backup.get().out()).contains("data.tar.zst", "somebody has removed the backup");
            assertThat(Program.run(pod, "backup", "list").out())
                    .contains("FAILED")
                    .doesNotContain("DONE");
        }
    }

    private static void archiveBy(Pod pod, String command) {
        pod.server().configure("archive_command = '" + command + "'");
        pod.server().execute("SELECT pg_reload_conf()");
        pod.server().awaitQuery("SHOW archive_command", command);
    }

    @Test
    void aDamagedPageIsNamedAndMadeKnown() throws Exception {
        try (Pod pod = Pod.create(16, home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            pod.start();
            pod.server().execute("CREATE TABLE t AS SELECT g, md5(g::text) FROM generate_series(1, 5000) g");
            String file = pod.server().query("SELECT pg_relation_filepath('t')");
            pod.server().stop();
            Path path = pod.server().data().resolve(file);
            byte[] bytes = Files.readAllBytes(path);
            bytes[3 * 8192 + 5000] ^= 1;
            Files.write(path, bytes);
            pod.server().start();
            Program backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out()).isEqualTo(49);
            assertThat(backup.out()).contains("is done", "the checksums of 1 pages are wrong");
            assertThat(pod.agent().log()).contains(file).contains("block=\"3\"");
        }
    }

    private Path onlyBackup() throws IOException {
        try (Stream<Path> backups = Files.list(home.resolve("r/main/base"))) {
            List<Path> all = backups.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    private static int shell(String script, Map<String, String> variables) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-eu", "-c", script);
        builder.environment().putAll(variables);
        return builder.inheritIO().start().waitFor();
    }
}
