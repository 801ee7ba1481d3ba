package io.pgsidecar.agent.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PackagedApp;
import io.pgsidecar.agent.pod.PodFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The story, and the ways in which it can end; and what the script does without building anything. */
class QuickstartIT {

    private static final Path SCRIPT = Path.of("../quickstart").toAbsolutePath().normalize();
    private static final String POSTGRES = System.getProperty("postgres.binaries", "");

    @TempDir(factory = PodFolder.class)
    Path parent;

    private Path folder = Path.of("");
    private final ByteArrayOutputStream told = new ByteArrayOutputStream();

    @BeforeEach
    void putTheAppInPlace() throws Exception {
        folder = Files.createDirectory(parent.resolve("pgsidecar-quickstart-1"));
        Path built = PackagedApp.built().home();
        assertThat(start("cp", "-R", built.toString(), folder.resolve("app").toString())
                        .waitFor())
                .isZero();
    }

    @Test
    void theWholeStoryHoldsAndLeavesNothing() throws Exception {
        Process story = story("once");
        assertThat(story.waitFor(15, TimeUnit.MINUTES)).isTrue();
        assertThat(output())
                .contains("PostgreSQL 17 from Maven")
                .contains("kill -9 ")
                .contains("proven: archiving went on by itself")
                .contains("stored byte for byte")
                .containsPattern("accounts +20,000 +20,000 .* same\n")
                .contains("it is still a standby")
                .containsPattern("standby +http://127.0.0.1:\\d+/readyz +200 +replica, ")
                .contains("proven: it is done, which it only is when all WAL that it needs is archived")
                .contains("proven: every row of the moment before is there, none of later, and the books balance")
                .contains("proven: the table is back on the primary")
                .contains("pg_stat_replication of the primary has it as streaming")
                .contains("All 10 things that had to hold did")
                .doesNotContain("\033");
        assertThat(story.exitValue()).isZero();
        assertThat(folder).doesNotExist();
    }

    @Test
    void aStandbyThatCannotBeBuiltIsAFailureWithTheReasonAndTheLogsAreKept() throws Exception {
        Chapter damage = new Chapter() {
            @Override
            public String title() {
                return "A bit of the archive turns over";
            }

            @Override
            public void tell(Stage stage) throws IOException {
                Bank.create(stage.primary().server(), 1);
                Path object = stage.primary().stored(stage.primary().switchAndArchive());
                stage.primary().switchAndArchive();
                byte[] bytes = Files.readAllBytes(object);
                bytes[bytes.length / 2] ^= 0x10;
                Files.write(object, bytes);
                stage.standby().agent().set("restore.retryFor", "0s");
            }
        };
        Quickstart quickstart = inThisProcess(true, List.of(new StartPrimary(), damage, new BuildStandby()));
        assertThat(quickstart.run()).isEqualTo(1);
        assertThat(told.toString(StandardCharsets.UTF_8))
                .contains("FAILED: the standby cannot get its WAL from the archive")
                .contains(".zst cannot be read back")
                .contains("The logs and files are kept in " + folder);
        assertThat(folder.resolve("standby/pg/postgres.log")).isNotEmptyFile();
        assertThat(noted()).hasSize(4).noneMatch(QuickstartIT::runs);
    }

    @Test
    void whatIsLeftRunningIsStoppedAndRemovedAndNothingElse() throws Exception {
        Process bystander = start("sleep", "600");
        try {
            assertThat(inThisProcess(false, List.of(new StartPrimary())).run()).isZero();
            assertThat(told.toString(StandardCharsets.UTF_8))
                    .contains("the-command --stop")
                    .contains("curl --unix-socket " + folder.resolve("primary/agent/agent.sock"));
            List<Long> processes = noted();
            assertThat(processes).hasSize(2).allMatch(QuickstartIT::runs);
            // The number of a process that ended may be another's.
            new QuickstartFolder(folder).note(bystander.pid(), "postgres");
            new QuickstartFolder(folder).note(bystander.pid(), "agent");

            Process stop = script("--stop");
            assertThat(stop.waitFor(2, TimeUnit.MINUTES)).isTrue();
            assertThat(output()).isEqualTo(folder + ": stopped and removed\n");
            assertThat(stop.exitValue()).isZero();
            // Ours to reap: they are gone when a thread of ours has seen it.
            while (processes.stream().anyMatch(QuickstartIT::runs)) {
                Thread.sleep(20);
            }
            assertThat(bystander.isAlive()).isTrue();
            assertThat(folder).doesNotExist();

            assertThat(script("--stop").waitFor()).isZero();
            assertThat(output()).startsWith("nothing to stop");
        } finally {
            bystander.destroyForcibly();
        }
    }

