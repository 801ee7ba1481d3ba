package io.pgsidecar.agent.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgsidecar.agent.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each program as a process: signals, descriptors, and its installation. */
class WalShimProcessIT extends ShimContract {

    private static final int TERMINATED = 128 + 15;
    private static final FakeAgent.Behaviour HANG = FakeAgent.hangThen(FakeAgent.answer(ExitCode.ARCHIVED));

    @Test
    void diesOfSigtermWhileItWaitsForTheAnswer() throws Exception {
        try (FakeAgent agent = new FakeAgent(socket, HANG)) {
            ShimRun run = start("restore", SEGMENT, RECOVERY_PATH);
            agent.request();
            List<ProcessHandle> children = run.process().descendants().toList();
            run.process().destroy();
            assertThat(run.exitCode()).isEqualTo(TERMINATED);
            for (ProcessHandle child : children) {
                child.onExit().get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void diesOfSigtermWhileItWaitsForAnAgent() throws Exception {
        FakeAgent agent = new FakeAgent(socket, FakeAgent.die(""));
        ShimRun run = start("restore", SEGMENT, RECOVERY_PATH);
        agent.request();
        agent.close();
        run.process().destroy();
        assertThat(run.exitCode()).isEqualTo(TERMINATED);
    }

    @Test
    void diesOfSigtermEvenIfItsParentIgnoredThat() throws Exception {
        assumeTrue(program == ShimProgram.C, "a shell cannot take back that a signal is ignored");
        try (FakeAgent agent = new FakeAgent(socket, HANG)) {
            ShimRun run = ShimRun.start(
                    data,
                    Map.of("PGSIDECAR_SOCKET", socket.toString()),
                    List.of(
                            "sh",
                            "-c",
                            "trap '' TERM; exec \"$@\"",
                            "sh",
                            executable.toString(),
                            "archive",
                            "pg_wal/x"));
            agent.request();
            run.process().destroy();
            assertThat(run.exitCode()).isEqualTo(TERMINATED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"trap '' PIPE;", "trap - PIPE;", ""})
    void aWriteToADeadAgentIsAFailureAndNoSignal(String inherited) throws Exception {
        // What comes after it ends it, and no time-out that these fake agents might exceed.
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.send(""), FakeAgent.send("SSH-2.0-OpenSSH_9.2\r\n"))) {
            ShimRun run = runInShell(inherited + " exec \"$@\"", "archive", "pg_wal/x");
            assertThat(run.exitCode()).isEqualTo(42);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2>&-", "0<&- 1>&- 2>&-", "2>&1 | true"})
    void aLogThatIsGoneChangesNothing(String redirection) throws Exception {
        runInShell("{ \"$@\"; echo $? >code; } " + redirection, "archive", "pg_wal/x", "--timeout", "1");
        assertThat(data.resolve("code")).hasContent("40");
        try (FakeAgent agent = new FakeAgent(socket, FakeAgent.answer(ExitCode.CORRUPT))) {
            runInShell("{ \"$@\"; echo $? >code; } " + redirection, "archive", "pg_wal/x");
            assertThat(data.resolve("code")).hasContent("49");
            assertThat(agent.request()).startsWith("POST ").endsWith("\r\n\r\n");
        }
    }

    @Test
    void installsItselfWhereItIsToldTo() throws Exception {
        Path folder = Files.createDirectory(temporary.resolve("it's a \"volume\""));
        ShimRun install = run("install", folder.toString());
        assertThat(install.stderr()).isEmpty();
        assertThat(install.exitCode()).isZero();
        assertThat(install.stdout()).contains("installed \"" + folder.toRealPath() + "/pgsidecar-wal\"");
        assertThat(folder).isDirectoryContaining(file -> Files.isExecutable(file));
        assertThat(folder.toFile().list()).containsExactly("pgsidecar-wal");
        if (program == ShimProgram.C) {
            assertThat(folder.resolve("pgsidecar-wal")).hasSameBinaryContentAs(executable);
        }
        socket = folder.resolve("agent.sock");
        executable = folder.resolve("pgsidecar-wal");
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(ExitCode.ARCHIVED))) {
            ShimRun run = ShimRun.start(data, Map.of(), List.of(executable.toString(), "archive", "pg_wal/x"));
            assertThat(run.exitCode()).isZero();
        }
        assertThat(run("install", folder + "/").exitCode()).isZero();
    }

    @Test
    void installsOverACopyThatRuns() throws Exception {
        run("install", temporary.toString());
        Path installed = temporary.resolve("pgsidecar-wal");
        Object before = Files.getAttribute(installed, "unix:ino");
        try (FakeAgent agent = new FakeAgent(socket, HANG)) {
            ShimRun running = ShimRun.start(data, Map.of(), List.of(installed.toString(), "archive", "pg_wal/x"));
            agent.request();
            assertThat(run("install", temporary.toString()).exitCode()).isZero();
            assertThat(Files.getAttribute(installed, "unix:ino")).isNotEqualTo(before);
            agent.release();
            assertThat(running.exitCode()).isZero();
            ShimRun next = ShimRun.start(data, Map.of(), List.of(installed.toString(), "archive", "pg_wal/x"));
            assertThat(next.exitCode()).isZero();
        }
    }

    @Test
    void anInstalledCopyInstallsItselfFurther() throws Exception {
        Path first = Files.createDirectory(temporary.resolve("first"));
        Path second = Files.createDirectory(temporary.resolve("second"));
        run("install", first.toString());
        ShimRun again = ShimRun.start(
                data, Map.of(), List.of(first.resolve("pgsidecar-wal").toString(), "install", second.toString()));
        assertThat(again.exitCode()).isZero();
        try (FakeAgent _ = new FakeAgent(second.resolve("agent.sock"), FakeAgent.answer(ExitCode.ARCHIVED))) {
            ShimRun run = ShimRun.start(
                    data, Map.of(), List.of(second.resolve("pgsidecar-wal").toString(), "archive", "pg_wal/x"));
            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    void anInstallationThatFailsSaysWhyAndLeavesNothing() throws Exception {
        ShimRun absent = run("install", temporary.resolve("absent").toString());
        assertThat(absent.exitCode()).isEqualTo(1);
        assertThat(absent.stderr()).contains("error: could not ", "/absent\"", "hint: The folder must exist");
        assertThat(run("install", "/dev/null").exitCode()).isEqualTo(1);
        Path taken = temporary.resolve("taken");
        Files.createDirectories(taken.resolve("pgsidecar-wal/full"));
        ShimRun refused = run("install", taken.toString());
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.stderr()).startsWith("pgsidecar-wal: error: could not install ");
        assertThat(taken.toFile().list()).containsExactly("pgsidecar-wal");
    }

    @Test
    void theCProgramIsSmall() throws Exception {
        assumeTrue(program == ShimProgram.C, "the launcher is a script");
        assertThat(Files.size(executable)).isLessThan(1_000_000);
    }
}
