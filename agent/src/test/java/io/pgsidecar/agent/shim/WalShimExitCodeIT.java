package io.pgsidecar.agent.shim;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.ExitCode;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each program exits with, whatever happens. */
class WalShimExitCodeIT extends ShimContract {

    static Stream<ExitTable.Row> table() {
        return ExitTable.ROWS.stream();
    }

    @ParameterizedTest
    @MethodSource("table")
    void archiveExitsAsTheTableSays(ExitTable.Row row) throws Exception {
        assertThat(runInto(row, "archive", "pg_wal/" + SEGMENT)).isEqualTo(row.archive());
    }

    @ParameterizedTest
    @MethodSource("table")
    void restoreOnAStandbyExitsAsTheTableSays(ExitTable.Row row) throws Exception {
        touch("standby.signal");
        touch(RECOVERY_PATH);
        assertThat(runInto(row, "restore", SEGMENT, RECOVERY_PATH)).isEqualTo(row.standby());
    }

    @ParameterizedTest
    @MethodSource("table")
    void restoreOfARecoveryExitsAsTheTableSays(ExitTable.Row row) throws Exception {
        touch("recovery.signal");
        touch(RECOVERY_PATH);
        assertThat(runInto(row, "restore", SEGMENT, RECOVERY_PATH)).isEqualTo(row.recovery());
    }

    @ParameterizedTest
    @MethodSource("table")
    void drainExitsAsTheTableSays(ExitTable.Row row) throws Exception {
        assertThat(runInto(row, "drain")).isEqualTo(row.drain());
    }

    @Test
    void drainTellsWhatCouldNotBeDoneInTimeAndIsSilentElse() throws Exception {
        try (FakeAgent agent = new FakeAgent(
                socket,
                FakeAgent.answer(200, "drained", "\n"),
                FakeAgent.answer(200, "drained", "the label was not removed\n"),
                FakeAgent.answer(500, "failed", "the agent failed\n"))) {
            assertThat(run("drain", "--timeout", "60").stderr()).isEmpty();
            assertThat(agent.request()).startsWith("POST /v1/drain HTTP/1.1\r\n");
            assertThat(run("drain", "--timeout", "60").stderr())
                    .isEqualTo("pgsidecar-wal: detail: the label was not removed\n");
            assertThat(run("drain", "--timeout", "60").stderr())
                    .isEqualTo("pgsidecar-wal: error: could not drain: the agent failed\n");
        }
        assertThat(run("drain", "--timeout", "1").stderr()).contains("could not drain: no agent answers on");
    }

    /** Brings the outcome about. */
    private int runInto(ExitTable.Row row, String... arguments) throws Exception {
        List<String> all = Stream.concat(Stream.of(arguments), Stream.of("--timeout", timeout(row, arguments[0])))
                .toList();
        switch (row.outcome()) {
            case NO_AGENT -> {
                return run(all.toArray(String[]::new)).exitCode();
            }
            case USAGE -> {
                return run(Stream.concat(all.stream(), Stream.of("--nonsense")).toArray(String[]::new))
                        .exitCode();
            }
            default -> {
                FakeAgent.Behaviour behaviour = switch (row.outcome()) {
                    case TIMED_OUT -> FakeAgent.hangThen(FakeAgent.send(""));
                    case NOT_UNDERSTOOD -> FakeAgent.send("220 mail.example.com ESMTP\r\n");
                    default -> FakeAgent.answer(row.outcome());
                };
                try (FakeAgent _ = new FakeAgent(socket, behaviour)) {
                    return run(all.toArray(String[]::new)).exitCode();
                }
            }
        }
    }

    /** Short where nobody answers. An answer has time to come; agents that are stopping are given up after 5 s. */
    private static String timeout(ExitTable.Row row, String verb) {
        return switch (row.outcome()) {
            case NO_AGENT, TIMED_OUT -> "1";
            // To restore it is the same whether it was given up or late, and it would wait for half a minute.
            case STOPPING -> verb.equals("restore") ? "1" : "60";
            default -> "60";
        };
    }

