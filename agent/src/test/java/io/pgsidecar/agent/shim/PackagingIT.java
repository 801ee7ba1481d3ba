package io.pgsidecar.agent.shim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that make the app, and the app that they made. */
class PackagingIT {

    private static final String BUILD =
            Path.of("src/main/c/build").toAbsolutePath().toString();
    private static final String ASSEMBLE =
            Path.of("src/main/launcher/assemble").toAbsolutePath().toString();

    @TempDir
    Path temporary;

    private ShimRun run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        ShimRun run = ShimRun.start(temporary, environment, List.of(command));
        run.exitCode();
        return run;
    }

    @Test
    void theAppIsWhole() {
        for (String program : List.of("bin/pgsidecar", "bin/pgsidecar-wal")) {
            assertThat(ShimProgram.HOME.resolve(program)).isExecutable();
        }
        assertThat(ShimProgram.HOME.resolve("lib").toFile().list())
                .anyMatch(name -> name.startsWith("pgsidecar-agent-"))
                .anyMatch(name -> name.startsWith("pgsidecar-archive-"))
                .anyMatch(name -> name.startsWith("vertx-core-"))
                .noneMatch(name -> name.startsWith("junit-") || name.startsWith("assertj-"))
                .allMatch(name -> name.endsWith(".jar") || name.equals("find-java"));
    }

    /** The C locale is a container's default. */
    @Test
    void pathsThatAreNotAsciiAreUnderstoodInEveryLocale() throws Exception {
        Path config = temporary.resolve("agent.yaml");
        Files.writeString(config, "{postgres: {data: \"/données/pg data\"}, repositories: {main: {path: /größe}}}");
        String agent = ShimProgram.HOME.resolve("bin/pgsidecar").toString();
        for (String locale : List.of("C", "POSIX", "de_DE.UTF-8")) {
            ShimRun run = run(
                    Map.of("LC_ALL", locale, "PGSIDECAR_POSTGRES_USER", "gülşen"),
                    agent,
                    "config",
                    "--config",
                    config.toString());
            assertThat(run.exitCode()).as(run.stderr()).isZero();
            assertThat(run.stdout()).contains("/données/pg data", "/größe");
        }
    }

    @Test
    void theShimIsBuiltOnceForEachChoice() throws Exception {
        Map<String, String> jvm = Map.of("PGSIDECAR_SHIM", "jvm");
        ShimRun first = run(jvm, BUILD, "out put");
        assertThat(first.exitCode()).isZero();
        assertThat(first.stdout())
                .isEqualTo("pgsidecar-wal: installed the launcher for the JVM, as PGSIDECAR_SHIM=jvm asks for\n");
        Path program = temporary.resolve("out put/pgsidecar-wal");
        assertThat(program).isExecutable().hasSameTextualContentAs(Path.of("src/main/launcher/pgsidecar-wal"));
        assertThat(run(jvm, BUILD, "out put").stdout()).isEmpty();
        Files.delete(program);
        assertThat(run(jvm, BUILD, "out put").stdout()).isNotEmpty();
        assertThat(temporary.resolve("out put").toFile().list())
                .containsExactlyInAnyOrder("pgsidecar-wal", "pgsidecar-wal.made-of");
    }

    @Test
    void withoutCompilerTheLauncherIsInstalledAndThatIsSaid() throws Exception {
        Path tools = Files.createDirectory(temporary.resolve("tools"));
        for (String tool : List.of("dirname", "mkdir", "mktemp", "rm", "cat", "find", "cp", "chmod", "mv", "uname")) {
            Files.createSymbolicLink(tools.resolve(tool), onPath(tool));
        }
        ShimRun run = run(
                Map.of("PATH", tools.toString(), "CC", "nonsuch"), onPath("sh").toString(), BUILD, "out");
        assertThat(run.exitCode()).isZero();
        assertThat(run.stdout()).contains("no C compiler that works was found").hasLineCount(1);
        assertThat(run.stderr()).isEmpty();
        assertThat(temporary.resolve("out/pgsidecar-wal")).isExecutable();
    }

    private static Path onPath(String tool) {
        for (String folder : System.getenv("PATH").split(":", -1)) {
            Path program = Path.of(folder, tool);
            if (Files.isExecutable(program)) {
                return program;
            }
        }
        throw new AssertionError(tool + " is not on the PATH");
    }

    @Test
    void onlyWhatDiffersIsReplacedAndOldJarsAreRemoved() throws Exception {
        Path repository = Files.createDirectories(temporary.resolve("the repository"));
        Path agent = Files.writeString(repository.resolve("agent-1.jar"), "agent");
        Path shim = Files.writeString(repository.resolve("shim"), "shim");
        Path one = Files.writeString(repository.resolve("one-1.jar"), "one");
        Path two = Files.writeString(repository.resolve("two-1.jar"), "two");
        Files.createDirectory(repository.resolve("classes"));
        String classpath = repository.resolve("classes") + ":" + one + ":" + two;
        assemble(shim, agent, classpath);
        Path lib = temporary.resolve("app/lib");
        Object kept = Files.getAttribute(lib.resolve("one-1.jar"), "unix:ino");
        Object replaced = Files.getAttribute(lib.resolve("agent-1.jar"), "unix:ino");

        Files.writeString(agent, "newer");
        assemble(shim, agent, repository.resolve("classes") + ":" + one);
        assertThat(lib.toFile().list()).containsExactlyInAnyOrder("agent-1.jar", "one-1.jar", "find-java");
        assertThat(Files.getAttribute(lib.resolve("one-1.jar"), "unix:ino")).isEqualTo(kept);
        assertThat(Files.getAttribute(lib.resolve("agent-1.jar"), "unix:ino")).isNotEqualTo(replaced);
        assertThat(lib.resolve("agent-1.jar")).hasContent("newer");
        assertThat(temporary.resolve("app/bin/pgsidecar")).isExecutable();
        assertThat(temporary.resolve("app/bin/pgsidecar-wal")).isExecutable().hasContent("shim");
    }

    private void assemble(Path shim, Path agent, String classpath) throws IOException, InterruptedException {
        ShimRun run = run(Map.of(), ASSEMBLE, "app", shim.toString(), agent.toString(), classpath);
        assertThat(run.stderr()).isEmpty();
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void twoJarsOfOneNameAreRefused() throws Exception {
        Path agent = Files.writeString(temporary.resolve("agent-1.jar"), "agent");
        Path one =
                Files.writeString(Files.createDirectory(temporary.resolve("a")).resolve("x-1.jar"), "a");
        Path other =
                Files.writeString(Files.createDirectory(temporary.resolve("b")).resolve("x-1.jar"), "b");
        ShimRun run = run(Map.of(), ASSEMBLE, "app", agent.toString(), agent.toString(), one + ":" + other);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.stderr()).contains("two jars of the class path have the name x-1.jar");
    }
}
