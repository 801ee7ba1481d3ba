package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code pgsidecar check} on a real server: what works is found working, and each thing that does not is named. */
class CheckIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    private record Run(int exit, String out) {}

    /** As the user that the agent runs as: root would make folders that the agent cannot write to. */
    private static Run check(Pod pod, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                pod.app().pgsidecar().toString(),
                "check",
                "--config",
                pod.agent().config().toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(RunAs.command(command))
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), out);
    }

    @Test
    void findsThatEverythingWorksAndSaysInJsonToo() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.server().configure("archive_timeout = '1h'");
            pod.start();

            Run first = check(pod);
            assertThat(first.exit()).as(first.out()).isZero();
            assertThat(first.out())
                    .contains("ok       repository main", "it holds nothing of server \"main\" yet")
                    .contains("ok       agent", "ok       postgres", "archive_command calls the agent")
                    .containsPattern("ok +archiving +segment [0-9A-F]{24} was finished and archived in \\d+ ms")
                    .endsWith("Nothing failed.\n");
            assertThat(pod.storedSegments()).hasSize(1);

            Run again = check(pod, "--output", "json");
            assertThat(again.exit()).isZero();
            JsonNode findings = new ObjectMapper().readTree(again.out());
            assertThat(findings)
                    .isNotEmpty()
                    .allSatisfy(
                            finding -> assertThat(finding.get("level").asText()).isEqualTo("ok"));
            assertThat(pod.storedSegments()).as("each check archives a segment").hasSize(2);
            try (Stream<Path> left = Files.walk(home.resolve("r/main/pgsidecar/check"))) {
                assertThat(left).as("nothing of its own is left").hasSize(1);
            }
            assertThat(check(pod, "--no-switch").out()).contains("skipped  archiving");
            assertThat(pod.storedSegments()).hasSize(2);
        }
    }

    @Test
    void namesWhatIsWrongAndWhatWouldBeRight() throws Exception {
        try (Pod pod = Pod.create(16, home.resolve("a"), home.resolve("r"))) {
            pod.agent().start();
            Run noServer = check(pod);
            assertThat(noServer.exit()).isEqualTo(1);
            assertThat(noServer.out()).contains("FAILED   postgres", "Is PostgreSQL running");

            pod.server().configure("archive_command = 'true'");
            pod.server().start();
            Run otherCommand = check(pod);
            assertThat(otherCommand.exit()).isEqualTo(1);
            assertThat(otherCommand.out())
                    .contains("FAILED   settings", "archive_command does not call the agent: \"true\"")
                    .contains("WARNING  settings", "archive_timeout is 0")
                    .contains("skipped  archiving");

            pod.server().configure("archive_command = '" + pod.command("archive %p") + "'");
            pod.server().query("SELECT pg_reload_conf()");
            pod.server().awaitQuery("SELECT setting <> 'true' FROM pg_settings WHERE name = 'archive_command'", "t");
            pod.agent().stop();
            Run noAgent = check(pod, "--timeout", "1");
            assertThat(noAgent.exit()).isEqualTo(1);
            assertThat(noAgent.out()).contains("FAILED   agent", "Start the agent", "FAILED   archiving");
        }
    }

    @Test
    void aRepositoryThatCannotBeWrittenOrIsAnothersFails() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"));
                Pod other = Pod.create(17, home.resolve("b"), home.resolve("r"))) {
            pod.start();
            pod.switchAndArchive();
            other.agent().start();
            Run foreign = check(other);
            assertThat(foreign.exit()).isEqualTo(1);
            assertThat(foreign.out())
                    .contains("FAILED   repository main", "belongs to the cluster with system identifier")
                    .contains("Set \"server\" to a name of this cluster's own.");

            Path probes = home.resolve("r/main/pgsidecar/check");
            assertThat(check(pod, "--no-switch").exit()).isZero();
            Files.delete(probes);
            Files.writeString(probes, "a file where the folder should be");
            Run unwritable = check(pod, "--no-switch");
            assertThat(unwritable.exit()).isEqualTo(1);
            assertThat(unwritable.out()).contains("FAILED   repository main", "cannot write an object");
        }
    }
}
