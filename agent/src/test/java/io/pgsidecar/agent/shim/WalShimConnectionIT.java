package io.pgsidecar.agent.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.pgsidecar.agent.ExitCode;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each program makes of an agent that is away, dies, is slow, or is not the agent. */
class WalShimConnectionIT extends ShimContract {

    private static final FakeAgent.Behaviour ARCHIVED = FakeAgent.answer(ExitCode.ARCHIVED);
    private static final FakeAgent.Behaviour RESTORED = FakeAgent.answer(ExitCode.RESTORED);
    private static final String WHOLE = FakeAgent.response(200, "archived", "every repository has it\n");

    /** A recovery has the most patience. */
    private ShimRun startPatient() throws Exception {
        touch(RECOVERY_PATH);
        return start("restore", SEGMENT, RECOVERY_PATH);
    }

    @Test
    void waitsForAnAgentThatStartsLater() throws Exception {
        ShimRun run = startPatient();
        awaitAsleep(run.process());
        try (FakeAgent _ = new FakeAgent(socket, RESTORED)) {
            assertThat(run.exitCode()).isZero();
            assertThat(run.stderr()).isEmpty();
        }
    }

    @Test
    void waitsBesideADeadAgentsSocketForTheNextOne() throws Exception {
        FakeAgent.leaveDeadSocket(socket);
        ShimRun run = startPatient();
        awaitAsleep(run.process());
        Path next = temporary.resolve("next.sock");
        try (FakeAgent _ = new FakeAgent(next, RESTORED)) {
            Files.move(next, socket, StandardCopyOption.ATOMIC_MOVE);
            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    void waitsForTheAgentAfterTheOneThatIsStopping() throws Exception {
        FakeAgent.Behaviour stopping = FakeAgent.answer(ExitCode.STOPPING);
        try (FakeAgent _ = new FakeAgent(socket, stopping, stopping, ARCHIVED)) {
            assertThat(run("archive", "pg_wal/" + SEGMENT).exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 20, 60, 80})
    void asksAgainWhenTheAgentIsKilledBeforeItsAnswerIsWhole(int bytes) throws Exception {
        try (FakeAgent agent = new FakeAgent(socket, FakeAgent.send(WHOLE.substring(0, bytes)), ARCHIVED)) {
            ShimRun run = run("archive", "pg_wal/" + SEGMENT);
            assertThat(run.exitCode()).isZero();
            assertThat(run.stderr()).isEmpty();
            assertThat(agent.request()).isEqualTo(agent.request());
        }
    }

    @Test
    void asksTheAgentThatIsStartedAfterTheOneThatWasKilled() throws Exception {
        FakeAgent killed = new FakeAgent(socket, FakeAgent.die(WHOLE.substring(0, 30)));
        ShimRun run = startPatient();
        killed.request();
        killed.close();
        try (FakeAgent _ = new FakeAgent(socket, RESTORED)) {
            assertThat(run.exitCode()).isZero();
        }
    }

    @Test
    void givesUpWhenNoAgentComesAfterTheOneThatWasKilled() throws Exception {
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.die("HTTP/1.1 200"))) {
            // Its patience ends it, and no time-out that this fake agent might exceed before it dies.
            ShimRun run = run("archive", "pg_wal/" + SEGMENT);
            assertThat(run.exitCode()).isEqualTo(40);
            assertThat(run.stderr()).contains("no agent answers on \"" + socket + "\": Connection refused");
        }
    }

    @Test
    void anAgentThatAlwaysBreaksOffIsNamedAsSuch() throws Exception {
        try (FakeAgent agent = new FakeAgent(socket, FakeAgent.send(WHOLE.substring(0, 70)))) {
            ShimRun run = run("archive", "pg_wal/" + SEGMENT, "--timeout", "3");
            // The last try has a quarter of a second: where this fake agent is not that fast, it was late.
            assertThat(run.exitCode()).isIn(42, 41);
            assertThat(run.stderr())
                    .contains(run.exitCode() == 42 ? "broke off its answer" : "did not answer within 3 s");
            assertThat(agent.waiting()).isBetween(2, 50);
        }
    }

    @Test
    void readsAnAnswerThatComesByteByByte() throws Exception {
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.dribble(WHOLE))) {
            assertThat(run("archive", "pg_wal/" + SEGMENT).exitCode()).isZero();
        }
    }

    @Test
    void doesNotWaitForTheEndOfAConnectionWhoseAnswerIsWhole() throws Exception {
        FakeAgent.Behaviour leavesOpen = (connection, agent) -> {
            ARCHIVED.serve(connection, agent);
            FakeAgent.hangThen(FakeAgent.send("")).serve(connection, agent);
        };
        try (FakeAgent _ = new FakeAgent(socket, leavesOpen)) {
            assertThat(run("archive", "pg_wal/" + SEGMENT).exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\nPgsidecar-Outcome: archived\nContent-Length: 0\n\n",
                "HTTP/1.1 200\r\npgsidecar-outcome:archived\r\ncontent-length: 0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nPGSIDECAR-OUTCOME: \t archived \t\r\nContent-Length:0 \r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 2\r\nX: y:z\r\nPgsidecar-Outcome: archived\n\r\nok and more",
            })
    void understandsTheVarietiesOfHttp(String answer) throws Exception {
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.send(answer))) {
            assertThat(run("archive", "pg_wal/" + SEGMENT, "--timeout", "60").exitCode())
                    .isZero();
        }
    }

    static Stream<Arguments> garbage() {
        String good = "HTTP/1.1 200 OK\r\nPgsidecar-Outcome: archived\r\n";
        return Stream.of(
                Arguments.of("no HTTP/1.1 status line", "SSH-2.0-OpenSSH_9.2\r\n"),
                Arguments.of("no HTTP/1.1 status line", "\r\n" + WHOLE),
                Arguments.of("no HTTP/1.1 status line", "HTTP/2 200 OK\r\n\r\n"),
                Arguments.of("no HTTP/1.1 status line", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("no HTTP/1.1 status line", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("no HTTP/1.1 status line", "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("no Content-Length", good + "\r\n"),
                Arguments.of("Content-Length", good + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("Content-Length", good + "Content-Length: -1\r\n\r\n"),
                Arguments.of("Content-Length", good + "Content-Length: \r\n\r\n"),
                Arguments.of("Content-Length", good + "Content-Length: 0x10\r\n\r\n"),
                Arguments.of("Content-Length", good + "Content-Length: 65537\r\n\r\n" + "x".repeat(65537)),
                Arguments.of("Content-Length", good + "Content-Length: 99999999999999999999\r\n\r\n"),
                Arguments.of("Transfer-Encoding", good + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("not one word", good + "Pgsidecar-Outcome: archived\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("is no field", good + " folded: line\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("is no field", good + "no colon\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("is no field", good + ": no name\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("is no field", good + "Content-Length : 0\r\n\r\n"),
                Arguments.of("control character", good + "Content-Length: 0\rX: y\r\n\r\n"),
                Arguments.of("control character", good + "X: a\0b\r\nContent-Length: 0\r\n\r\n"),
                Arguments.of("longer than 16 KiB", good + "X: " + "y".repeat(1 << 20)),
                Arguments.of("longer than 16 KiB", good + "X: y\r\n".repeat(5000)));
    }

    @ParameterizedTest
    @MethodSource("garbage")
    void garbageIsAFailureAtOnceAndIsNotAskedAgain(String reason, String answer) throws Exception {
        FakeAgent.Behaviour leavesOpen = (connection, agent) -> {
            FakeAgent.send(answer).serve(connection, agent);
            FakeAgent.hangThen(FakeAgent.send("")).serve(connection, agent);
        };
        try (FakeAgent agent = new FakeAgent(socket, leavesOpen)) {
            ShimRun run = run("archive", "pg_wal/" + SEGMENT, "--timeout", "60");
            assertThat(run.exitCode()).isEqualTo(42);
            assertThat(run.stderr())
                    .contains("was not understood: ", reason, "hint: Does another program listen on this socket?");
            agent.request();
            assertThat(agent.waiting()).isZero();
        }
    }

    @Test
    void theLongestAnswerIsRead() throws Exception {
        String body = "too much\n" + "detail: x\n".repeat(6_552);
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(500, "failed", body))) {
            ShimRun run = run("archive", "pg_wal/" + SEGMENT);
            assertThat(run.exitCode()).isEqualTo(42);
            assertThat(run.stderr().lines()).hasSize(6_553);
        }
    }

    @Test
    void anAgentThatAcceptsNoConnectionsIsNoAgent() throws Exception {
        List<SocketChannel> queue = new ArrayList<>();
        try (ServerSocketChannel hung = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            hung.bind(UnixDomainSocketAddress.of(socket), 1);
            fillQueue(queue);
            ShimRun run = run("archive", "pg_wal/" + SEGMENT, "--timeout", "1");
            assertThat(run.exitCode()).isEqualTo(40);
            assertThat(run.stderr()).contains("no agent answers on");
        } finally {
            for (SocketChannel waiting : queue) {
                waiting.close();
            }
        }
    }

    private void fillQueue(List<SocketChannel> queue) throws Exception {
        while (queue.size() < 100) {
            SocketChannel next = SocketChannel.open(StandardProtocolFamily.UNIX);
            queue.add(next);
            next.configureBlocking(false);
            try {
                next.connect(UnixDomainSocketAddress.of(socket));
            } catch (SocketException full) {
                return;
            }
        }
    }

    @Test
    void namesTheSocketAndTheReasonWhereNobodyListens() throws Exception {
        ShimRun run = run("archive", "pg_wal/" + SEGMENT, "--timeout", "1");
        assertThat(run.stderr().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .isEqualTo("pgsidecar-wal: error: could not archive \"pg_wal/" + SEGMENT
                                        + "\": no agent answers on \"" + socket + "\": No such file or directory"),
                        line -> assertThat(line).startsWith("pgsidecar-wal: detail: Tried to connect for "),
                        line -> assertThat(line).startsWith("pgsidecar-wal: hint: Start the agent with "));
    }

    @Test
    void doesNotWaitForASocketThatItHasNoRightTo() throws Exception {
        try (FakeAgent agent = new FakeAgent(socket, ARCHIVED)) {
            Files.setPosixFilePermissions(socket, Set.of());
            assumeFalse(Files.isWritable(socket), "root has every right");
            ShimRun run = run("archive", "pg_wal/" + SEGMENT, "--timeout", "60");
            assertThat(run.exitCode()).isEqualTo(40);
            assertThat(run.stderr()).contains("Permission denied").doesNotContain("Tried to connect");
            assertThat(agent.waiting()).isZero();
        }
    }

    @Test
    void tellsPostgresqlToStopAndSaysSo() throws Exception {
        ShimRun run = run("restore", SEGMENT, RECOVERY_PATH, "--timeout", "1");
        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.stderr()).contains("detail: The exit code is 255, so that PostgreSQL stops");
        touch("standby.signal");
        assertThat(run("restore", SEGMENT, RECOVERY_PATH, "--timeout", "1").stderr())
                .contains("detail: The exit code is 1, so that the standby turns to streaming");
    }

    @Test
    void refusesASocketPathThatNoAddressHolds() throws Exception {
        String path = "/" + "s".repeat(110);
        ShimRun run = run("archive", "pg_wal/" + SEGMENT, "--socket", path);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.stderr()).contains("is longer than ", " bytes: \"" + path + "\"");
        assertThat(run("restore", SEGMENT, RECOVERY_PATH, "--socket", path).exitCode())
                .isEqualTo(255);
    }

    @Test
    void findsTheSocketInItsOwnFolderWhereNothingNamesIt() throws Exception {
        assertThat(run("install", temporary.toString()).exitCode()).isZero();
        Files.createSymbolicLink(data.resolve("link"), temporary.resolve("pgsidecar-wal"));
        try (FakeAgent _ = new FakeAgent(temporary.resolve("agent.sock"), ARCHIVED)) {
            for (String path : List.of(temporary.resolve("pgsidecar-wal").toString(), "./link")) {
                ShimRun run = ShimRun.start(data, Map.of("PGSIDECAR_SOCKET", ""), List.of(path, "archive", "pg_wal/x"));
                assertThat(run.exitCode()).isZero();
            }
        }
    }

    /** Until it waits for something: where that can be seen. The JVM's launcher waits from its start. */
    private static void awaitAsleep(Process process) throws Exception {
        Path status = Path.of("/proc", Long.toString(process.pid()), "stat");
        while (Files.exists(status) && !Files.readString(status).contains(") S ")) {
            Thread.onSpinWait();
        }
    }
}
