package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.AgeKey;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.FaultyStore.Fault;
import io.pgsidecar.archive.wal.SwitchedStore.Mode;
import io.pgsidecar.archive.wal.WalArchiver.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An optional repository never keeps PostgreSQL waiting, and gets everything in the end. */
@Timeout(120)
class OptionalRepositoryTest {

    private static final OptionalLong BY_HAND = OptionalLong.empty();
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final String THIRD_SEGMENT = "000000010000000000000003";

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore near;
    private ObjectStore spareFolder;
    private SwitchedStore spare;

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        near = FilesystemStore.open(Files.createDirectory(folder.resolve("near")));
        spareFolder = FilesystemStore.open(Files.createDirectory(folder.resolve("spare")));
        spare = new SwitchedStore(spareFolder);
        cluster.write(Cluster.SEGMENT);
    }

    private static WalRepository repository(String name, ObjectStore store, Encryption encryption) {
        return new WalRepository(
                name, store, Cluster.LAYOUT, Compression.ZSTD, Compression.ZSTD.defaultLevel(), encryption);
    }

    private WalArchiver archiver() {
        return archiver(spare, Encryption.NONE);
    }

    private WalArchiver archiver(ObjectStore optional, Encryption encryption) {
        return new WalArchiver(
                cluster.data(),
                List.of(repository("near", near, encryption)),
                List.of(repository("spare", optional, encryption)),
                0,
                PAUSE);
    }

    private static String path(String name) {
        return "pg_wal/" + name;
    }

    /** What the required repository has before the optional one is added. */
    private void archiveWithoutIt(String... names) throws Exception {
        for (String name : names) {
            cluster.write(name);
            cluster.archiver(near).archive(path(name), BY_HAND);
        }
    }

    private static RepositoryLag await(WalArchiver archiver, Predicate<RepositoryLag> condition) throws Exception {
        while (true) {
            RepositoryLag lag = archiver.lags().getFirst();
            if (condition.test(lag)) {
                return lag;
            }
            Thread.sleep(1);
        }
    }

    private static RepositoryLag awaitCaughtUp(WalArchiver archiver) throws Exception {
        return await(
                archiver,
                lag -> lag.compared()
                        && lag.missingFiles() == 0
                        && lag.lastError().isEmpty());
    }

    private static List<String> keys(ObjectStore store) throws IOException {
        try (Stream<ObjectInfo> all = store.list(ObjectKey.ROOT)) {
            return all.map(info -> info.key().value()).toList();
        }
    }

    private void assertSpareHas(String... names) throws IOException {
        for (String name : names) {
            assertThat(Cluster.stored(spareFolder, Cluster.key(name, Compression.ZSTD)))
                    .as(name)
                    .isEqualTo(cluster.content(name));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whileItIsAwayPostgresIsAnsweredAndItGetsTheFileWhenItIsBack(boolean recycled) throws Exception {
        spare.become(Mode.AWAY);
        cluster.write(Cluster.HISTORY);
        try (WalArchiver archiver = archiver()) {
            assertThat(archiver.archive(path(Cluster.SEGMENT), BY_HAND)).isEqualTo(Outcome.STORED);
            assertThat(archiver.archive(path(Cluster.HISTORY), BY_HAND)).isEqualTo(Outcome.STORED);
            RepositoryLag lag = await(archiver, l -> l.lastError().isPresent());
            assertThat(lag.repository()).isEqualTo("spare");
            assertThat(lag.missingFiles()).isEqualTo(2);
            assertThat(lag.missingSince()).isPresent();
            assertThat(lag.caughtUp()).isEmpty();
            assertThat(lag.lastError().orElseThrow()).contains("\"spare\"").contains("it is away");
            if (recycled) {
                Files.delete(cluster.wal(Cluster.SEGMENT));
                Files.delete(cluster.wal(Cluster.HISTORY));
                cluster.write(Cluster.NEXT_SEGMENT);
            }
            spare.become(Mode.WELL);
            lag = awaitCaughtUp(archiver);
            assertThat(lag.caughtUp()).isPresent();
            assertThat(lag.missingSince()).isEmpty();
            assertSpareHas(Cluster.SEGMENT, Cluster.HISTORY);
        }
    }

    @Test
    void whileItHangsPostgresIsAnsweredAndAStopIsNotHeldUp() throws Exception {
        spare.become(Mode.HANGING);
        WalArchiver archiver = archiver();
        assertThat(archiver.archive(path(Cluster.SEGMENT), BY_HAND)).isEqualTo(Outcome.STORED);
        archiver.close();
        spare.become(Mode.WELL);
        assertThat(keys(spareFolder)).isEmpty();
        try (WalArchiver next = archiver()) {
            awaitCaughtUp(next);
            assertSpareHas(Cluster.SEGMENT);
        }
    }

    @Test
    void whatItLacksAtTheStartIsFoundAndBroughtOldestFirst() throws Exception {
        archiveWithoutIt(
                Cluster.SEGMENT, Cluster.NEXT_SEGMENT, THIRD_SEGMENT, Cluster.HISTORY, Cluster.BACKUP, Cluster.PARTIAL);
        byte[] second = cluster.write(Cluster.PARTIAL, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));
        cluster.archiver(near).archive(path(Cluster.PARTIAL), BY_HAND);
        // One that is there with another compression is there.
        new WalArchiver(cluster.data(), List.of(Cluster.repository(spareFolder, Compression.GZIP)))
                .archive(path(Cluster.NEXT_SEGMENT), BY_HAND);
        try (WalArchiver archiver = archiver()) {
            awaitCaughtUp(archiver);
        }
        assertThat(spare.written().stream().map(name -> name.replace(".zst", "")))
                .startsWith(Cluster.SEGMENT, THIRD_SEGMENT, Cluster.HISTORY)
                .hasSize(6);
        assertSpareHas(Cluster.SEGMENT, THIRD_SEGMENT, Cluster.HISTORY, Cluster.BACKUP, Cluster.PARTIAL);
        List<String> beside = keys(near).stream()
                .filter(key -> key.matches(".*partial\\.[0-9a-f]{16}\\.zst"))
                .toList();
        assertThat(beside).hasSize(1);
        assertThat(Cluster.stored(spareFolder, new ObjectKey(beside.getFirst())))
                .isEqualTo(second);
    }

    @Test
    void whicheverCallFailsItGetsEverythingAndNothingHalf() throws Exception {
        archiveWithoutIt(Cluster.SEGMENT, Cluster.HISTORY);
        FaultyStore counting = FaultyStore.counting(spareFolder);
        try (WalArchiver archiver = archiver(counting, Encryption.NONE)) {
            awaitCaughtUp(archiver);
        }
        for (Fault fault : Fault.values()) {
            for (int n = 1; n <= counting.calls(); n++) {
                spareFolder = FilesystemStore.open(Files.createDirectory(folder.resolve("spare" + fault + n)));
                FaultyStore faulty = new FaultyStore(spareFolder, n, ObjectStoreException.Reason.UNAVAILABLE, fault);
                try (WalArchiver archiver = archiver(faulty, Encryption.NONE)) {
                    awaitCaughtUp(archiver);
                }
                assertSpareHas(Cluster.SEGMENT, Cluster.HISTORY);
            }
        }
    }

    @Test
    void whicheverCallOfTheOtherRepositoryFailsNothingWrongIsPublished() throws Exception {
        archiveWithoutIt(Cluster.SEGMENT, Cluster.HISTORY);
        ObjectStore sound = near;
        FaultyStore counting = FaultyStore.counting(sound);
        near = counting;
        try (WalArchiver archiver = archiver()) {
            awaitCaughtUp(archiver);
        }
        for (int n = 1; n <= counting.calls(); n++) {
            spareFolder = FilesystemStore.open(Files.createDirectory(folder.resolve("spare" + n)));
            near = new FaultyStore(sound, n, ObjectStoreException.Reason.UNAVAILABLE, Fault.BEFORE);
            try (WalArchiver archiver = archiver(spareFolder, Encryption.NONE)) {
                awaitCaughtUp(archiver);
            }
            assertSpareHas(Cluster.SEGMENT, Cluster.HISTORY);
        }
    }

    @Test
    void whatIsDamagedElsewhereIsNotCopiedAndTheRestIs() throws Exception {
        archiveWithoutIt(Cluster.SEGMENT, Cluster.NEXT_SEGMENT, THIRD_SEGMENT);
        ObjectKey damaged = Cluster.key(Cluster.NEXT_SEGMENT, Compression.ZSTD);
        byte[] whole = Cluster.raw(near, damaged);
        for (byte[] bytes : List.of(
                new byte[0],
                Arrays.copyOf(whole, whole.length - 1),
                Cluster.raw(near, Cluster.key(THIRD_SEGMENT, Compression.ZSTD)))) {
            Cluster.put(near, damaged, bytes);
            try (WalArchiver archiver = archiver()) {
                RepositoryLag lag = await(archiver, l -> l.compared() && l.missingFiles() == 1);
                assertThat(lag.caughtUp()).isEmpty();
            }
            assertSpareHas(Cluster.SEGMENT, THIRD_SEGMENT);
            assertThat(keys(spareFolder)).hasSize(3).doesNotContain(damaged.value());
        }
    }

    @Test
    void otherContentInItStaysAndThoseBehindItAreBrought() throws Exception {
        cluster.archiver(spareFolder).archive(path(Cluster.SEGMENT), BY_HAND);
        byte[] before = Cluster.raw(spareFolder, Cluster.key(Cluster.SEGMENT, Compression.ZSTD));
        cluster.write(Cluster.SEGMENT, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));
        cluster.write(Cluster.NEXT_SEGMENT);
        try (WalArchiver archiver = archiver()) {
            archiver.archive(path(Cluster.SEGMENT), BY_HAND);
            archiver.archive(path(Cluster.NEXT_SEGMENT), BY_HAND);
            awaitCaughtUp(archiver);
        }
        assertThat(Cluster.raw(spareFolder, Cluster.key(Cluster.SEGMENT, Compression.ZSTD)))
                .isEqualTo(before);
        assertSpareHas(Cluster.NEXT_SEGMENT);
    }

    @Test
    void oneOfAnotherClusterGetsNothing() throws Exception {
        Cluster other = new Cluster(folder.resolve("other"), Cluster.OTHER_ID);
        other.write(Cluster.NEXT_SEGMENT);
        other.archiver(spareFolder).archive(path(Cluster.NEXT_SEGMENT), BY_HAND);
        List<String> before = keys(spareFolder);
        archiveWithoutIt(Cluster.HISTORY);
        try (WalArchiver archiver = archiver()) {
            assertThat(archiver.archive(path(Cluster.SEGMENT), BY_HAND)).isEqualTo(Outcome.STORED);
            await(archiver, lag -> lag.lastError().orElse("").contains("belongs to the cluster"));
        }
        assertThat(keys(spareFolder)).isEqualTo(before);
    }

    @Test
    void onAStandbyThatArchivesNothingItIsLeftToThePrimary() throws Exception {
        archiveWithoutIt(Cluster.SEGMENT);
        Files.createFile(cluster.root().resolve("standby.signal"));
        cluster.write(Cluster.NEXT_SEGMENT);
        try (WalArchiver archiver = archiver()) {
            assertThat(archiver.lags().getFirst().compared()).isFalse();
            assertThat(spare.written()).isEmpty();
            archiver.archive(path(Cluster.NEXT_SEGMENT), BY_HAND); // archive_mode = always
            awaitCaughtUp(archiver);
            assertSpareHas(Cluster.SEGMENT, Cluster.NEXT_SEGMENT);
        }
    }

    @Test
    void whatIsEncryptedIsCopiedAsItIsByAPodWithoutAKey() throws Exception {
        AgeKey key = AgeKey.generate();
        Encryption noKey = AgeKey.onlyFor(key);
        WalArchiver before = new WalArchiver(cluster.data(), List.of(repository("near", near, noKey)));
        before.archive(path(Cluster.SEGMENT), BY_HAND);
        ObjectKey object = new ObjectKey(Cluster.key(Cluster.SEGMENT, Compression.ZSTD) + ".age");
        try (WalArchiver archiver = archiver(spare, noKey)) {
            awaitCaughtUp(archiver);
        }
        assertThat(Cluster.raw(spareFolder, object)).isEqualTo(Cluster.raw(near, object));
    }

    @Test
    void whatWasNotEncryptedYetIsEncryptedOnTheWay() throws Exception {
        AgeKey key = AgeKey.generate();
        archiveWithoutIt(Cluster.SEGMENT, Cluster.HISTORY);
        try (WalArchiver archiver = archiver(spare, AgeKey.onlyFor(key))) {
            awaitCaughtUp(archiver);
        }
        Encryption withKey = AgeKey.with(AgeKey.write(folder.resolve("identities"), key), key);
        for (String name : List.of(Cluster.SEGMENT, Cluster.HISTORY)) {
            ObjectKey object = new ObjectKey(Cluster.key(name, Compression.ZSTD) + ".age");
            assertThat(keys(spareFolder)).contains(object.value());
            // The same content, by the digest in the header and by reading it back.
            for (Encryption encryption : List.of(AgeKey.onlyFor(key), withKey)) {
                assertThat(new WalArchiver(cluster.data(), List.of(repository("spare", spareFolder, encryption)))
                                .archive(path(name), BY_HAND))
                        .isEqualTo(Outcome.ALREADY_STORED);
            }
        }
    }

    @Test
    void notEveryRepositoryCanBeOptional() {
        assertThatThrownBy(() -> new WalArchiver(
                        cluster.data(), List.of(), List.of(repository("spare", spare, Encryption.NONE)), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("every repository is optional");
    }
}
