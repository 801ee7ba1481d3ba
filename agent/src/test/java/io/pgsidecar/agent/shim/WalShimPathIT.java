package io.pgsidecar.agent.shim;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each program sends for a path, and which data directory it takes the path to lie in. */
class WalShimPathIT extends ShimContract {

    private static final String REST = " HTTP/1.1\r\nHost: pgsidecar\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    @Test
    void sendsPostgresqlsOwnPathsAsTheyAre() throws Exception {
        assertThat(requestOf("archive", "pg_wal/" + SEGMENT))
                .isEqualTo("POST /v1/wal/archive?path=pg_wal/" + SEGMENT + REST);
        assertThat(requestOf("archive", "/data/pg_wal/" + SEGMENT))
                .isEqualTo("POST /v1/wal/archive?path=/data/pg_wal/" + SEGMENT + REST);
        assertThat(requestOf("restore", "00000002.history", "pg_wal/RECOVERYHISTORY"))
                .isEqualTo("POST /v1/wal/restore?name=00000002.history&path=pg_wal/RECOVERYHISTORY" + REST);
    }

    @Test
    void makesPgRewindsRelativePathAbsolute() throws Exception {
        assertThat(requestOf("restore", SEGMENT, "old/pg_wal/" + SEGMENT))
                .isEqualTo("POST /v1/wal/restore?name=" + SEGMENT + "&path=" + data.toRealPath() + "/old/pg_wal/"
                        + SEGMENT + REST);
        assertThat(requestOf("archive", "pg_walx")).contains("?path=" + data.toRealPath() + "/pg_walx HTTP");
    }

    @Test
    void tellsWhenTheFileToArchiveWasLastModified() throws Exception {
        touch(RECOVERY_PATH);
        long modified = 1_795_559_337_452_000_001L;
        Files.setLastModifiedTime(data.resolve(RECOVERY_PATH), FileTime.from(modified, TimeUnit.NANOSECONDS));
        assertThat(requestOf("archive", RECOVERY_PATH)).contains("?path=" + RECOVERY_PATH + "&modified=" + modified);
        assertThat(requestOf("restore", SEGMENT, RECOVERY_PATH)).doesNotContain("modified");
    }

    static Stream<Arguments> paths() {
        return Stream.of(
                Arguments.of("pg_wal/a b", "pg_wal/a%20b"),
                Arguments.of("pg_wal/\"a'b`", "pg_wal/%22a%27b%60"),
                Arguments.of("pg_wal/100%", "pg_wal/100%25"),
                Arguments.of("pg_wal/%41&name=x#y?z+", "pg_wal/%2541%26name%3Dx%23y%3Fz%2B"),
                Arguments.of("pg_wal/../x", "pg_wal/../x"),
                Arguments.of("pg_wal/a\\b;c:d@e!f$g(h)*", "pg_wal/a%5Cb%3Bc%3Ad%40e%21f%24g%28h%29%2A"),
                Arguments.of("pg_wal/-._~09azAZ", "pg_wal/-._~09azAZ"));
    }

    @ParameterizedTest
    @MethodSource("paths")
    void encodesWhateverHasAMeaningInAnAddress(String path, String encoded) throws Exception {
        assertThat(requestOf("archive", path)).isEqualTo("POST /v1/wal/archive?path=" + encoded + REST);
    }

    @ParameterizedTest
    @CsvSource({
        "pg_wal/\\303\\274\\342\\202\\254, pg_wal/%C3%BC%E2%82%AC",
        "pg_wal/\\360\\237\\230\\200, pg_wal/%F0%9F%98%80",
        "pg_wal/a\\nb\\001\\177, pg_wal/a%0Ab%01%7F"
    })
    void encodesEveryByteOfACharacter(String octal, String encoded) throws Exception {
        // The shell makes the bytes, whatever encoding this JVM passes arguments in.
        try (FakeAgent agent = new FakeAgent(socket, FakeAgent.answer(ExitCode.ARCHIVED))) {
            ShimRun run = runInShell(
                    "p=$1; v=$2; f=$3; shift 3; exec env LC_ALL=C \"$p\" \"$v\" \"$(printf \"$f\")\"",
                    "archive",
                    octal);
            assertThat(run.stderr()).isEmpty();
            assertThat(agent.request()).isEqualTo("POST /v1/wal/archive?path=" + encoded + REST);
        }
    }

