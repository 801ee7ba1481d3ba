package io.pgsidecar.agent.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PackagedApp;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleDescriptor.Requires.Modifier;
import java.lang.module.ModuleFinder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The image of the Dockerfile, and a pod of it that loses its volume and comes back from the repository. */
class ContainersIT {

    private static final String ID = "pgsidecar-test-" + UUID.randomUUID();
    private static final String REPOSITORY = ID + "-repository";

    @SuppressWarnings("NullAway.Init") // set before all tests, or all are skipped
    private static Images images;

    @BeforeAll
    static void build() {
        images = Images.make();
        docker("network", "create", ID);
        // As fsGroup does it in a cluster.
        docker(
                "run",
                "--rm",
                "--user=0",
                "--volume=" + REPOSITORY + ":/archive",
                images.agent(),
                "chown",
                "999:999",
                "/archive");
    }

    @AfterAll
    @SuppressWarnings("ConstantValue")
    static void remove() {
        if (images != null) {
            docker("network", "rm", ID);
            docker("volume", "rm", "--force", REPOSITORY);
        }
    }

    @Test
    void aPodIsLostWithItsVolumeAndComesBackAndAnotherFollowsIt() {
        startFromNothingAndLoseAll();
        try (ContainerPod again = pod("postgres-0").create()) {
            again.bootstrap("PGSIDECAR_BOOTSTRAP_LOST_CLUSTER=promote");
            again.startAgent().startPostgres().awaitStatus("/readyz", 200);
            again.awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(again.query("SELECT count(*) FROM t")).isEqualTo("1500");
            follow(again);
        }
    }

    private static void startFromNothingAndLoseAll() {
        try (ContainerPod pod = pod("postgres-0").create().bootstrap().startAgent()) {
            pod.awaitStatus("/livez", 200);
            assertThat(pod.status("/readyz")).as("without a PostgreSQL").isEqualTo(503);
            pod.startPostgres().awaitStatus("/readyz", 200);
            // The image makes a cluster with a server of its own, and may be at that still.
            pod.awaitQuery(
                    "SELECT count(*) FROM pg_hba_file_rules WHERE database = '{replication}' AND address = 'all'", "1");
            pod.query("CREATE TABLE t AS SELECT generate_series(1, 1000) AS i");
            pod.inAgent("pgsidecar", "backup", "now");
            assertThat(pod.inAgent("pgsidecar", "backup", "list", "--output", "json"))
                    .contains("\"state\" : \"done\"");
            pod.killAgent();
            pod.query("INSERT INTO t SELECT generate_series(1001, 1500)");
            pod.awaitHealthy();
            // What was written last is in WAL that is only archived while both stop.
            assertThat(pod.stop()).as("the agent's exit code").isZero();
        }
    }

    private static void follow(ContainerPod primary) {
        try (ContainerPod standby = pod("postgres-1").create()) {
            standby.bootstrap("PGSIDECAR_BOOTSTRAP_PRIMARY_HOST=" + primary.name());
            standby.startAgent().startPostgres().awaitStatus("/readyz", 200);
            standby.awaitQuery("SELECT status FROM pg_stat_wal_receiver", "streaming");
            primary.query("INSERT INTO t SELECT generate_series(1501, 2000)");
            standby.awaitQuery("SELECT count(*) FROM t", "2000");
        }
    }

    @Test
    void itIsSmallAndNobodysAndSaysWhatItIs() {
        assertThat(Long.parseLong(ofImage("{{.Size}}"))).as("bytes").isLessThan(150_000_000);
        assertThat(ofImage("{{.Config.User}}")).isEqualTo("999:999");
        assertThat(ofImage("{{index .Config.Labels \"org.opencontainers.image.licenses\"}}"))
                .isEqualTo("Apache-2.0");
    }

    private static String ofImage(String format) {
        return docker("image", "inspect", "--format", format, images.agent()).strip();
    }