    @ParameterizedTest
    @CsvSource({
        "200, failed",
        "200, absent",
        "500, archived",
        "500, restored",
        "404, archived",
        "404, restored",
        "204, restored",
        "200, RESTORED",
        "200, ok",
        "500, absent",
        "410, absent"
    })
    void anAnswerWhoseStatusAndWordDoNotFitIsNeitherSuccessNorAbsence(int status, String word) throws Exception {
        touch(RECOVERY_PATH);
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(status, word, "some words\n"))) {
            ShimRun archive = run("archive", "pg_wal/" + SEGMENT);
            assertThat(archive.exitCode()).isEqualTo(42);
            assertThat(archive.stderr())
                    .contains("HTTP status " + status + ", outcome \"" + word + "\"", "detail: some words");
            assertThat(run("restore", SEGMENT, RECOVERY_PATH).exitCode()).isEqualTo(255);
        }
    }

    @Test
    void aForeignServersNotFoundIsNotAbsence() throws Exception {
        String answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n";
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.send(answer))) {
            assertThat(run("restore", SEGMENT, RECOVERY_PATH).exitCode()).isEqualTo(255);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"restor", "Restore", "", "pg_wal/RECOVERYXLOG"})
    void aTypoInRestoreCommandNeverLooksLikeAbsence(String typo) throws Exception {
        assertThat(run(typo, SEGMENT, RECOVERY_PATH).exitCode()).isEqualTo(2);
        touch("recovery.signal");
        assertThat(run(typo, SEGMENT, RECOVERY_PATH).exitCode()).isEqualTo(255);
        assertThat(run("--tiemout", "5", "restore", SEGMENT, RECOVERY_PATH).exitCode())
                .isEqualTo(255);
        assertThat(run().exitCode()).isEqualTo(255);
        touch("standby.signal");
        assertThat(run(typo, SEGMENT, RECOVERY_PATH).exitCode()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "restore 000000010000000000000001|restore needs two arguments: the name (%f) and the path (%p)",
                "restore|restore needs two arguments",
                "restore a b c|too many arguments, the first of them is \"c\"",
                "restore a pg_wal/b --sokcet x|unknown option \"--sokcet\"",
                "restore a pg_wal/b --timeout|option --timeout needs a value",
                "--timeout=0 restore a pg_wal/b|--timeout \"0\" is not a whole number of seconds from 1 to 86400",
                "restore --timeout 86401 a pg_wal/b|--timeout \"86401\" is not a whole number",
                "restore --timeout 5s a pg_wal/b|--timeout \"5s\" is not a whole number",
                "restore --timeout -1 a pg_wal/b|--timeout \"-1\" is not a whole number",
                "restore --timeout 99999999999999999999 a pg_wal/b|is not a whole number",
                "restore --socket= a pg_wal/b|--socket is empty",
                "restore a pg_wal/b --help|--help stands beside a command",
                "--version restore a pg_wal/b|--version stands beside a command",
            })
    void aRestoreCommandThatIsNotUnderstoodStopsARecoveryButNotAStandby(String line, String message) throws Exception {
        ShimRun recovery = run(line.split(" ", -1));
        assertThat(recovery.exitCode()).isEqualTo(255);
        assertThat(recovery.stderr()).startsWith("pgsidecar-wal: error: ").contains(message);
        touch("standby.signal");
        assertThat(run(line.split(" ", -1)).exitCode()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"archive", "archive a b", "archive a --nonsense", "archive a --timeout x", "install", "drain x"})
    void anyOtherCommandThatIsNotUnderstoodExitsWithTwo(String line) throws Exception {
        touch("recovery.signal");
        ShimRun run = run(line.split(" ", -1));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.stderr()).contains("pgsidecar-wal: hint: Try \"pgsidecar-wal --help\".");
        assertThat(run.stdout()).isEmpty();
    }

    @Test
    void optionsStandBeforeOrAfterTheCommand() throws Exception {
        socket = temporary.resolve("other.sock");
        try (FakeAgent _ =
                new FakeAgent(temporary.resolve("agent.sock"), FakeAgent.answer(200, "archived", "done\n"))) {
            String path = temporary.resolve("agent.sock").toString();
            assertThat(run("--socket", path, "--timeout=60", "archive", "pg_wal/x")
                            .exitCode())
                    .isZero();
            assertThat(run("archive", "pg_wal/x", "--socket=" + path, "--timeout", "60")
                            .exitCode())
                    .isZero();
            assertThat(run("archive", "--socket", path, "--", "pg_wal/x").exitCode())
                    .isZero();
        }
    }

    @Test
    void helpAndVersionGoToStandardOutput() throws Exception {
        ShimRun help = run("--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.stdout()).contains("archive [OPTION]... %p", "--timeout SECONDS");
        assertThat(help.stderr()).isEmpty();
        assertThat(run("restore", "--help").stdout()).isEqualTo(help.stdout());
        ShimRun version = run("--version");
        assertThat(version.exitCode()).isZero();
        assertThat(version.stdout()).matches("pgsidecar-wal [0-9]+\\.[0-9]+\\.[0-9]+.*\n");
    }

    @Test
    void restoredIsNotBelievedWhereTheFileIsNotInPlace() throws Exception {
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(ExitCode.RESTORED))) {
            ShimRun nothing = run("restore", SEGMENT, RECOVERY_PATH);
            assertThat(nothing.exitCode()).isEqualTo(255);
            assertThat(nothing.stderr())
                    .contains("\"pg_wal/RECOVERYXLOG\" is not there: No such file or directory")
                    .contains("hint: Do the agent and PostgreSQL see the same data directory");
            Files.createDirectory(data.resolve(RECOVERY_PATH));
            assertThat(run("restore", SEGMENT, RECOVERY_PATH).stderr()).contains("is not there: Not a regular file");
            touch("standby.signal");
            assertThat(run("restore", SEGMENT, RECOVERY_PATH).exitCode()).isEqualTo(1);
        }
    }

    @Test
    void successAndAbsenceOnAStandbyAreSilent() throws Exception {
        touch("standby.signal");
        touch(RECOVERY_PATH);
        try (FakeAgent _ = new FakeAgent(
                socket,
                FakeAgent.answer(ExitCode.ARCHIVED),
                FakeAgent.answer(ExitCode.RESTORED),
                FakeAgent.answer(ExitCode.ABSENT))) {
            for (ShimRun run : List.of(
                    run("archive", "pg_wal/" + SEGMENT),
                    run("restore", SEGMENT, RECOVERY_PATH),
                    run("restore", SEGMENT, RECOVERY_PATH))) {
                assertThat(run.stdout() + run.stderr()).isEmpty();
            }
        }
    }

    @Test
    void theEndOfTheArchiveOfARecoveryIsNotedButIsNoError() throws Exception {
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(404, "absent", "asked 2 repositories\n"))) {
            assertThat(run("restore", SEGMENT, RECOVERY_PATH).stderr())
                    .isEqualTo("pgsidecar-wal: \"" + SEGMENT + "\" is not in the archive: asked 2 repositories\n");
        }
    }

    @Test
    void theAgentsWordsAppearAsPostgresqlsOwnProgramsWriteThem() throws Exception {
        String body = "the segment is truncated\r\ndetail: 5 bytes\nmore of it\n\nhint: look at the disk\n";
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(422, "bad-segment", body))) {
            assertThat(run("archive", "pg_wal/" + SEGMENT).stderr()).isEqualTo("""
                    pgsidecar-wal: error: could not archive "pg_wal/000000010000000000000001": the segment is truncated
                    pgsidecar-wal: detail: 5 bytes
                    pgsidecar-wal: detail: more of it
                    pgsidecar-wal: hint: look at the disk
                    """);
        }
    }

    @Test
    void controlCharactersOfTheAnswerAreNotPassedOn() throws Exception {
        String body = "a\u001b[2Jb\u0007c\rd\u009be\u007f \u00fc\u20ac\ud83d\ude00\nhint: \u0000\t\n";
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(422, "bad-segment", body))) {
            String stderr = run("archive", "pg_wal/" + SEGMENT).stderr();
            assertThat(stderr.chars().filter(c -> c != '\n').noneMatch(Character::isISOControl))
                    .isTrue();
            assertThat(stderr).contains("a?[2Jb?c?d", "e? \u00fc\u20ac\ud83d\ude00\n", "hint: ??\n");
        }
    }

    @Test
    void anAnswerWithoutReasonIsStillNamed() throws Exception {
        try (FakeAgent _ = new FakeAgent(socket, FakeAgent.answer(503, "repository-unavailable", ""))) {
            assertThat(run("archive", "pg_wal/" + SEGMENT).stderr())
                    .contains("the agent answered \"repository-unavailable\" and gave no reason");
        }
    }
}
