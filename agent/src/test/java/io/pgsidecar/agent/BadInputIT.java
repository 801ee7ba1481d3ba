package io.pgsidecar.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Shim;
import io.pgsidecar.probes.postgres.RunAs;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not this cluster's WAL is refused, says why, and changes nothing. */
class BadInputIT {

    private static final String FREE_NAME = "0000000100000000000000AA";

    @TempDir(factory = PodFolder.class)
    static Path home;

    private static Pod pod;
    private static String archived;

    @BeforeAll
    static void start() {
        pod = Pod.create(17, home.resolve("a"), home.resolve("r")).start();
        archived = pod.switchAndArchive();
    }

    @AfterAll
    static void stop() {
        pod.close();
    }

    @Test
    void aSegmentOfAnotherClusterIsRefused() throws Exception {
        try (Pod other = Pod.create(17, home.resolve("b"), home.resolve("r2"))) {
            Path foreign;
            try (var files = Files.newDirectoryStream(other.server().data().resolve("pg_wal"), "0000*")) {
                foreign = files.iterator().next();
            }
            Shim.Result result = archive(FREE_NAME, Files.readAllBytes(foreign));
            assertThat(result.exit()).isEqualTo(45);
            assertThat(result.stderr())
                    .contains("belongs to the cluster with system identifier")
                    .contains("hint: ");
        }
    }

    /** Two servers, one agent: "archived" would be the agent's own file of that name, and the other server's is lost. */
    @Test
    void anotherServersSegmentIsNotTakenForOursOfTheSameName() throws Exception {
        String name = "000000010000000000000001";
        try (Pod other = Pod.create(17, home.resolve("twin"), home.resolve("r3"))) {
            Shim shim = new Shim(other.server().data(), pod.agent().socket());
            Shim.Result result = shim.archive("pg_wal/" + name);
            assertThat(result.exit()).as(result.stderr()).isEqualTo(43);
            assertThat(result.stderr())
                    .contains("is not the file that PostgreSQL wants archived")
                    .contains("hint: ");
        }
    }

