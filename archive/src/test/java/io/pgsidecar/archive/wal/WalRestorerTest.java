package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.WalArchiverTest.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.CompressedSamples;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalException.Reason;
import io.pgsidecar.archive.wal.WalRestorer.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalRestorerTest {

    private static final ObjectKey KEY = Cluster.key(Cluster.SEGMENT, Compression.ZSTD);

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore store;

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private void store(String name, Compression compression, byte[] content) throws IOException {
        Cluster.put(store, Cluster.key(name, compression), CompressedSamples.compressed(compression, content));
    }

    private void claim() throws Exception {
        new RepositoryOwner("r1", store, Cluster.LAYOUT).claim(Cluster.ID, Cluster.SEGMENT_SIZE);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void bringsBackWhateverCompressionItWasStoredWith(Compression compression) throws Exception {
        claim();
        for (String name : List.of(Cluster.SEGMENT, Cluster.HISTORY, Cluster.PARTIAL, Cluster.BACKUP)) {
            store(name, compression, cluster.content(name));
            assertThat(cluster.restore(name, store)).isEqualTo(Outcome.RESTORED);
            assertThat(cluster.wal("RECOVERYXLOG")).hasBinaryContent(cluster.content(name));
        }
        assertNothingElseInWal("RECOVERYXLOG");
    }

    @Test
    void whatTheArchiverStoredComesBackIntoAnEmptyServer() throws Exception {
        cluster.write(Cluster.SEGMENT);
        cluster.archiver(store).archive("pg_wal/" + Cluster.SEGMENT, OptionalLong.empty());
        Cluster standby = new Cluster(folder.resolve("standby"), Cluster.ID);
        assertThat(standby.restorer(store).restore(Cluster.SEGMENT, "pg_wal/" + Cluster.SEGMENT, () -> false))
                .isEqualTo(Outcome.RESTORED);
        assertThat(standby.wal(Cluster.SEGMENT)).hasBinaryContent(cluster.content(Cluster.SEGMENT));
    }

    @Test
    void absentIsProvenByTheMarkerOrByASegment() throws Exception {
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> cluster.restore(Cluster.SEGMENT, store));
        store(Cluster.NEXT_SEGMENT, Compression.GZIP, cluster.content(Cluster.NEXT_SEGMENT));
        assertThat(cluster.restore(Cluster.SEGMENT, store)).isEqualTo(Outcome.ABSENT);
        store.delete(List.of(Cluster.key(Cluster.NEXT_SEGMENT, Compression.GZIP)));
        claim();
        for (String name : List.of(Cluster.SEGMENT, Cluster.HISTORY, Cluster.PARTIAL, Cluster.BACKUP)) {
            assertThat(cluster.restore(name, store)).isEqualTo(Outcome.ABSENT);
        }
        assertNothingElseInWal();
    }

    @ParameterizedTest
    @ValueSource(strings = {Cluster.SEGMENT, Cluster.HISTORY, Cluster.BACKUP, Cluster.PARTIAL})
    void anotherClustersRepositoryNeverSaysAbsentAndGivesNothing(String name) throws Exception {
        new RepositoryOwner("r1", store, Cluster.LAYOUT).claim(Cluster.OTHER_ID, Cluster.SEGMENT_SIZE);
        assertRefused(Reason.OTHER_CLUSTER, () -> cluster.restore(name, store));
        // Its history is text, and looks just like ours.
        Cluster other = new Cluster(folder.resolve("other"), Cluster.OTHER_ID);
        store(name, Compression.ZSTD, other.content(name));
        assertRefused(Reason.OTHER_CLUSTER, () -> cluster.restore(name, store));
        assertNothingElseInWal();
    }

    @Test
    void aHistoryInARepositoryOfUnknownOwnerIsNotHandedOver() throws Exception {
        store(Cluster.HISTORY, Compression.ZSTD, cluster.content(Cluster.HISTORY));
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> cluster.restore(Cluster.HISTORY, store));
        assertNothingElseInWal();
    }

    @Test
    void whatIsDamagedIsNeitherPutInPlaceNorAbsent() throws Exception {
        claim();
        byte[] good = cluster.content(Cluster.SEGMENT);
        byte[] compressed = CompressedSamples.compressed(Compression.ZSTD, good);
        byte[] flipped = compressed.clone();
        flipped[flipped.length / 2] ^= 1;
        Map<String, byte[]> damaged = new LinkedHashMap<>();
        damaged.put("empty", new byte[0]);
        damaged.put("garbage", "garbage".getBytes(UTF_8));
        damaged.put("cut", Arrays.copyOf(compressed, compressed.length - 1));
        damaged.put("cut in half", Arrays.copyOf(compressed, compressed.length / 2));
        damaged.put("a flipped bit", flipped);
        damaged.put("no compression", good);
        damaged.put("empty inside", CompressedSamples.compressed(Compression.ZSTD, new byte[0]));
        damaged.put("zeros", CompressedSamples.compressed(Compression.ZSTD, new byte[good.length]));
        damaged.put("short", CompressedSamples.compressed(Compression.ZSTD, Arrays.copyOf(good, good.length - 1)));
        damaged.put("header only", CompressedSamples.compressed(Compression.ZSTD, Arrays.copyOf(good, 40)));
        damaged.put("long", CompressedSamples.compressed(Compression.ZSTD, Arrays.copyOf(good, good.length + 1)));
        damaged.put(
                "another segment",
                CompressedSamples.compressed(Compression.ZSTD, cluster.content(Cluster.NEXT_SEGMENT)));
        damaged.forEach((what, bytes) -> {
            assertThatThrownBy(
                            () -> {
                                Cluster.put(store, KEY, bytes);
                                cluster.restore(Cluster.SEGMENT, store);
                            },
                            what)
                    .isInstanceOfSatisfying(
                            WalException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT))
                    .hasMessageContaining(KEY.value());
        });
        Cluster.put(store, Cluster.key(Cluster.HISTORY, Compression.NONE), new byte[50]);
        assertRefused(Reason.CORRUPT, () -> cluster.restore(Cluster.HISTORY, store));
        assertNothingElseInWal();
    }

    @Test
    void aSegmentOfAnotherClusterInOurRepositoryIsNamedAsSuch() throws Exception {
        claim();
        store(Cluster.SEGMENT, Compression.ZSTD, Cluster.segment(Cluster.SEGMENT, Cluster.OTHER_ID, 0));
        assertRefused(Reason.OTHER_CLUSTER, () -> cluster.restore(Cluster.SEGMENT, store));
        assertNothingElseInWal();
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4", "BZIP2"})
    void ofTwoVariantsTheSoundOneIsTaken(Compression sound) throws Exception {
        claim();
        Cluster.put(store, KEY, new byte[100]);
        assertRefused(Reason.CORRUPT, () -> cluster.restore(Cluster.SEGMENT, store));
        store(Cluster.SEGMENT, sound, cluster.content(Cluster.SEGMENT));
        assertThat(cluster.restore(Cluster.SEGMENT, store)).isEqualTo(Outcome.RESTORED);
        assertThat(cluster.wal("RECOVERYXLOG")).hasBinaryContent(cluster.content(Cluster.SEGMENT));
    }

    @Test
    void whatIsInPlaceStaysWhenARestoreFails() throws Exception {
        claim();
        Cluster.put(store, KEY, new byte[100]);
        Files.writeString(cluster.wal("RECOVERYXLOG"), "earlier");
        assertRefused(Reason.CORRUPT, () -> cluster.restore(Cluster.SEGMENT, store));
        assertThat(cluster.wal("RECOVERYXLOG")).hasContent("earlier");
        assertNothingElseInWal("RECOVERYXLOG");
    }

    @Test
    void absentNeedsEveryRepository() throws Exception {
        claim();
        Path second = folder.resolve("second");
        try (ObjectStore away = FilesystemStore.open(second)) {
            assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> cluster.restore(Cluster.SEGMENT, store, away));
            assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> cluster.restore(Cluster.SEGMENT, away, store));
            // Not mounted, but the mount point is there.
            Files.createDirectory(second);
            assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> cluster.restore(Cluster.SEGMENT, store, away));

            new RepositoryOwner("r2", away, Cluster.LAYOUT).claim(Cluster.ID, Cluster.SEGMENT_SIZE);
            assertThat(cluster.restore(Cluster.SEGMENT, store, away)).isEqualTo(Outcome.ABSENT);
            Cluster.put(store, KEY, new byte[100]);
            assertRefused(Reason.CORRUPT, () -> cluster.restore(Cluster.SEGMENT, store, away));
            Cluster.put(away, KEY, CompressedSamples.compressed(Compression.ZSTD, cluster.content(Cluster.SEGMENT)));
            assertThat(cluster.restore(Cluster.SEGMENT, store, away)).isEqualTo(Outcome.RESTORED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "../x", "RECOVERYXLOG", "00000002.history.zst", "000000010000000000000001/.."})
    void otherNamesAreRefused(String name) {
        assertRefused(Reason.BAD_REQUEST, () -> cluster.restore(name, store));
    }

    @Test
    void otherDestinationsAreRefused() throws Exception {
        claim();
        store(Cluster.SEGMENT, Compression.ZSTD, cluster.content(Cluster.SEGMENT));
        for (String path : List.of("global/pg_control", "../x", "/tmp", "absent/x", "pg_wal", "", "pg_wal/a/b")) {
            assertRefused(
                    Reason.BAD_REQUEST, () -> cluster.restorer(store).restore(Cluster.SEGMENT, path, () -> false));
        }
        assertThat(cluster.data().systemIdentifier()).isEqualTo(Cluster.ID);
    }

    @Test
    void withoutAControlFileNothingIsRestored() throws Exception {
        claim();
        store(Cluster.SEGMENT, Compression.ZSTD, cluster.content(Cluster.SEGMENT));
        Files.delete(cluster.root().resolve("global/pg_control"));
        assertRefused(Reason.FAILED, () -> cluster.restore(Cluster.SEGMENT, store));
        assertNothingElseInWal();
    }

    @Test
    void whatAKilledAgentLeftIsSweptAtTheStart() throws Exception {
        Files.write(cluster.wal("RECOVERYXLOG.pgsidecar-1"), new byte[100]);
        Files.write(cluster.wal(Cluster.SEGMENT + ".pgsidecar-2b"), new byte[100]);
        Files.write(cluster.wal("RECOVERYXLOG"), new byte[100]);
        cluster.write(Cluster.SEGMENT);
        cluster.restorer(store);
        assertNothingElseInWal("RECOVERYXLOG", Cluster.SEGMENT);
    }

    @Test
    void theDataDirectoryMayComeLater() throws Exception {
        claim();
        store(Cluster.SEGMENT, Compression.ZSTD, cluster.content(Cluster.SEGMENT));
        Path later = folder.resolve("later");
        WalRestorer restorer =
                new WalRestorer(new DataDirectory(later), List.of(Cluster.repository(store)), Duration.ZERO);
        new Cluster(later, Cluster.ID);
        assertThat(restorer.restore(Cluster.SEGMENT, "pg_wal/RECOVERYXLOG", () -> false))
                .isEqualTo(Outcome.RESTORED);
        assertThatThrownBy(() -> new WalRestorer(cluster.data(), List.of(), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void assertNothingElseInWal(String... names) {
        String[] expected = Arrays.copyOf(names, names.length + 1);
        expected[names.length] = "archive_status";
        assertThat(cluster.root().resolve("pg_wal").toFile().list()).containsExactlyInAnyOrder(expected);
    }
}