    @Test
    void aStoryThatIsBeingToldIsNotStoppedByAnotherCallAndASignalTakesAllDown() throws Exception {
        Process story = story("stay");
        while (!output().contains("started PostgreSQL")) {
            assertThat(story.isAlive()).as(output()).isTrue();
            Thread.sleep(50);
        }
        List<Long> processes;
        // It stands still meanwhile: soon it would kill the agent itself.
        signal("STOP", story);
        try {
            processes = noted().stream().filter(QuickstartIT::runs).toList();
            assertThat(processes).isNotEmpty();
            assertThat(run(parent.resolve("stop"), SCRIPT.toString(), "--stop").waitFor())
                    .isZero();
            assertThat(parent.resolve("stop"))
                    .content()
                    .startsWith(folder + ": still at its story (process " + story.pid());
            assertThat(processes).allMatch(QuickstartIT::runs);
        } finally {
            signal("CONT", story);
        }

        story.destroy();
        assertThat(story.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(output()).contains("Interrupted: stopped and removed everything.");
        assertThat(story.exitValue()).isEqualTo(128 + 15);
        assertThat(processes).noneMatch(QuickstartIT::runs);
        assertThat(folder).doesNotExist();
    }

    @Test
    void theScriptTellsUsageFromMistakes() throws Exception {
        assertThat(script("--help").waitFor()).isZero();
        assertThat(output()).startsWith("Usage: ./quickstart [--once | --stop | --help]\n");
        assertThat(script("--onec").waitFor()).isEqualTo(2);
        assertThat(output()).startsWith("quickstart: error: unknown option \"--onec\"\n");
        assertThat(script("--once", "--stop").waitFor()).isEqualTo(2);
        assertThat(output()).contains("one option at most");
    }

    private Quickstart inThisProcess(boolean once, List<Chapter> chapters) {
        Narrator narrator = new Narrator(new PrintStream(told, true, StandardCharsets.UTF_8), false);
        return new Quickstart(folder, Path.of(POSTGRES), once, "the-command", narrator, chapters);
    }

    /** As the script starts it: with nothing on the class path but the tests' classes and the app. */
    private Process story(String mode) throws IOException {
        String classes = Arrays.stream(System.getProperty("java.class.path").split(":", -1))
                .filter(entry -> entry.endsWith("test-classes") || entry.endsWith("-tests.jar"))
                .reduce("", (all, entry) -> all + entry + ":");
        return start(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dpgsidecar.ports.from=10000",
                "-Dpgsidecar.ports.to=15000",
                "-cp",
                classes + folder.resolve("app/lib") + "/*",
                QuickstartMain.class.getName(),
                mode,
                folder.toString(),
                POSTGRES,
                "the-command",
                "file");
    }

    private Process script(String... arguments) throws IOException {
        String[] command = new String[arguments.length + 1];
        command[0] = SCRIPT.toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return start(command);
    }

    private Process start(String... command) throws IOException {
        return run(parent.resolve("output"), command);
    }

    private Process run(Path output, String... command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("PGSIDECAR_QUICKSTART_FOLDER", parent.toString());
        return builder.start();
    }

    /** What the last program that was started has written. */
    private String output() throws IOException {
        return new String(Files.readAllBytes(parent.resolve("output")), StandardCharsets.UTF_8);
    }

    /** The servers and agents that were noted. */
    private List<Long> noted() throws IOException {
        return Files.readAllLines(folder.resolve("processes")).stream()
                .filter(line -> line.endsWith(" agent") || line.endsWith(" postgres"))
                .map(line -> Long.valueOf(line.substring(0, line.indexOf(' '))))
                .toList();
    }

    private static void signal(String name, Process process) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static boolean runs(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
