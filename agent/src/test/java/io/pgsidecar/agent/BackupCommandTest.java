package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code backup list}, {@code show}, {@code delete}, {@code keep} and {@code unkeep} over folders. */
class BackupCommandTest {

    private static final String ID = "20261125T101502";

    @TempDir
    Path folder;

    private record Run(int exit, String out, String err) {}

    @BeforeEach
    void createRepositories() throws IOException {
        for (String repository : new String[] {"r1", "r2"}) {
            Files.createDirectories(folder.resolve(repository));
        }
        Files.writeString(folder.resolve("agent.yaml"), """
                postgres:
                  data: %1$s/data
                repositories:
                  r1:
                    path: %1$s/r1
                  r2:
                    path: %1$s/r2
                """.formatted(folder));
    }

    private Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Main.commandLine(
                        Map.of("PGSIDECAR_CONFIG", folder.resolve("agent.yaml").toString()))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Run(exit, out.toString(), err.toString());
    }

    private Path put(String repository, String name, String content) throws IOException {
        Path file = folder.resolve(repository + "/main/" + name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    /** One that was begun so many hours ago, and took 65 seconds. */
    private void store(String repository, String id, int hours) throws IOException {
        Instant begin = Instant.now().minus(hours, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);
        put(repository, "base/" + id + "/data.tar.zst", "x".repeat(2048));
        put(repository, "base/" + id + "/backup.info", """
                # pgsidecar.cluster_size=3145728
                begin_time=%s
                begin_wal=000000010000000000000006
                begin_xlog=0/6000028
                end_time=%s
                end_wal=000000010000000000000007
                end_xlog=0/7000138
                pgdata=/data
                status=DONE
                systemid=7412345678901234567
                timeline=1
                version=170002
                """.formatted(begin, begin.plusSeconds(65))
                .replace("Z\n", "+00:00\n"));
    }

    @Test
    void listShowsEachAndWhyOneIsNotGood() throws Exception {
        store("r1", ID, 28);
        put("r1", "base/20261125T111502/backup.info", "status=DONE\n");
        put("r1", "pgsidecar/backups/20261125T121502/claim.json", "{}");
        put("r1", "pgsidecar/backups/20261125T131502/failed.json", "{\"error\":\"the disk is full\"}");
        Run run = run("backup", "list", "--no-window");
        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isZero();
        assertThat(run.out().lines()).element(0).isEqualTo("Repository r1:");
        assertThat(run.out().lines().map(line -> line.replaceAll(" +", " ")))
                .contains("ID AGE TYPE SIZE STORED DURATION WAL TIMELINE RECOVERABLE TO STATE")
                .contains(ID + " 1d 4h full 3 MB 2.3 kB 1m 5s 000000010000000000000006 to 000000010000000000000007"
                        + " 1 - DONE")
                .anyMatch(line -> line.startsWith("20261125T121502") && line.endsWith("RUNNING"))
                .anyMatch(line -> line.startsWith("20261125T111502") && line.endsWith("UNREADABLE"))
                .contains("20261125T111502: backup.info has no version")
                .contains("20261125T131502: the disk is full")
                .endsWith("Repository r2:", "no backups");
    }

    @Test
    void listForProgramsHasTheSame() throws Exception {
        store("r2", ID, 28);
        JsonNode json = new ObjectMapper()
                .readTree(run("backup", "list", "--output", "json").out());
        assertThat(json).hasSize(2);
        assertThat(json.at("/0/backups")).isEmpty();
        JsonNode backup = json.at("/1/backups/0");
        assertThat(backup.path("id").asText()).isEqualTo(ID);
        assertThat(backup.path("state").asText()).isEqualTo("done");
        assertThat(backup.path("duration").asLong()).isEqualTo(65);
        assertThat(backup.path("size").asLong()).isEqualTo(3_145_728);
        assertThat(backup.at("/end/segment").asText()).isEqualTo("000000010000000000000007");
    }

    @Test
    void aRepositoryThatIsAwayHidesNoOther() throws Exception {
        store("r1", ID, 1);
        Files.delete(folder.resolve("r2"));
        Run run = run("backup", "list");
        assertThat(run.exit()).isEqualTo(47);
        assertThat(run.out()).contains(ID).contains("Repository r2: repository \"r2\" cannot be listed");
        assertThat(run("backup", "list", "--repository", "r1").exit()).isZero();
    }

    @Test
    void showKnowsLatest() throws Exception {
        store("r1", ID, 2);
        store("r1", "20261125T111502", 1);
        Run run = run("backup", "show", "latest");
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .contains("Backup:         20261125T111502\n")
                .contains("Cluster:        7412345678901234567\n");
        Run json = run("backup", "show", ID, "--output", "json");
        assertThat(new ObjectMapper().readTree(json.out()).path("repository").asText())
                .isEqualTo("r1");
        Run absent = run("backup", "show", ID, "--repository", "r2");
        assertThat(absent.exit()).isEqualTo(43);
        assertThat(absent.err()).contains("pgsidecar: repository \"r2\" has no backup " + ID);
    }

    @Test
    void whatIsKeptIsNotDeleted() throws Exception {
        store("r1", ID, 1);
        assertThat(run("backup", "keep", "latest").out()).isEqualTo("Backup " + ID + " in repository r1 is kept.\n");
        assertThat(run("backup", "list").out()).contains("DONE (kept)");
        Run refused = run("backup", "delete", ID);
        assertThat(refused.exit()).isEqualTo(43);
        assertThat(refused.err()).contains("marked to be kept").contains("pgsidecar backup unkeep " + ID);
        assertThat(run("backup", "unkeep", ID).exit()).isZero();
        Run deleted = run("backup", "delete", ID, "--output", "json");
        assertThat(deleted.exit()).isZero();
        assertThat(new ObjectMapper().readTree(deleted.out()).path("done").asText())
                .isEqualTo("deleted");
        assertThat(run("backup", "list", "--repository", "r1").out()).contains("no backups");
    }

    @Test
    void whatIsRemovedIsToBeNamed() throws Exception {
        store("r1", ID, 1);
        Run run = run("backup", "delete", "latest");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("not a backup's ID");
        assertThat(run("backup", "delete", ID, "--repository", "r3").err())
                .contains("there is no repository \"r3\"; there are: r1, r2");
        assertThat(run("backup", "list").out()).contains("DONE");
    }

    @Test
    void verifyTellsAllThatIsWrong() throws Exception {
        store("r1", ID, 1);
        put("r1", "pgsidecar/repository.json", """
                {"format": 1, "systemIdentifier": "7412345678901234567", "walSegmentSize": 16777216,
                 "created": "2026-11-25T10:00:00Z"}
                """);
        Run run = run("backup", "verify", "latest");
        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isEqualTo(49);
        assertThat(run.out())
                .startsWith("Backup " + ID + " in repository r1: NOT GOOD\n")
                .containsPattern("damaged +data.tar.zst +it cannot be read")
                .containsPattern("wal-missing +WAL +");
        JsonNode json = new ObjectMapper()
                .readTree(run("backup", "verify", ID, "--output", "json").out());
        assertThat(json.path("good").asBoolean()).isFalse();
        assertThat(json.path("findings"))
                .extracting(finding -> finding.path("kind").asText())
                .containsExactlyInAnyOrder("damaged", "wal-missing");
        Run absent = run("backup", "verify", ID, "--repository", "r2");
        assertThat(absent.exit()).isEqualTo(43);
    }
}