    @Test
    void restoresToAPathThatIsNotAscii() throws Exception {
        touch(RECOVERY_PATH);
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(ExitCode.RESTORED))) {
            String script = "d=$(printf '\\303\\274 \\\"%s\\047'); mkdir -p \"$d/pg_wal\"; : >\"$d/pg_wal/x\";"
                    + " exec env LC_ALL=C \"$@\" \"$d/pg_wal/x\"";
            assertThat(runInShell(script, "restore", SEGMENT).exitCode()).isZero();
        }
    }

    @Test
    void aPathOfFourKilobytesArrivesWhole() throws Exception {
        String path = "pg_wal/" + "%/x".repeat(1000) + "y".repeat(1080);
        assertThat(requestOf("archive", path))
                .isEqualTo("POST /v1/wal/archive?path=" + path.replace("%", "%25") + REST);
    }

    @Test
    void aPathLongerThanAnyIsRefused() throws Exception {
        ShimRun run = run("archive", "pg_wal/" + "y".repeat(9000));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.stderr()).contains("an argument is longer than any path");
        assertThat(run("restore", "y".repeat(100_000), RECOVERY_PATH).exitCode())
                .isEqualTo(255);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "restore"})
    void anEmptyPathIsRefused(String name) throws Exception {
        assertThat(run("restore", name, "").exitCode()).isEqualTo(255);
        assertThat(run("archive", "").stderr()).contains("an argument is empty");
    }

    @Test
    void aStandbyIsToldByTheDataDirectoryThatThePathLiesIn() throws Exception {
        Path other = Files.createDirectories(temporary.resolve("pg_wal/other/pg_wal"));
        Files.createFile(temporary.resolve("pg_wal/other/standby.signal"));
        String path = other.resolve(SEGMENT).toString();
        assertThat(unavailable("restore", SEGMENT, path)).isEqualTo(1);
        assertThat(unavailable("restore", SEGMENT, RECOVERY_PATH)).isEqualTo(255);
        assertThat(unavailable("restore", SEGMENT, "../pg_wal/other/pg_wal/" + SEGMENT))
                .isEqualTo(1);
        assertThat(unavailable("restore", SEGMENT, "../pg_wal/other/xpg_wal/" + SEGMENT))
                .isEqualTo(255);
        assertThat(unavailable("restore", SEGMENT, "elsewhere")).isEqualTo(255);
        touch("standby.signal");
        assertThat(unavailable("restore", SEGMENT, "elsewhere")).isEqualTo(1);
        assertThat(unavailable("restore", SEGMENT, "/nowhere/pg_wal/" + SEGMENT))
                .isEqualTo(255);
    }

    /** PostgreSQL removes the signal files, and only then asks for the old timeline's history. */
    @Test
    void theHistoryOfTheTimelineThatRecoveryLeavesDoesNotStopItWherePostgresqlHasItsOwn() throws Exception {
        String path = "pg_wal/RECOVERYHISTORY";
        assertThat(unavailable("restore", "00000002.history", path)).isEqualTo(255);
        touch("pg_wal/00000002.history");
        // Nobody is asked: a server that is killed while it waits here comes up on the old timeline.
        ShimRun own = run("restore", "00000002.history", path);
        assertThat(own.exitCode()).isEqualTo(1);
        assertThat(own.stderr()).isEmpty();
        assertThat(unavailable("restore", "00000003.history", path)).isEqualTo(255);
        assertThat(run("restore", "00000002.history", data.toRealPath() + "/" + path)
                        .exitCode())
                .isEqualTo(1);
        touch("recovery.signal");
        assertThat(unavailable("restore", "00000002.history", path)).isEqualTo(255);
    }

    @Test
    void timelineOneHasNoHistoryWithAnAgentOrWithout() throws Exception {
        ShimRun run = run("restore", "00000001.history", "pg_wal/RECOVERYHISTORY");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.stderr()).isEmpty();
    }

    private int unavailable(String... arguments) throws IOException, InterruptedException {
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(ExitCode.REPOSITORY_UNAVAILABLE))) {
            return run(arguments).exitCode();
        }
    }

    private String requestOf(String... arguments) throws IOException, InterruptedException {
        try (FakeAgent agent = new FakeAgent(socket, FakeAgent.answer(ExitCode.CORRUPT))) {
            run(arguments);
            return agent.request();
        }
    }
}
