package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.archive.wal.WalSegmentName;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code wal list} and {@code wal verify} over folders, with segments of 1 MB. */
class WalCommandTest {

    private static final int SIZE = 1 << 20;
    private static final long ID = 7_412_345_678_901_234_567L;
    private static final Instant BEGIN = Instant.parse("2026-03-01T03:00:00Z");

    @TempDir
    Path folder;

    private record Run(int exit, String out, String err) {}

    @BeforeEach
    void createCluster() throws IOException {
        Files.createDirectories(folder.resolve("data/global"));
        Files.createDirectories(folder.resolve("data/pg_wal/archive_status"));
        byte[] control = ByteBuffer.allocate(8192)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(ID)
                .array();
        Files.write(folder.resolve("data/global/pg_control"), control);
        for (String repository : new String[] {"r1", "r2"}) {
            Path own = Files.createDirectories(folder.resolve(repository + "/main/pgsidecar"));
            Files.writeString(
                    own.resolve("repository.json"),
                    "{\"format\":1,\"systemIdentifier\":\"%d\",\"walSegmentSize\":%d,\"created\":\"%s\"}"
                            .formatted(ID, SIZE, BEGIN));
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

    private static String name(int timeline, int number) {
        return new WalSegmentName(timeline, number >> 12, number & 0xfff).toString();
    }

    /** Stores a whole segment; each is a minute younger than the one before. */
    private Path store(String repository, int timeline, int number) throws IOException {
        WalSegmentName segment = WalSegmentName.parse(name(timeline, number));
        byte[] bytes = ByteBuffer.allocate(SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(0, (short) 0xD116)
                .putShort(2, (short) 0x0002)
                .putInt(4, timeline)
                .putLong(8, segment.startLsn(SIZE))
                .putLong(24, ID)
                .putInt(32, SIZE)
                .putInt(36, 8192)
                .array();
        return put(repository, "wals/" + segment.folder() + "/" + segment, bytes, number);
    }

    private Path put(String repository, String name, byte[] bytes, int minute) throws IOException {
        Path file = folder.resolve(repository + "/main/" + name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        return Files.setLastModifiedTime(file, FileTime.from(BEGIN.plus(Duration.ofMinutes(minute))));
    }

    private void mark(String file, Instant at) throws IOException {
        Path mark = Files.createFile(folder.resolve("data/pg_wal/archive_status/" + file));
        Files.setLastModifiedTime(mark, FileTime.from(at));
    }

    private void storeWithAGap(String repository) throws IOException {
        for (int number : new int[] {1, 2, 3, 6}) {
            store(repository, 1, number);
        }
        put(
                repository,
                "wals/00000002.history",
                "1\t0/700148\tno recovery target specified\n".getBytes(StandardCharsets.UTF_8),
                7);
        store(repository, 2, 7);
        store(repository, 2, 8);
    }

    @Test
    void listShowsRangesAndWhatIsBetweenThem() throws Exception {
        storeWithAGap("r1");
        put("r1", "pgsidecar/partial/0000000100000000/" + name(1, 7) + ".partial", new byte[2048], 7);
        Run run = run("wal", "list", "--repository", "r1");
        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isZero();
        assertThat(run.out()).isEqualTo("""
                Repository r1: cluster 7412345678901234567, segments of 1 MB
                TIMELINE  FIRST                     LAST                      SEGMENTS  SIZE  STORED FROM           TO
                       1  000000010000000000000001  000000010000000000000003         3  3 MB  2026-03-01 03:01:00Z  2026-03-01 03:03:00Z
                          - not stored -                                             2
                       1  000000010000000000000006  000000010000000000000006         1  1 MB  2026-03-01 03:06:00Z  2026-03-01 03:06:00Z
                       2  000000020000000000000007  000000020000000000000008         2  2 MB  2026-03-01 03:07:00Z  2026-03-01 03:08:00Z
                Histories: 2 (from 1 at 0/700148)
                Besides: partial segments 1 (2 kB)
                """);
    }

    @Test
    void aWholeRepositoryVerifies() throws Exception {
        for (String repository : new String[] {"r1", "r2"}) {
            storeWithAGap(repository);
            store(repository, 1, 4);
            store(repository, 1, 5);
        }
        Run run = run("wal", "verify", "--content");
        assertThat(run.exit()).as(run.out()).isZero();
        assertThat(run.out())
                .contains("Repository r1: ok\n")
                .contains(
                        "8 segments without a gap, 000000010000000000000001 to 000000020000000000000008, timeline 1 → 2")
                .contains("9 objects read and sound, 8 MB of WAL");
    }

    @Test
    void aGapIsNamedWithItsTimesAndWhereItsSegmentsAre() throws Exception {
        storeWithAGap("r1");
        storeWithAGap("r2");
        store("r2", 1, 5);
        mark(name(1, 4) + ".done", BEGIN);
        Run run = run("wal", "verify");
        assertThat(run.exit()).isEqualTo(50);
        assertThat(run.out())
                .contains("Repository r1: MISSING\n")
                .contains(
                        "000000010000000000000004 to 000000010000000000000005 (2 segments), the one before was stored at"
                                + " 2026-03-01 03:03:00Z, the one after at 2026-03-01 03:06:00Z")
                .contains("→ Repository \"r2\" has 1 of them: copy them from there. Or pg_wal still has 1 of them:")
                .contains("Repository r2: MISSING\n")
                .contains("000000010000000000000004 (1 segment)");
    }

    @Test
    void whatWasNeverArchivedIsMissingOnceItIsOverdue() throws Exception {
        store("r1", 1, 1);
        mark(name(1, 2) + ".ready", Instant.now());
        Run fresh = run("wal", "verify", "--repository", "r1");
        assertThat(fresh.exit()).as(fresh.out()).isZero();
        assertThat(fresh.out()).contains("not archived yet: 1 file,");
        mark(name(1, 3) + ".ready", Instant.now().minus(Duration.ofHours(1)));
        assertThat(run("wal", "verify", "--repository", "r1", "--max-lag", "7200")
                        .exit())
                .isZero();
        Run overdue = run("wal", "verify", "--repository", "r1");
        assertThat(overdue.exit()).isEqualTo(50);
        assertThat(overdue.out()).contains("not archived yet: 2 files, the first is " + name(1, 2));
    }

    @Test
    void damageIsFoundWhereTheContentIsReadAndCountsMost() throws Exception {
        storeWithAGap("r1");
        Files.write(store("r1", 1, 9), new byte[SIZE]);
        Run run = run("wal", "verify", "--content", "--repository", "r1", "--output", "json");
        assertThat(run.exit()).isEqualTo(49);
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json).hasSize(1);
        JsonNode r1 = json.get(0);
        assertThat(r1.path("result").asText()).isEqualTo("damaged");
        assertThat(r1.path("missing").asLong()).isEqualTo(2);
        assertThat(r1.path("timeline").asLong()).isEqualTo(2);
        assertThat(r1.at("/gaps/0/first").asText()).isEqualTo(name(1, 4));
        assertThat(r1.at("/gaps/0/storedAfter").asText()).isEqualTo("2026-03-01T03:06:00Z");
        assertThat(r1.at("/content/damaged").asLong()).isEqualTo(1);
        assertThat(r1.at("/content/complete").asBoolean()).isTrue();
        assertThat(r1.path("findings")).anySatisfy(finding -> {
            assertThat(finding.path("level").asText()).isEqualTo("damaged");
            assertThat(finding.path("text").asText()).contains(name(1, 9));
        });
    }

    @Test
    void listForProgramsHasTheSame() throws Exception {
        storeWithAGap("r1");
        Run run = run("wal", "list", "--output", "json");
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json).hasSize(2);
        JsonNode r1 = json.get(0);
        assertThat(r1.path("systemIdentifier").asText()).isEqualTo(String.valueOf(ID));
        assertThat(r1.at("/timelines/0/ranges/1/first").asText()).isEqualTo(name(1, 6));
        assertThat(r1.at("/timelines/0/ranges/0/segments").asLong()).isEqualTo(3);
        assertThat(r1.at("/histories/0/switchPoint").asText()).isEqualTo("0/700148");
        assertThat(json.get(1).path("timelines")).isEmpty();
    }

    @Test
    void aRepositoryThatIsAwayIsNeitherEmptyNorWhole() throws Exception {
        store("r1", 1, 1);
        Files.move(folder.resolve("r2"), folder.resolve("elsewhere"));
        Run verify = run("wal", "verify");
        assertThat(verify.exit()).isEqualTo(47);
        assertThat(verify.out()).contains("Repository r2: UNAVAILABLE\n").contains("Repository r1: ok\n");
        Run list = run("wal", "list");
        assertThat(list.exit()).isEqualTo(47);
        assertThat(run("wal", "verify", "--repository", "r1").exit()).isZero();
    }

    @Test
    void anotherClustersRepositoryIsRefused() throws Exception {
        byte[] other = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(ID + 1)
                .array();
        Files.write(folder.resolve("data/global/pg_control"), other);
        Run run = run("wal", "verify");
        assertThat(run.exit()).isEqualTo(45);
        assertThat(run.out()).contains("OTHER CLUSTER").contains(String.valueOf(ID));
    }

    @Test
    void withoutADataDirectoryItSaysWhatItDoesNotKnow() throws Exception {
        store("r1", 1, 1);
        Files.delete(folder.resolve("data/global/pg_control"));
        Run run = run("wal", "verify", "--repository", "r1");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("no data directory is at hand");
    }

    @Test
    void aMissingHistoryAndADamagedOneAreNamed() throws Exception {
        store("r1", 1, 1);
        store("r1", 3, 2);
        put("r1", "wals/00000003.history", "nonsense".getBytes(StandardCharsets.UTF_8), 2);
        Run run = run("wal", "verify", "--repository", "r1");
        assertThat(run.exit()).isEqualTo(49);
        assertThat(run.out()).contains("00000002.history is missing").contains("gaps before timeline 3 are not seen");
    }

    @Test
    void aNameThatIsNoRepositoryIsAnErrorOfTheCall() {
        Run run = run("wal", "verify", "--repository", "r3");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("there is no repository \"r3\"; there are: r1, r2");
    }
}