    @Test
    void itsJavaHasTheModulesThatTheJarsNeed() throws IOException {
        Set<String> has =
                new TreeSet<>(words(docker("run", "--rm", images.agent(), "java", "--list-modules"), "[a-z.]+(?=@)"));
        // Named by libraries that do without: annotation processors, beans, a login by a browser.
        has.addAll(List.of("java.compiler", "java.desktop", "jdk.httpserver"));
        Set<String> needed = new TreeSet<>();
        Path lib = PackagedApp.built().home().resolve("lib");
        try (Stream<Path> jars = Files.list(lib)) {
            for (Path jar : jars.filter(jar -> jar.toString().endsWith(".jar")).toList()) {
                List<String> modules = needed(jar);
                assertThat(has).as(jar.getFileName().toString()).containsAll(modules);
                needed.addAll(modules);
            }
        }
        assertThat(needed).contains("java.base", "java.naming", "java.net.http", "java.sql");
    }

    /** What a jar says itself that it needs; where it is no module, what its classes refer to. */
    private static List<String> needed(Path jar) {
        ModuleDescriptor module =
                ModuleFinder.of(jar).findAll().iterator().next().descriptor();
        if (!module.isAutomatic()) {
            return module.requires().stream()
                    .filter(requires -> !requires.modifiers().contains(Modifier.STATIC))
                    .map(Requires::name)
                    .filter(name -> name.startsWith("java.") || name.startsWith("jdk."))
                    .toList();
        }
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out);
        int exit = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(writer, writer, "-s", "--multi-release=25", "--ignore-missing-deps", jar.toString());
        assertThat(exit).as(out.toString()).isZero();
        return words(out.toString(), "(?<=-> )(java|jdk)\\.[a-z.]+");
    }

    private static List<String> words(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void anyUserMayRunIt() {
        assertThat(docker(
                        "run",
                        "--rm",
                        "--read-only",
                        "--user=12345:0",
                        images.agent(),
                        "sh",
                        "-c",
                        "pgsidecar --version && pgsidecar-wal install /run/pgsidecar 2>&1 || id -u"))
                .contains("pgsidecar ", "12345");
    }

    @Test
    void itReadsPathsThatAreNotAscii() {
        assertThat(docker(
                        "run",
                        "--rm",
                        "--env=LC_ALL=C.UTF-8",
                        images.agent(),
                        "java",
                        "-XshowSettings:properties",
                        "-version"))
                .contains("sun.jnu.encoding = UTF-8");
    }

    @Test
    void itsStartCacheFitsWhatItStarts() {
        // "on" makes Java fail where the cache cannot be used.
        assertThat(docker(
                        "run",
                        "--rm",
                        "--read-only",
                        "--env=PGSIDECAR_JAVA_OPTS=-XX:AOTMode=on",
                        images.agent(),
                        "pgsidecar",
                        "--version"))
                .startsWith("pgsidecar ");
    }

    @ParameterizedTest
    @CsvSource({"amd64, 62", "arm64, 183"})
    void theShimIsAStaticProgramOnEachPlatform(String platform, int machine, @TempDir Path folder) throws IOException {
        images.build("--platform=linux/" + platform, "--target=shim", "--output=type=local,dest=" + folder);
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("pgsidecar-wal")))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(elf.getInt(0)).as("ELF").isEqualTo(0x464c457f);
        assertThat(elf.getShort(18)).as("e_machine").isEqualTo((short) machine);
        for (int i = 0; i < elf.getShort(56); i++) {
            int type = elf.getInt(Math.toIntExact(elf.getLong(32)) + i * elf.getShort(54));
            assertThat(type).as("program header").isNotEqualTo(3); // PT_INTERP: it would be dynamic
        }
    }

    private static ContainerPod pod(String name) {
        return new ContainerPod(images, ID, name, REPOSITORY);
    }

    private static String docker(String... arguments) {
        return images.docker().mustRun(List.of(arguments));
    }
}
