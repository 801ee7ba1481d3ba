package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code backup prune} over a folder: three backups, nine segments of 1 MB on timeline 1, and some on timeline 2. */
class BackupPruneCommandTest {

    private static final Instant BEGIN = Instant.parse("2026-03-01T03:00:00Z");

    @TempDir
    Path folder;

    private record Run(int exit, String out, String err) {}

    @BeforeEach
    void createRepository() throws IOException {
        put(
                "pgsidecar/repository.json",
                "{\"format\":1,\"systemIdentifier\":\"7\",\"walSegmentSize\":1048576,\"created\":\"2026-03-01T03:00:00Z\"}");
        for (int number = 1; number <= 9; number++) {
            put("wals/0000000100000000/" + name(1, number) + ".zst", "x");
        }
        put("wals/00000002.history", "1\t0/950000\tno recovery target specified\n");
        put("wals/0000000200000000/" + name(2, 9) + ".zst", "x");
        store("20260301T030000", 2);
        store("20260302T030000", 4);
        store("20260303T030000", 6);
        put("pgsidecar/backups/20260302T120000/failed.json", "{\"error\":\"the disk is full\"}");
        configure("redundancy: 2");
    }

    private void configure(String retention) throws IOException {
        Files.writeString(folder.resolve("agent.yaml"), """
                postgres:
                  data: %1$s/data
                repositories:
                  r1:
                    path: %1$s/r1
                retention:
                  %2$s
                """.formatted(folder, retention));
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

    private static String name(int timeline, int number) {
        return "%08X%08X%08X".formatted(timeline, 0, number);
    }

    private void put(String name, String content) throws IOException {
        Path file = folder.resolve("r1/main/" + name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private void store(String id, int segment) throws IOException {
        Instant begin = BEGIN.plus(Duration.ofHours(segment));
        put("base/" + id + "/data.tar.zst", "x");
        put("base/" + id + "/backup.info", """
                begin_time=%s
                begin_wal=%s
                begin_xlog=0/%X
                end_time=%s
                end_wal=%s
                end_xlog=0/%X
                status=DONE
                timeline=1
                version=170002
                xlog_segment_size=1048576
                """.formatted(
                        begin.toString().replace("Z", "+00:00"),
                        name(1, segment),
                        (segment << 20) + 40,
                        begin.plusSeconds(60).toString().replace("Z", "+00:00"),
                        name(1, segment),
                        (segment << 20) + 400));
    }

    private boolean exists(String name) {
        return Files.exists(folder.resolve("r1/main/" + name));
    }

    @Test
    void aDryRunSaysWhatWouldGoAndWhyAndChangesNothing() {
        Run run = run("backup", "prune", "--dry-run");
        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isZero();
        assertThat(run.out()).isEqualTo("""
                Repository r1 (dry run):
                  REMOVE  backup 20260301T030000: later backups are enough
                  keep    backup 20260302T030000: it is one of the last 2 (retention.redundancy)
                  REMOVE  backup 20260302T120000: it failed, and a later one is good
                  keep    backup 20260303T030000: it is one of the last 2 (retention.redundancy)
                  REMOVE  WAL before 0/400028 of timeline 1: backup 20260302T030000 needs it from 000000010000000000000004 on
                  REMOVE  WAL before 0/400028 of timeline 2: backup 20260302T030000 needs it from 000000010000000000000004 on
                Would remove 2 backups and 3 WAL segments (3 bytes).
                """);
        assertThat(exists("base/20260301T030000/backup.info")).isTrue();
        assertThat(exists("wals/0000000100000000/" + name(1, 1) + ".zst")).isTrue();
    }

    @Test
    void whatIsNoLongerWantedGoesAndTheRestStays() throws Exception {
        Run run = run("backup", "prune", "--output", "json");
        assertThat(run.exit()).isZero();
        JsonNode json = new ObjectMapper().readTree(run.out()).get(0);
        assertThat(json.path("removedSegments").asLong()).isEqualTo(3);
        assertThat(exists("base/20260301T030000/data.tar.zst")).isFalse();
        assertThat(exists("pgsidecar/backups/20260302T120000/failed.json")).isFalse();
        assertThat(exists("base/20260302T030000/backup.info")).isTrue();
        assertThat(exists("wals/0000000100000000/" + name(1, 3) + ".zst")).isFalse();
        assertThat(exists("wals/0000000100000000/" + name(1, 4) + ".zst")).isTrue();
        assertThat(exists("wals/0000000200000000/" + name(2, 9) + ".zst")).isTrue();
        assertThat(exists("wals/00000002.history")).isTrue();
        assertThat(run("backup", "prune").out()).contains("Removed 0 backups and 0 WAL segments");
    }

    @Test
    void whatIsMarkedStaysWithItsWal() throws Exception {
        assertThat(run("backup", "keep", "20260301T030000").exit()).isZero();
        assertThat(run("backup", "prune").out()).contains("Removed 1 backup and 1 WAL segment ");
        assertThat(exists("wals/0000000100000000/" + name(1, 2) + ".zst")).isTrue();
    }

    @Test
    void aWindowIsGivenInDaysWeeksOrMonths() throws Exception {
        configure("window: 3m");
        Run run = run("backup", "prune", "--dry-run");
        assertThat(run.exit()).isZero();
        configure("window: 3y");
        Run wrong = run("backup", "prune", "--dry-run");
        assertThat(wrong.exit()).isEqualTo(78);
        assertThat(wrong.err()).contains("retention.window", "must be a number of days, weeks or months (7d, 4w, 3m)");
    }

    @Test
    void withoutARetentionNothingGoes() throws Exception {
        configure("minimum: 2");
        assertThat(run("backup", "prune").out())
                .contains("keep    backup 20260301T030000: no retention is configured")
                .contains("Removed 0 backups and 0 WAL segments");
    }
}
