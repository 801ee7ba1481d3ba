package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.pgsidecar.agent.backup.BarmanPrograms.Run;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.archive.stores.MotoServer;
import io.pgsidecar.archive.stores.S3MockServer;
import io.pgsidecar.archive.stores.S3Server;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A cluster moves to barman-cloud and back: each restores what the other has backed up; in each of its formats with
 * {@code mvn verify -Plong}.
 */
class BarmanBackupIT {

    private static final String LONG = "n".repeat(120) + "/" + "m".repeat(130);

    private static final boolean ALL = Boolean.getBoolean("pgsidecar.long");

    @TempDir(factory = PodFolder.class)
    Path home;

    static Stream<Arguments> ours() {
        return Stream.of(
                        arguments(15, "gzip", 304),
                        arguments(17, "lz4", 318),
                        arguments(17, "zstd", 320),
                        arguments(15, "none", 304))
                .limit(ALL ? 4 : 3);
    }

    static Stream<Arguments> barmans() {
        return Stream.of(arguments("--gzip", "time"), arguments("none", "latest"), arguments("--bzip2", "time"))
                .limit(ALL ? 3 : 1);
    }

    @ParameterizedTest
    @MethodSource("ours")
    void barmanRestoresWhatTheAgentHasBackedUp(int major, String compression, int since) throws Exception {
        assumeThat(BarmanPrograms.version())
                .as("barman-cloud's version, of which %d knows %s first", since, compression)
                .isGreaterThanOrEqualTo(since);
        try (S3MockServer store = S3MockServer.create(Files.createDirectory(home.resolve("s3")));
                Pod pod = Pod.create(major, home.resolve("a"), home.resolve("unused"), "--data-checksums")) {
            store.start();
            keepIn(store, pod);
            pod.agent()
                    .set("archive.compression", "gzip")
                    .set("backup.compression", compression)
                    .set("backup.tarSize", "16MB");
            pod.start();
            fill(pod.server());
            Path deep = pod.server().data().resolve(LONG);
            Files.createDirectories(deep.getParent());
            Files.writeString(deep, "hello");
            RunAs.own(pod.server().data().resolve("n".repeat(120)));

            Program backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out() + pod.agent().log()).isZero();
            String id = backupId(backup.out());
            Run list = BarmanPrograms.onStore(store, List.of("barman-cloud-backup-list"), List.of());
            assertThat(list.exit()).as(list.out()).isZero();
            assertThat(list.out()).contains(id);
            pod.server().execute("INSERT INTO large SELECT g, 'after' FROM generate_series(1, 10) g");
            pod.switchAndArchive();
            pod.server().stop();

            Path to = home.resolve("b");
            Files.createDirectories(to.resolve("pg"));
            Run restore = BarmanPrograms.onStore(
                    store,
                    List.of(
                            "barman-cloud-restore",
                            "--tablespace",
                            "far:" + to.resolve("far"),
                            "--tablespace",
                            "vacant:" + to.resolve("vacant")),
                    List.of(id, to.resolve("pg/data").toString()));
            assertThat(restore.exit()).as(restore.out()).isZero();
            assertThat(to.resolve("pg/data").resolve(LONG)).hasContent("hello");
            RunAs.own(to);
            assertRecovers(pod, store, to, "110010");
        }
    }

    @ParameterizedTest
    @MethodSource("barmans")
    void theAgentRestoresWhatBarmanHasBackedUp(String option, String target) throws Exception {
        assumeThat(BarmanPrograms.version()).as("barman-cloud's version").isGreaterThanOrEqualTo(304);
        assumeThat(BarmanPrograms.hasMoto())
                .as("moto_server is installed, which takes what barman uploads")
                .isTrue();
        List<String> compression = option.equals("none") ? List.of() : List.of(option);
        Path waiting = Files.createDirectory(home.resolve("waiting"));
        RunAs.own(waiting);
        try (MotoServer store = MotoServer.create(BarmanPrograms.prefix(), home);
                Pod pod = Pod.create(15, home.resolve("a"), home.resolve("unused"), "--data-checksums")) {
            store.start();
            keepIn(store, pod);
            pod.start();
            fill(pod.server());
            Run backup = BarmanPrograms.onStore(
                    store,
                    with(
                            compression,
                            "barman-cloud-backup",
                            "--immediate-checkpoint",
                            "--max-archive-size=20MB",
                            "--host=127.0.0.1",
                            "--port=" + pod.server().port(),
                            "--user=postgres"),
                    List.of());
            assertThat(backup.exit()).as(backup.out()).isZero();
            pod.switchAndArchive();
            // What follows is archived by barman too.
            pod.server().configure("archive_command = 'cp %p " + waiting + "/%f'");
            pod.server().execute("SELECT pg_reload_conf()");
            pod.server().execute("INSERT INTO large SELECT g, 'after' FROM generate_series(1, 10) g");
            String time = pod.server().query("SELECT clock_timestamp()");
            if (target.equals("time")) {
                pod.server().execute("DELETE FROM large");
            }
            pod.switchAndArchive();
            for (Path segment : files(waiting)) {
                Run archive = BarmanPrograms.onStore(
                        store, with(compression, "barman-cloud-wal-archive"), List.of(segment.toString()));
                assertThat(archive.exit()).as(archive.out()).isZero();
            }
            Program list = Program.run(pod, "backup", "list");
            assertThat(list.exit()).as(list.out()).isZero();
            assertThat(list.out()).contains("DONE");

            Path to = Files.createDirectory(home.resolve("b"));
            Files.createDirectory(to.resolve("pg"));
            RunAs.own(to);
            List<String> arguments = new ArrayList<>(List.of(
                    "restore",
                    "--to",
                    to.resolve("pg/data").toString(),
                    "--tablespace",
                    home.resolve("far") + "=" + to.resolve("far"),
                    "--tablespace",
                    home.resolve("vacant") + "=" + to.resolve("vacant"),
                    "--restore-command",
                    "replaced by the pod's"));
            if (target.equals("time")) {
                arguments.addAll(List.of("--target-time", time, "--action", "promote"));
            }
            Program restore = Program.run(pod, arguments.toArray(String[]::new));
            assertThat(restore.exit()).as(restore.out()).isZero();
            pod.server().stop();
            assertRecovers(pod, store, to, "110010");
        }
    }

    /** Starts the server in {@code pg/data} with an agent of its own, and compares what it has. */
    private void assertRecovers(Pod from, S3Server store, Path to, String rows) throws Exception {
        int major = from.server().major();
        Path data;
        try (Pod pod = Pod.of(
                to,
                from.app(),
                PostgresServer.over(PostgresBinaries.fromMaven(major), to.resolve("pg")),
                home.resolve("unused"))) {
            keepIn(store, pod);
            data = pod.server().data();
            // A later line of postgresql.auto.conf would win over the pod's.
            Path auto = data.resolve("postgresql.auto.conf");
            String kept = Files.readString(auto).replaceAll("(?m)^restore_command.*\n", "");
            Files.writeString(auto, kept);
            pod.server().configure("max_wal_senders = 10");
            pod.server().touch("recovery.signal");
            pod.start();
            pod.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(pod.server().query("SELECT count(*) FROM large")).isEqualTo(rows);
            assertThat(pod.server().query("SELECT count(*) FROM there")).isEqualTo("20000");
            pod.server().execute("CREATE TABLE here TABLESPACE vacant AS SELECT 1");
            pod.server().stop();
        }
        BarmanPrograms.checksums(major, data)
                .ifPresent(run -> assertThat(run.exit()).as(run.out()).isZero());
    }

    /** Two tablespaces, of which one is empty, and more than one tar. */
    private void fill(PostgresServer server) throws IOException {
        for (String space : List.of("far", "vacant")) {
            Path folder = Files.createDirectory(home.resolve(space));
            RunAs.own(folder);
            server.execute("CREATE TABLESPACE " + space + " LOCATION '" + folder + "'");
        }
        server.execute(
                "CREATE TABLE there TABLESPACE far AS SELECT g FROM generate_series(1, 20000) g",
                "CREATE TABLE large AS SELECT g, repeat(md5(g::text), 8) t FROM generate_series(1, 110000) g");
    }

    private void keepIn(S3Server store, Pod pod) throws IOException {
        Path id = Files.writeString(home.resolve("id"), store.accessKeyId());
        Path key = Files.writeString(home.resolve("key"), store.secretAccessKey());
        pod.agent()
                .keepIn(List.of(
                        "repositories.main.type: s3",
                        "repositories.main.s3.bucket: " + store.bucket(),
                        "repositories.main.s3.endpoint: " + store.endpoint(),
                        "repositories.main.s3.accessKeyIdFile: " + id,
                        "repositories.main.s3.secretAccessKeyFile: " + key));
    }

    private static String backupId(String out) {
        Matcher id = Pattern.compile("\\d{8}T\\d{6}").matcher(out);
        assertThat(id.find()).as(out).isTrue();
        return id.group();
    }

    private static List<String> with(List<String> options, String... program) {
        List<String> all = new ArrayList<>(List.of(program));
        all.addAll(options);
        return all;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
