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
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A backup while files vanish, grow and shrink under it, of many files, some with long names; with
 * {@code mvn verify -Plong} of 20,000 and of a table of more than one file.
 */
class ChangingFilesIT {

    private static final boolean LONG = Boolean.getBoolean("pgsidecar.long");
    private static final int FILES = LONG ? 20_000 : 2_000;

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void whatIsRestoredIsWhole() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            pod.agent().set("backup.tarSize", "16MB");
            if (!LONG) {
                pod.agent().set("backup.rateLimit", "12MB");
            }
            String longName = "n".repeat(140) + "-\u00e4.conf";
            Path extra =
                    Files.createDirectories(pod.server().data().resolve("extra").resolve("d".repeat(120)));
            Files.writeString(extra.resolve(longName), "long");
            for (int i = 0; i < FILES; i++) {
                Files.writeString(extra.resolve("f" + i), "content " + i);
            }
            RunAs.own(pod.server().data().resolve("extra"));
            pod.start();
            pod.server()
                    .execute(
                            "CREATE TABLE rewritten AS SELECT g, repeat(md5(g::text), 8) v FROM generate_series(1, 20000) g",
                            "CREATE TABLE emptied AS SELECT * FROM rewritten",
                            "CREATE UNLOGGED TABLE forgotten AS SELECT * FROM rewritten");
            if (LONG) {
                pod.server()
                        .execute("CREATE TABLE huge AS SELECT g, repeat(md5(g::text), 60) v"
                                + " FROM generate_series(1, 600000) g");
                assertThat(pod.server().query("SELECT pg_relation_size('huge') > 1100000000"))
                        .isEqualTo("t");
            }
            AtomicBoolean ended = new AtomicBoolean();
            CompletableFuture<Integer> turns = CompletableFuture.supplyAsync(() -> change(pod.server(), ended));
            Program backup;
            try (Connection session = pod.server().connect();
                    Statement statement = session.createStatement()) {
                statement.execute("CREATE TEMPORARY TABLE mine AS SELECT * FROM rewritten");
                backup = Program.run(pod, "backup", "now");
            } finally {
                ended.set(true);
            }
            assertThat(turns.join()).as("turns").isGreaterThan(1);
            assertThat(backup.exit()).as(backup.out() + pod.agent().log()).isZero();
            String expected = pod.server().query("SELECT count(*) || ' ' || sum(g) FROM emptied");
            String ignored = pod.switchAndArchive();
            restored(pod, expected, extra, longName);
        }
    }

    /** Does what makes files come and go, until it is told to end; how often it did. */
    private static int change(PostgresServer server, AtomicBoolean ended) {
        int turns = 0;
        while (!ended.get()) {
            server.execute(
                    "VACUUM FULL rewritten",
                    "TRUNCATE emptied",
                    "INSERT INTO emptied SELECT * FROM rewritten WHERE g % 3 = " + turns % 3,
                    "DELETE FROM emptied WHERE g > 10000",
                    "VACUUM emptied",
                    "CREATE DATABASE passing STRATEGY = file_copy",
                    "DROP DATABASE passing");
            turns++;
        }
        return turns;
    }

    private void restored(Pod pod, String expected, Path extra, String longName) throws Exception {
        Path there = Files.createDirectories(home.resolve("b/pg"));
        RunAs.own(home.resolve("b"));
        Program restore = Program.run(
                pod,
                "restore",
                "--to",
                there.resolve("data").toString(),
                "--restore-command",
                pod.app().shim() + " --socket " + home.resolve("b/agent/agent.sock") + " restore %f %p");
        assertThat(restore.exit()).as(restore.out()).isZero();
        Path extraThere = there.resolve("data").resolve(pod.server().data().relativize(extra));
        assertThat(extraThere.resolve(longName)).hasContent("long");
        assertThat(extraThere.resolve("f" + (FILES - 1))).hasContent("content " + (FILES - 1));
        try (Stream<Path> files = Files.walk(there.resolve("data/base"))) {
            assertThat(files.filter(file -> file.getFileName().toString().matches("t[0-9]+_[0-9]+")))
                    .as("temporary tables")
                    .isEmpty();
        }
        try (Pod other = Pod.of(
                home.resolve("b"),
                pod.app(),
                PostgresServer.over(PostgresBinaries.fromMaven(17), there),
                home.resolve("r"))) {
            other.start();
            other.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(other.server().query("SELECT count(DISTINCT g) FROM rewritten"))
                    .isEqualTo("20000");
            assertThat(other.server().query("SELECT count(*) || ' ' || sum(g) FROM emptied"))
                    .isEqualTo(expected);
            assertThat(other.server().query("SELECT count(*) FROM forgotten")).isEqualTo("0");
            if (LONG) {
                assertThat(other.server().query("SELECT count(DISTINCT v) FROM huge"))
                        .isEqualTo("600000");
            }
        }
    }
}
