package io.pgsidecar.archive.wal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalArchiver.Outcome;
import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalArchiverTest {

    private static final String PATH = "pg_wal/" + Cluster.SEGMENT;
    private static final ObjectKey KEY = Cluster.key(Cluster.SEGMENT, Compression.ZSTD);

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore store;

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
        cluster.write(Cluster.SEGMENT);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4", "ZSTD"})
    void storesWhatIsThereAndNothingElse(Compression compression) throws Exception {
        WalArchiver archiver = new WalArchiver(cluster.data(), List.of(Cluster.repository(store, compression)));
        assertThat(archiver.archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.STORED);
        ObjectKey key = Cluster.key(Cluster.SEGMENT, compression);
        assertThat(Cluster.stored(store, key)).isEqualTo(cluster.content(Cluster.SEGMENT));
        assertThat(keys()).containsExactly("main/pgsidecar/repository.json", key.value());
        assertThat(cluster.wal(Cluster.SEGMENT)).hasBinaryContent(cluster.content(Cluster.SEGMENT));
    }

    @Test
    void tellsOfEachFileOnceItIsArchivedAndOfNoOther() throws Exception {
        WalArchiver archiver = new WalArchiver(cluster.data(), List.of(Cluster.repository(store, Compression.ZSTD)));
        List<ArchivedFile> told = new ArrayList<>();
        archiver.onArchived(told::add);
        archiver.archive(PATH, OptionalLong.empty());
        archiver.archive(PATH, OptionalLong.empty());
        assertThatThrownBy(() -> archiver.archive("pg_wal/000000010000000000000099", OptionalLong.empty()))
                .isInstanceOf(WalException.class);
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().name()).hasToString(Cluster.SEGMENT);
        assertThat(told.getFirst().outcome()).isEqualTo(Outcome.STORED);
        assertThat(told.getFirst().bytes()).isEqualTo(cluster.content(Cluster.SEGMENT).length);
        assertThat(told.getFirst().ahead()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {Cluster.SEGMENT, Cluster.HISTORY, Cluster.BACKUP, Cluster.PARTIAL})
    void eachKindGoesToItsKey(String name) throws Exception {
        byte[] content = cluster.write(name);
        assertThat(cluster.archiver(store).archive("pg_wal/" + name, OptionalLong.empty()))
                .isEqualTo(Outcome.STORED);
        ObjectKey key = Cluster.key(name, Compression.ZSTD);
        assertThat(Cluster.stored(store, key)).isEqualTo(content);
        assertThat(keys()).containsExactlyInAnyOrder("main/pgsidecar/repository.json", key.value());
        assertThat(cluster.archiver(store).archive("pg_wal/" + name, OptionalLong.empty()))
                .isEqualTo(Outcome.ALREADY_STORED);
    }

    @Test
    void theSameAgainCountsAsStored() throws Exception {
        WalArchiver archiver = cluster.archiver(store);
        archiver.archive(PATH, OptionalLong.empty());
        byte[] before = Cluster.raw(store, KEY);
        assertThat(archiver.archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.ALREADY_STORED);
        assertThat(cluster.archiver(store).archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.ALREADY_STORED);
        assertThat(Cluster.raw(store, KEY)).isEqualTo(before);
    }

    @Test
    void whatHasVanishedFromTheRepositoryIsStoredAgain() throws Exception {
        WalArchiver archiver = cluster.archiver(store);
        archiver.archive(PATH, OptionalLong.empty());
        store.delete(List.of(KEY));
        assertThat(archiver.archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.STORED);
        assertThat(Cluster.stored(store, KEY)).isEqualTo(cluster.content(Cluster.SEGMENT));
    }

    /** What a volume that is unmounted under the agent looks like: nothing may be archived into its mount point. */
    @Test
    void aRepositoryThatHasLostItsMarkerIsNotBegunAnew() throws Exception {
        WalArchiver archiver = cluster.archiver(store);
        archiver.archive(PATH, OptionalLong.empty());
        Path mount = folder.resolve("repository");
        Files.move(mount, folder.resolve("unmounted"));
        Files.createDirectory(mount);
        cluster.write(Cluster.NEXT_SEGMENT);
        for (String name : List.of(Cluster.SEGMENT, Cluster.NEXT_SEGMENT)) {
            assertRefused(
                    Reason.REPOSITORY_UNAVAILABLE, () -> archiver.archive("pg_wal/" + name, OptionalLong.empty()));
        }
        assertThat(keys()).isEmpty();
        assertThat(cluster.archiver(store).archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.STORED);
    }

    /** The file's name is in it too, and this process has acknowledged that file: but not into this repository. */
    @Test
    void aRepositoryThatBecameAnotherClustersIsRefusedForWhatWasAcknowledgedToo() throws Exception {
        WalArchiver archiver = cluster.archiver(store);
        archiver.archive(PATH, OptionalLong.empty());
        Path repository = folder.resolve("repository");
        Files.move(repository, folder.resolve("ours"));
        Files.createDirectory(repository);
        Cluster other = new Cluster(folder.resolve("other"), Cluster.OTHER_ID);
        other.write(Cluster.SEGMENT);
        other.archiver(store).archive(PATH, OptionalLong.empty());
        assertRefused(Reason.OTHER_CLUSTER, () -> archiver.archive(PATH, OptionalLong.empty()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void otherContentUnderTheNameIsRefusedWithBothChecksums(boolean freshArchiver) throws Exception {
        WalArchiver archiver = cluster.archiver(store);
        archiver.archive(PATH, OptionalLong.empty());
        byte[] before = Cluster.raw(store, KEY);
        byte[] other = cluster.write(Cluster.SEGMENT, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));

        String storedSum = sha256(cluster.content(Cluster.SEGMENT));
        String otherSum = sha256(other);

        WalArchiver second = freshArchiver ? cluster.archiver(store) : archiver;
        assertThatThrownBy(() -> second.archive(PATH, OptionalLong.empty()))
                .isInstanceOfSatisfying(WalException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.CONFLICT);
                    assertThat(e).hasMessageContaining("\"r1\"").hasMessageContaining(KEY.value());
                    assertThat(e.detail().orElseThrow()).contains(storedSum).contains(otherSum);
                    assertThat(e.hint()).isPresent();
                });
        assertThat(Cluster.raw(store, KEY)).isEqualTo(before);
    }

    /** Two standbys promoted in the same segment both leave one; to refuse it would block all that comes after. */
    @Test
    void anotherPartialSegmentOfTheSameNameIsStoredBesideTheFirst() throws Exception {
        String path = "pg_wal/" + Cluster.PARTIAL;
        byte[] first = cluster.write(Cluster.PARTIAL);
        cluster.archiver(store).archive(path, OptionalLong.empty());
        byte[] second = cluster.write(Cluster.PARTIAL, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));
        WalArchiver archiver = cluster.archiver(store);
        assertThat(archiver.archive(path, OptionalLong.empty())).isEqualTo(Outcome.STORED);
        assertThat(archiver.archive(path, OptionalLong.empty())).isEqualTo(Outcome.ALREADY_STORED);
        assertThat(cluster.archiver(store).archive(path, OptionalLong.empty())).isEqualTo(Outcome.ALREADY_STORED);

        assertThat(Cluster.stored(store, Cluster.key(Cluster.PARTIAL, Compression.ZSTD)))
                .isEqualTo(first);
        String beside = Cluster.PARTIAL + "." + sha256(second).substring(0, 16) + ".zst";
        assertThat(Cluster.stored(store, Cluster.LAYOUT.partial("0000000100000000", beside)))
                .isEqualTo(second);
        assertThat(keys()).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4"})
    void aNameThatIsStoredWithAnotherCompressionIsStored(Compression earlier) throws Exception {
        new WalArchiver(cluster.data(), List.of(Cluster.repository(store, earlier)))
                .archive(PATH, OptionalLong.empty());
        assertThat(cluster.archiver(store).archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.ALREADY_STORED);
        assertThat(store.stat(KEY)).isEmpty();

        cluster.write(Cluster.SEGMENT, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));
        assertRefused(Reason.CONFLICT, () -> cluster.archiver(store).archive(PATH, OptionalLong.empty()));
        assertThat(store.stat(KEY)).isEmpty();
    }

    @Test
    void aStoredObjectThatCannotBeReadBackIsReportedNeverOverwritten() throws Exception {
        cluster.archiver(store).archive(PATH, OptionalLong.empty());
        byte[] whole = Cluster.raw(store, KEY);
        for (byte[] damaged : List.of(new byte[0], new byte[100], Arrays.copyOf(whole, whole.length / 2))) {
            Cluster.put(store, KEY, damaged);
            assertRefused(Reason.CORRUPT, () -> cluster.archiver(store).archive(PATH, OptionalLong.empty()));
            assertThat(Cluster.raw(store, KEY)).isEqualTo(damaged);
        }
    }

    @Test
    void aSegmentThatIsNoneIsRefusedBeforeAnythingIsStored() throws Exception {
        byte[] good = cluster.content(Cluster.SEGMENT);
        List<byte[]> bad = List.of(
                new byte[0],
                Arrays.copyOf(good, 39),
                Arrays.copyOf(good, good.length - 1),
                Arrays.copyOf(good, good.length + 1),
                new byte[good.length],
                cluster.content(Cluster.NEXT_SEGMENT));
        for (byte[] content : bad) {
            cluster.write(Cluster.SEGMENT, content);
            assertRefused(Reason.BAD_SEGMENT, () -> cluster.archiver(store).archive(PATH, OptionalLong.empty()));
        }
        cluster.write(Cluster.HISTORY, new byte[1000]);
        assertRefused(
                Reason.BAD_SEGMENT,
                () -> cluster.archiver(store).archive("pg_wal/" + Cluster.HISTORY, OptionalLong.empty()));
        cluster.write(Cluster.BACKUP, "something".getBytes(UTF_8));
        assertRefused(
                Reason.BAD_SEGMENT,
                () -> cluster.archiver(store).archive("pg_wal/" + Cluster.BACKUP, OptionalLong.empty()));
        assertThat(keys()).isEmpty();
    }

    @Test
    void aSegmentOfAnotherClusterIsRefused() throws Exception {
        cluster.write(Cluster.SEGMENT, Cluster.segment(Cluster.SEGMENT, Cluster.OTHER_ID, 0));
        assertRefused(Reason.OTHER_CLUSTER, () -> cluster.archiver(store).archive(PATH, OptionalLong.empty()));
        assertThat(keys()).isEmpty();
    }

    @Test
    void aSegmentThatPostgresqlIsStillWritingIsRefused() throws Exception {
        Files.createFile(cluster.wal("archive_status/0000000100000000000000AA.done"));
        Files.delete(cluster.wal("archive_status/" + Cluster.SEGMENT + ".ready"));
        assertRefused(Reason.BAD_SEGMENT, () -> cluster.archiver(store).archive(PATH, OptionalLong.empty()));
        assertThat(keys()).isEmpty();

        Files.createFile(cluster.wal("archive_status/" + Cluster.SEGMENT + ".done"));
        assertThat(cluster.archiver(store).archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.STORED);
    }

    @Test
    void ofAServerThatMarksNoSegmentsNobodyCanTellWhetherOneIsFinished() throws Exception {
        Files.delete(cluster.wal("archive_status/" + Cluster.SEGMENT + ".ready"));
        assertThat(cluster.archiver(store).archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.STORED);
    }

    /** The caller is another server then: told "archived", it would recycle a segment that nobody has stored. */
    @Test
    void aFileThatIsNotTheCallersIsRefused() throws Exception {
        long modified = Files.getLastModifiedTime(cluster.wal(Cluster.SEGMENT)).to(TimeUnit.NANOSECONDS);
        WalArchiver archiver = cluster.archiver(store);
        assertRefused(Reason.BAD_REQUEST, () -> archiver.archive(PATH, OptionalLong.of(modified + 1)));
        assertThat(keys()).isEmpty();
        assertThat(archiver.archive(PATH, OptionalLong.of(modified))).isEqualTo(Outcome.STORED);
        assertRefused(Reason.BAD_REQUEST, () -> archiver.archive(PATH, OptionalLong.of(modified - 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pg_wal/absent",
                "pg_wal/000000010000000000000009",
                "pg_wal/../pg_wal/" + Cluster.SEGMENT,
                "global/pg_control",
                "/etc/passwd",
                "pg_wal",
                ""
            })
    void otherPathsAreRefused(String path) throws Exception {
        assertRefused(Reason.BAD_REQUEST, () -> cluster.archiver(store).archive(path, OptionalLong.empty()));
        assertThat(keys()).isEmpty();
    }

    @Test
    void aMissingRepositoryFolderIsUnavailableAndIsNotMade() throws Exception {
        Path missing = folder.resolve("missing");
        try (ObjectStore away = FilesystemStore.open(missing)) {
            assertRefused(
                    Reason.REPOSITORY_UNAVAILABLE, () -> cluster.archiver(away).archive(PATH, OptionalLong.empty()));
            assertThat(missing).doesNotExist();
        }
    }

    @Test
    void everyRepositoryMustAcknowledge() throws Exception {
        Path second = folder.resolve("second");
        try (ObjectStore other = FilesystemStore.open(second)) {
            WalArchiver archiver =
                    new WalArchiver(cluster.data(), List.of(Cluster.repository(store), Cluster.repository(other)));
            assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> archiver.archive(PATH, OptionalLong.empty()));
            Files.createDirectory(second);
            assertThat(archiver.archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.STORED);
            assertThat(Cluster.stored(other, KEY)).isEqualTo(cluster.content(Cluster.SEGMENT));
            assertThat(archiver.archive(PATH, OptionalLong.empty())).isEqualTo(Outcome.ALREADY_STORED);

            Files.move(second, folder.resolve("unmounted"));
            assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> archiver.archive(PATH, OptionalLong.empty()));
        }
    }

    @Test
    void withoutARepositoryThereIsNoArchiver() {
        assertThatThrownBy(() -> new WalArchiver(cluster.data(), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private List<String> keys() throws IOException {
        try (Stream<ObjectInfo> objects = store.list(ObjectKey.ROOT)) {
            return objects.map(o -> o.key().value()).toList();
        }
    }

    static void assertRefused(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        WalException.class,
                        e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
