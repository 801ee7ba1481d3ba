package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups that are cancelled, that meet another one, and whose repositories fail or are full in the middle. */
class BrokenOffBackupIT {

    private static final long RATE = 1L << 20;

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void itIsTheOnlyOneAndCanBeCancelledAndEndsWithItsAgent() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.agent().set("backup.rateLimit", "1MB");
            Ballast ignored = Ballast.in(pod.server());
            pod.start();
            CompletableFuture<Program> backup = begun(pod);
            Program second = Program.run(pod, "backup", "now");
            assertThat(second.exit()).as(second.out()).isEqualTo(51);
            assertThat(second.out()).contains("a backup is under way, 20", "pgsidecar backup cancel");
            // However long it took to begin, or has stood still: in the end it is as fast as it may be, and never
            // faster.
            pod.agent().await("it has its rate", () -> {
                JsonNode now = status(pod);
                double seconds = now.path("seconds").asDouble();
                double rate = now.path("bytesDone").asLong() / seconds;
                if (seconds > 3) {
                    assertThat(rate).as("after %s s", seconds).isLessThan(RATE * 1.3);
                }
                return seconds > 3 && rate > RATE * 0.3;
            });

            Program cancel = Program.run(pod, "backup", "cancel");
            assertThat(cancel.exit()).as(cancel.out()).isZero();
            Program ended = backup.join();
            assertThat(ended.exit()).as(ended.out()).isEqualTo(1);
            assertThat(ended.out()).contains("the backup was cancelled");
            Program nothing = Program.run(pod, "backup", "cancel");
            assertThat(nothing.exit()).as(nothing.out()).isEqualTo(43);
            assertThat(nothing.out()).contains("the agent is taking no backup");
            assertThat(states(pod, "main")).containsExactly("failed");
            assertThat(stored(home.resolve("r"))).isEmpty();

            CompletableFuture<Program> last = begun(pod);
            assertThat(pod.agent().stop()).isZero();
            assertThat(last.join().exit()).as(last.join().out()).isNotZero();
            assertThat(states(pod, "main")).containsExactly("failed", "failed");
            assertThat(stored(home.resolve("r"))).isEmpty();
            assertThat(Program.run(pod, "backup", "cancel").exit()).isEqualTo(40);
        }
    }

    @Test
    void withoutAnOptionalRepositoryItIsInTheOtherAndWithoutARequiredOneItIsNone() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            Path copy = Files.createDirectory(home.resolve("c"));
            RunAs.own(copy);
            pod.agent()
                    .keepIn(List.of(
                            "repositories.main.path: " + home.resolve("r"),
                            "repositories.copy.path: " + copy,
                            "repositories.copy.optional: true"));
            pod.agent().set("backup.rateLimit", "12MB");
            pod.start();
            Ballast ballast = Ballast.in(pod.server());
            CompletableFuture<Program> backup = begun(pod);
            takeAway(copy);
            ballast.throwOff();
            Program ended = backup.join();
            assertThat(ended.exit()).as(ended.out()).isZero();
            assertThat(ended.out()).contains("WARNING: the optional repository \"copy\" does not have it");
            bringBack(copy);
            assertThat(states(pod, "main")).containsExactly("done");
            assertThat(states(pod, "copy")).doesNotContain("done");

            ballast = Ballast.in(pod.server());
            CompletableFuture<Program> other = begun(pod);
            takeAway(home.resolve("r"));
            ballast.throwOff();
            Program none = other.join();
            assertThat(none.exit()).as(none.out()).isEqualTo(47);
            bringBack(home.resolve("r"));
            assertThat(states(pod, "main").subList(1, 2)).doesNotContain("done");
            assertThat(states(pod, "copy")).doesNotContain("done");
        }
    }

    @Test
    void aFullRepositoryHasNone() throws Exception {
        Assumptions.assumeThat(RunAs.root())
                .as("only root makes a small file system")
                .isTrue();
        Path small = Files.createDirectory(home.resolve("small"));
        Assumptions.assumeThat(run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small.toString()))
                .isZero();
        try (Pod pod = Pod.create(17, home.resolve("a"), small)) {
            byte[] noise = new byte[40 << 20];
            new Random(1).nextBytes(noise);
            Files.write(
                    Files.createDirectory(pod.server().data().resolve("extra")).resolve("noise"), noise);
            RunAs.own(pod.server().data().resolve("extra"));
            pod.agent().set("backup.tarSize", "16MB");
            pod.start();
            Program backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out()).isEqualTo(47);
            assertThat(backup.out()).containsIgnoringCase("no space left");
            assertThat(states(pod, "main")).containsExactly("failed");
            assertThat(stored(small)).isEmpty();
            Files.delete(pod.server().data().resolve("extra/noise"));
            Program next = Program.run(pod, "backup", "now");
            assertThat(next.exit()).as(next.out()).isZero();
        } finally {
            assertThat(run("umount", "-l", small.toString())).isZero();
        }
    }

    private static CompletableFuture<Program> begun(Pod pod) {
        CompletableFuture<Program> backup = Program.begin(pod, "backup", "now");
        pod.agent().await("it copies", () -> {
            JsonNode now = status(pod);
            return now.path("state").asText().equals("running")
                    && now.path("phase").asText().equals("copying")
                    && now.path("bytesDone").asLong() > 1 << 20;
        });
        return backup;
    }

    private static JsonNode status(Pod pod) throws IOException {
        return new ObjectMapper().readTree(pod.agent().get("/status").body()).path("backup");
    }

    private static List<String> states(Pod pod, String repository) throws IOException {
        Program list = Program.run(pod, "backup", "list", "--repository", repository, "--output", "json");
        assertThat(list.exit()).as(list.out()).isZero();
        return new ObjectMapper().readTree(list.out()).get(0).path("backups").findValuesAsText("state");
    }

    private static List<Path> stored(Path repository) throws IOException {
        if (!Files.exists(repository.resolve("main/base"))) {
            return List.of();
        }
        try (Stream<Path> base = Files.walk(repository.resolve("main/base"))) {
            return base.filter(Files::isRegularFile).toList();
        }
    }

    /** A file in the folder's place keeps it from being made again. */
    private static void takeAway(Path folder) throws IOException {
        Files.move(folder, folder.resolveSibling(folder.getFileName() + ".away"));
        Files.writeString(folder, "");
    }

    private static void bringBack(Path folder) throws IOException {
        Files.delete(folder);
        Files.move(folder.resolveSibling(folder.getFileName() + ".away"), folder);
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
