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
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
            pod.agent().set("backup.rateLimit", LONG ? "50MB" : "12MB");
            String longName = "n".repeat(140) + "-\u00e4.conf";
            Path extra =
                    Files.createDirectories(pod.server().data().resolve("extra").resolve("d".repeat(120)));
            Files.writeString(extra.resolve(longName), "long");
            for (int i = 0; i < FILES; i++) {
                Files.writeString(extra.resolve("f" + i), "content " + i);
            }
            RunAs.own(pod.server().data().resolve("extra"));
            Ballast ballast = Ballast.in(pod.server());
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
            Changes changes = new Changes(pod.server());
            Program backup;
            try (Connection session = pod.server().connect();
                    Statement statement = session.createStatement()) {
                statement.execute("CREATE TEMPORARY TABLE mine AS SELECT * FROM rewritten");
                CompletableFuture<Program> running = Program.begin(pod, "backup", "now");
                pod.agent().await("it copies", () -> copies(pod) || running.isDone());
                int before = changes.turns();
                pod.server().await("much changes under it", () -> changes.turns() > before + 2 || running.isDone());
                assertThat(running).isNotDone();
                ballast.throwOff();
                backup = running.join();
            } finally {
                changes.end();
            }
            assertThat(backup.exit()).as(backup.out() + pod.agent().log()).isZero();
            String expected = pod.server().query("SELECT count(*) || ' ' || sum(g) FROM emptied");
            String ignored = pod.switchAndArchive();
            restored(pod, expected, extra, longName);
        }
    }

    private static boolean copies(Pod pod) {
        return pod.agent().get("/status").body().contains("\"copying\"");
    }

    /** Does what makes files come and go, until it is told to end. */
    private static final class Changes {

        private final AtomicInteger turns = new AtomicInteger();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final FutureTask<Boolean> task;

        Changes(PostgresServer server) {
            this.task = new FutureTask<>(
                    () -> {
                        while (!ended.get()) {
                            server.execute(
                                    "VACUUM FULL rewritten",
                                    "TRUNCATE emptied",
                                    "INSERT INTO emptied SELECT * FROM rewritten WHERE g % 3 = " + turns.get() % 3,
                                    "DELETE FROM emptied WHERE g > 10000",
                                    "VACUUM emptied",
                                    "CREATE DATABASE passing STRATEGY = file_copy",
                                    "DROP DATABASE passing");
                            turns.incrementAndGet();
                        }
                    },
                    true);
            Thread.ofPlatform().daemon().start(task);
        }

        /** How often it has done all of it. */
        int turns() {
            return turns.get();
        }

        /** Ends it, and fails if it has. */
        void end() throws Exception {
            ended.set(true);
            boolean ignored = task.get();
        }
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
