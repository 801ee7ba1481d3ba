package io.pgsidecar.agent.shim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scripts that start Java: which one they find, what they give it, and what is left when it does not start. */
class LauncherIT {

    private static final Path SOURCE = Path.of("src/main/launcher").toAbsolutePath();

    @TempDir
    Path temporary;

    private Path home;
    private Path data;

    @BeforeEach
    void makeHome() throws IOException {
        home = temporary.resolve("it's the app");
        data = Files.createDirectory(temporary.resolve("data"));
        Files.createDirectories(home.resolve("bin"));
        Files.createDirectories(home.resolve("lib"));
        CopiedProgram.copy(SOURCE.resolve("pgsidecar"), home.resolve("bin/pgsidecar"));
        CopiedProgram.copy(SOURCE.resolve("pgsidecar-wal"), home.resolve("bin/pgsidecar-wal"));
        Files.copy(SOURCE.resolve("find-java"), home.resolve("lib/find-java"));
        for (String jar : List.of("b.jar", "a.jar", "pgsidecar-agent-1.jar")) {
            Files.createFile(home.resolve("lib").resolve(jar));
        }
    }

    /** A home of Java whose program does as told. */
    private Path java(String name, String version, String script) throws IOException {
        Path java = Files.createDirectories(temporary.resolve(name));
        Files.writeString(java.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        Files.createDirectories(java.resolve("bin"));
        Path program = Files.writeString(java.resolve("script"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        CopiedProgram.copy(program, java.resolve("bin/java"));
        return java;
    }

    private static ShimRun run(Path folder, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        ShimRun run = ShimRun.start(folder, environment, List.of(command));
        run.exitCode();
        return run;
    }

    @Test
    void theAgentRunsWithFlagsForASmallFootprintOnWhatLibHolds() throws Exception {
        Path java = java("jdk", "25.0.1", "printf '%s\\n' \"$@\"; exit 7");
        Path link = Files.createSymbolicLink(
                temporary.resolve("link"),
                Files.createSymbolicLink(temporary.resolve("pgsidecar"), Path.of("it's the app/bin/pgsidecar"))
                        .getFileName());
        ShimRun run = run(
                data,
                Map.of("JAVA_HOME", java.toString(), "PGSIDECAR_JAVA_OPTS", "-Xmx1g -Da=b"),
                link.toString(),
                "run",
                "--config",
                "a b");
        List<String> arguments = new ArrayList<>(run.stdout().lines().toList());
        assertThat(run.exitCode()).isEqualTo(7);
        String lib = home.toRealPath().resolve("lib") + "/";
        assertThat(arguments)
                .contains("-XX:+UseSerialGC", "-Xms16m", "-Xmx64m", "-XX:+ExitOnOutOfMemoryError", "-Xss512k")
                .endsWith(
                        "-Xmx1g",
                        "-Da=b",
                        "-cp",
                        lib + "a.jar:" + lib + "b.jar:" + lib + "pgsidecar-agent-1.jar",
                        "io.pgsidecar.agent.Main",
                        "run",
                        "--config",
                        "a b");
        assertThat(arguments).noneMatch(argument -> argument.contains("TieredStopAtLevel"));
    }

    @ParameterizedTest
    @CsvSource({"25, 25-home", "25.0.1+9, 25-home", "26-ea, 26-home", "100, 100-home"})
    void javaHomeIsTakenWhereItIsNewEnough(String version, String name) throws Exception {
        Path java = java(name, version, "echo \"$0\"");
        ShimRun run = run(
                data,
                Map.of("JAVA_HOME", java.toString()),
                home.resolve("bin/pgsidecar").toString());
        assertThat(run.stdout()).isEqualTo(java + "/bin/java\n");
    }

    @ParameterizedTest
    @CsvSource({"17.0.15", "1.8.0_392", "24", "x", "''"})
    void anOldJavaHomeGivesWayToTheJavaOnThePath(String version) throws Exception {
        Path old = java("old", version, "echo old");
        Path links = Files.createDirectory(temporary.resolve("links"));
        Files.createSymbolicLink(
                links.resolve("java"), java("new", "25", "echo new").resolve("bin/java"));
        ShimRun run = run(
                data,
                Map.of("JAVA_HOME", old.toString(), "PATH", links + ":" + System.getenv("PATH")),
                home.resolve("bin/pgsidecar").toString());
        assertThat(run.stdout()).isEqualTo("new\n");
    }

    @Test
    void aJavaWithoutReleaseFileIsAskedForItsVersion() throws Exception {
        Path java = java(
                "own", "1", "[ \"$1\" = -version ] && echo 'openjdk version \"25.0.2\" 2026-01-20' >&2 || echo own");
        Files.delete(java.resolve("release"));
        ShimRun run = run(
                data,
                Map.of("JAVA_HOME", java.toString()),
                home.resolve("bin/pgsidecar").toString());
        assertThat(run.stdout()).isEqualTo("own\n");
    }

    @Test
    void whereNoJavaIsNewEnoughItSaysWhatItFound() throws Exception {
        Path old = java("old", "17.0.15", "echo old");
        String script =
                ". \"$1\";" + " java_version() { case $1 in */old) version=17 ;; *) version=0 ;; esac; }; find_java";
        ShimRun run = run(
                data,
                Map.of("JAVA_HOME", old.toString()),
                "sh",
                "-c",
                script,
                "/app/bin/pgsidecar",
                SOURCE.resolve("find-java").toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.stderr())
                .contains("pgsidecar: error: no Java 25 or newer was found")
                .contains("JAVA_HOME (" + old + ")", "found " + old + " (17)")
                .contains("pgsidecar: hint: Install one there, or set JAVA_HOME to it.");
    }

    /** A JVM that cannot start exits with 1: to PostgreSQL, "the archive has no such file". */
    @ParameterizedTest
    @CsvSource({"exit 1", "exit 2", "exit 3", "exit 64", "exit 130", "kill -9 $$", "kill -6 $$"})
    void aJvmThatFailsIsNeverTakenForAnAnswer(String failure) throws Exception {
        Path java = java("jdk", "25", failure);
        assertThat(wal(java, "archive", "pg_wal/x")).isEqualTo(1);
        assertThat(wal(java, "restore", "x", "pg_wal/RECOVERYXLOG")).isEqualTo(255);
        assertThat(wal(java, "--socket", "restore", "restore", "x", "pg_wal/RECOVERYXLOG"))
                .isEqualTo(255);
        Files.createFile(data.resolve("recovery.signal"));
        assertThat(wal(java, "restor", "x", "pg_wal/RECOVERYXLOG")).isEqualTo(255);
        Files.createFile(data.resolve("standby.signal"));
        assertThat(wal(java, "restore", "x", "pg_wal/RECOVERYXLOG")).isEqualTo(1);
        assertThat(wal(java, "restore", "x", "/other/pg_wal/x")).isEqualTo(255);
    }

    @ParameterizedTest
    @CsvSource({"64, 255", "65, 1", "66, 2", "104, 40", "113, 49", "0, 0", "255, 255"})
    void theProgramsOwnCodesArePassedOn(int java, int code) throws Exception {
        assertThat(wal(java("jdk", "25", "exit " + java), "restore", "x", "pg_wal/RECOVERYXLOG"))
                .isEqualTo(code);
    }

    @Test
    void anAppThatIsNotWholeIsNeverTakenForAnAnswer() throws Exception {
        Files.delete(home.resolve("lib/find-java"));
        Path java = java("jdk", "25", "exit 0");
        assertThat(wal(java, "archive", "pg_wal/x")).isEqualTo(1);
        assertThat(wal(java, "restore", "x", "pg_wal/RECOVERYXLOG")).isEqualTo(255);
    }

    private int wal(Path java, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/pgsidecar-wal").toString()));
        command.addAll(List.of(arguments));
        return run(data, Map.of("JAVA_HOME", java.toString()), command.toArray(String[]::new))
                .exitCode();
    }
}