    @Test
    void theSegmentThatIsBeingWrittenIsRefused() {
        pod.server().execute("CHECKPOINT"); // So that there is such a segment on the disk.
        String current = pod.server().query("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
        Shim.Result result = pod.shim().archive("pg_wal/" + current);
        assertThat(result.exit()).as(result.stderr()).isEqualTo(44);
        assertThat(result.stderr()).contains("is not finished");
        assertThat(pod.storedSegments()).doesNotContainKey(current);
    }

    @Test
    void aQueryThatIsNotEncodedIsAnsweredAndAPathWithALineEndIsOneLineOfTheLog() throws Exception {
        assertThat(post("/v1/wal/archive?path=%ZZ")).startsWith("HTTP/1.1 400").contains("the query is not encoded");
        assertThat(post("/v1/wal/archive?path=pg_wal/x%0AFORGED")).startsWith("HTTP/1.1 400");
        assertThat(pod.agent().log().lines()).noneMatch(line -> line.startsWith("FORGED"));
    }

    private static String post(String target) throws Exception {
        try (SocketChannel channel =
                SocketChannel.open(UnixDomainSocketAddress.of(pod.agent().socket()))) {
            String request =
                    "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            channel.write(ByteBuffer.wrap(request.getBytes(UTF_8)));
            return new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
        }
    }

    @Test
    void aTruncatedSegmentIsRefused() throws Exception {
        byte[] whole = Files.readAllBytes(wal(archived));
        Shim.Result result = archive(archived, Arrays.copyOf(whole, whole.length / 2));
        assertThat(result.exit()).isEqualTo(44);
        assertThat(result.stderr()).contains("8388608 bytes").contains("16777216");
    }

    @Test
    void garbageIsRefused() throws Exception {
        byte[] garbage = new byte[1 << 24];
        new Random(1).nextBytes(garbage);
        Shim.Result result = archive(FREE_NAME, garbage);
        assertThat(result.exit()).isEqualTo(44);
        assertThat(result.stderr()).contains("which no segment of PostgreSQL 14 to 18 has");
        assertThat(archive(FREE_NAME, new byte[0]).exit()).isEqualTo(44);
    }

    @Test
    void aSegmentUnderAnothersNameIsRefused() throws Exception {
        Shim.Result result = archive(FREE_NAME, Files.readAllBytes(wal(archived)));
        assertThat(result.exit()).isEqualTo(44);
        assertThat(result.stderr()).contains("is not where a segment of that name begins");
    }

    @Test
    void aHistoryFileThatIsNoneIsRefused() throws Exception {
        assertThat(archive("00000002.history", new byte[0]).exit()).isEqualTo(44);
        assertThat(archive("00000002.history", "3\t0/5000000\tfuture\n".getBytes(UTF_8))
                        .exit())
                .isEqualTo(44);
    }

    @Test
    void otherContentUnderAStoredNameIsRefusedAndNothingIsOverwritten() throws Exception {
        Path stored = pod.stored(archived);
        byte[] before = Files.readAllBytes(stored);
        byte[] changed = Files.readAllBytes(wal(archived));
        changed[changed.length - 1] ^= 1;
        Shim.Result result = archive(archived, changed);
        assertThat(result.exit()).isEqualTo(46);
        assertThat(result.stderr())
                .contains("has other content")
                .containsPattern("SHA-256 .*[0-9a-f]{64}.*[0-9a-f]{64}");
        assertThat(Files.readAllBytes(stored)).isEqualTo(before);
    }

    @Test
    void theSameContentOnceMoreIsArchived() throws Exception {
        assertThat(pod.shim().archive("pg_wal/" + archived)).isEqualTo(new Shim.Result(0, ""));
        assertThat(archive(archived, Files.readAllBytes(wal(archived)))).isEqualTo(new Shim.Result(0, ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pg_wal/../pg_wal/000000010000000000000001",
                "../pg/data/pg_wal/000000010000000000000001",
                "/etc/passwd",
                "pg_wal/xlogtemp.4711",
                "pg_wal/000000010000000000000001.zst",
                "pg_wal/00000001000000000000000g",
                "pg_wal/000000000000000000000001",
                "pg_wal/0000000100000000000000FE",
                "pg_wal",
                "pg_wal/archive_status",
                "/"
            })
    void aNameOrPathThatPostgresDoesNotMakeIsRefused(String path) {
        Shim.Result result = pod.shim().archive(path);
        assertThat(result.exit()).as(result.stderr()).isEqualTo(43);
        assertThat(result.stderr()).startsWith("pgsidecar-wal: error: could not archive");
    }

    @Test
    void aLinkOutOfTheDataDirectoryIsRefused() throws Exception {
        Path outside = Files.copy(wal(archived), home.resolve("outside"));
        RunAs.own(outside);
        Path link = Files.createSymbolicLink(wal("0000000100000000000000BB"), outside);
        try {
            assertThat(pod.shim().archive("pg_wal/0000000100000000000000BB").exit())
                    .isEqualTo(43);
        } finally {
            Files.delete(link);
        }
        Path folder = Files.createSymbolicLink(pod.server().data().resolve("out"), home);
        try {
            assertThat(pod.shim().archive("out/outside").exit()).isEqualTo(43);
            assertThat(pod.shim().restore(archived, "out/restored").exit()).isEqualTo(255);
            assertThat(home.resolve("restored")).doesNotExist();
        } finally {
            Files.delete(folder);
        }
    }

    @Test
    void restoreRefusesWhatIsNoWalAndNeverLooksLikeAbsence() {
        assertThat(pod.shim().restore("../../secret", "pg_wal/RECOVERYXLOG").exit())
                .isEqualTo(255);
        assertThat(pod.shim().restore(archived, "../RECOVERYXLOG").exit()).isEqualTo(255);
        assertThat(pod.shim().restore(archived, "PG_VERSION").exit()).isEqualTo(255);
        assertThat(pod.server().data().resolve("PG_VERSION")).content().isEqualTo("17\n");
        assertThat(pod.shim().restore(FREE_NAME, "pg_wal/RECOVERYXLOG").exit()).isEqualTo(1);
    }

    @Test
    void theSecondOfTwoClustersOnOneRepositoryIsRefusedAndTheFirstGoesOn() {
        try (Pod second = Pod.create(16, home.resolve("c"), home.resolve("r"))) {
            second.start();
            second.server().execute("SELECT pg_switch_wal()");
            second.server().awaitQuery("SELECT failed_count > 0 FROM pg_stat_archiver", "t");
            assertThat(second.server().query("SELECT archived_count FROM pg_stat_archiver"))
                    .isEqualTo("0");
            assertThat(second.server().log())
                    .contains("belongs to the cluster with system identifier")
                    .contains("pgsidecar-wal: hint: Set \"server\" to a name of this cluster's own");
        }
        String next = pod.switchAndArchive();
        assertThat(pod.storedSegments()).containsKey(next);
    }

    private static Path wal(String name) {
        return pod.server().data().resolve("pg_wal").resolve(name);
    }

    /** Archives a file of the name, with the content, from a folder in the data directory. */
    private static Shim.Result archive(String name, byte[] content) throws Exception {
        Path folder = pod.server().data().resolve("made-up");
        Files.createDirectories(folder);
        Files.write(folder.resolve(name), content);
        RunAs.own(folder);
        return pod.shim().archive("made-up/" + name);
    }
}
