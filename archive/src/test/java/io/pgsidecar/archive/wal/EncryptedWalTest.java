package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.WalArchiverTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.AgeKey;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.codec.Recipients;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archive and restore with encryption, above all what a pod does that holds no key. */
class EncryptedWalTest {

    private static final String PATH = "pg_wal/" + Cluster.SEGMENT;
    private static final ObjectKey PLAIN = Cluster.key(Cluster.SEGMENT, Compression.ZSTD);
    private static final ObjectKey KEY = new ObjectKey(PLAIN + ".age");

    @TempDir
    private Path folder;

    private final AgeKey key = AgeKey.generate();
    private Cluster cluster;
    private ObjectStore store;
    private Path identities;

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
        cluster.write(Cluster.SEGMENT);
        identities = AgeKey.write(folder.resolve("identities"), key);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private WalRepository repository(Encryption encryption, Compression compression) {
        return new WalRepository("r1", store, Cluster.LAYOUT, compression, compression.defaultLevel(), encryption);
    }

    private WalArchiver.Outcome archive(Encryption encryption, String path) throws Exception {
        return new WalArchiver(cluster.data(), List.of(repository(encryption, Compression.ZSTD)))
                .archive(path, OptionalLong.empty());
    }

    private WalRestorer.Outcome restore(Encryption encryption, String name) throws Exception {
        return new WalRestorer(cluster.data(), List.of(repository(encryption, Compression.ZSTD)), Duration.ZERO)
                .restore(name, "pg_wal/RECOVERYXLOG", () -> false);
    }

    private void assertRestores(Encryption encryption, String name) throws Exception {
        assertThat(restore(encryption, name)).isEqualTo(WalRestorer.Outcome.RESTORED);
        assertThat(cluster.wal("RECOVERYXLOG")).hasBinaryContent(cluster.content(name));
    }

    private List<String> keys() throws IOException {
        try (Stream<ObjectInfo> all = store.list(ObjectKey.ROOT)) {
            return all.map(info -> info.key().value()).toList();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "GZIP", "LZ4", "ZSTD"})
    void isCompressedThenEncryptedAndComesBack(Compression compression) throws Exception {
        WalRepository repository = repository(AgeKey.onlyFor(key), compression);
        assertThat(new WalArchiver(cluster.data(), List.of(repository)).archive(PATH, OptionalLong.empty()))
                .isEqualTo(WalArchiver.Outcome.STORED);
        String object = Cluster.key(Cluster.SEGMENT, compression) + ".age";
        assertThat(keys()).containsExactly("main/pgsidecar/repository.json", object);
        assertThat(new String(Cluster.raw(store, new ObjectKey(object)), StandardCharsets.ISO_8859_1))
                .startsWith("age-encryption.org/v1\n");
        assertRestores(AgeKey.with(identities), Cluster.SEGMENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {Cluster.SEGMENT, Cluster.HISTORY, Cluster.BACKUP, Cluster.PARTIAL})
    void eachKindIsEncryptedAndAskedAgainForWithoutAKeyIsTheSame(String name) throws Exception {
        cluster.write(name);
        Encryption noKey = AgeKey.onlyFor(key);
        assertThat(archive(noKey, "pg_wal/" + name)).isEqualTo(WalArchiver.Outcome.STORED);
        assertThat(archive(noKey, "pg_wal/" + name)).isEqualTo(WalArchiver.Outcome.ALREADY_STORED);
        assertThat(archive(AgeKey.with(identities, key), "pg_wal/" + name))
                .isEqualTo(WalArchiver.Outcome.ALREADY_STORED);
        assertThat(keys()).hasSize(2).contains(Cluster.key(name, Compression.ZSTD) + ".age");
        assertRestores(AgeKey.with(identities), name);
    }

    @Test
    void otherContentIsRefusedWithoutAKeyToo() throws Exception {
        archive(AgeKey.onlyFor(key), PATH);
        byte[] stored = Cluster.raw(store, KEY);
        cluster.write(Cluster.SEGMENT, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));
        for (Encryption each : List.of(AgeKey.onlyFor(key), AgeKey.with(identities, key))) {
            assertRefused(Reason.CONFLICT, () -> archive(each, PATH));
        }
        assertThatThrownBy(() -> archive(AgeKey.onlyFor(key), PATH))
                .satisfies(e -> assertThat(((WalException) e).detail().orElseThrow())
                        .matches("Salted SHA-256 of the stored content [0-9a-f]{64}, of .{24} [0-9a-f]{64}"));
        assertThat(Cluster.raw(store, KEY)).isEqualTo(stored);
    }

    @Test
    void aSecondPartialSegmentIsKeptBesideTheFirstWithoutAKeyToo() throws Exception {
        Encryption noKey = AgeKey.onlyFor(key);
        cluster.write(Cluster.PARTIAL);
        archive(noKey, "pg_wal/" + Cluster.PARTIAL);
        cluster.write(Cluster.PARTIAL, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));
        assertThat(archive(noKey, "pg_wal/" + Cluster.PARTIAL)).isEqualTo(WalArchiver.Outcome.STORED);
        assertThat(archive(noKey, "pg_wal/" + Cluster.PARTIAL)).isEqualTo(WalArchiver.Outcome.ALREADY_STORED);
        assertThat(keys()).hasSize(3).allMatch(k -> k.endsWith(".age") || k.endsWith(".json"));
    }

    @Test
    void whatWasStoredBeforeEncryptionStaysReadableAndIsNotStoredTwice() throws Exception {
        archive(Encryption.NONE, PATH);
        assertThat(archive(AgeKey.onlyFor(key), PATH)).isEqualTo(WalArchiver.Outcome.ALREADY_STORED);
        cluster.write(Cluster.NEXT_SEGMENT);
        archive(AgeKey.onlyFor(key), "pg_wal/" + Cluster.NEXT_SEGMENT);
        assertThat(archive(Encryption.NONE, "pg_wal/" + Cluster.NEXT_SEGMENT))
                .isEqualTo(WalArchiver.Outcome.ALREADY_STORED);
        assertThat(keys()).hasSize(3);

        assertRestores(AgeKey.with(identities), Cluster.SEGMENT);
        assertRestores(AgeKey.with(identities), Cluster.NEXT_SEGMENT);
        assertRestores(AgeKey.onlyFor(key), Cluster.SEGMENT);
    }

    @Test
    void afterARotationBothKeysReadAndTheNewOneAloneNamesTheProblem() throws Exception {
        AgeKey next = AgeKey.generate();
        archive(AgeKey.onlyFor(key), PATH);
        cluster.write(Cluster.NEXT_SEGMENT);
        archive(AgeKey.onlyFor(next), "pg_wal/" + Cluster.NEXT_SEGMENT);

        Encryption onlyNext = AgeKey.with(AgeKey.write(folder.resolve("next"), next), next);
        assertRestores(onlyNext, Cluster.NEXT_SEGMENT);
        assertThatThrownBy(() -> restore(onlyNext, Cluster.SEGMENT)).satisfies(e -> {
            WalException failure = (WalException) e;
            assertThat(failure.reason()).isEqualTo(Reason.REPOSITORY_DENIED);
            assertThat(failure).hasMessageContaining("encrypted for others").hasMessageContaining(KEY.value());
            assertThat(failure.hint())
                    .hasValueSatisfying(hint -> assertThat(hint).contains("keep old keys"));
        });
        assertThat(archive(onlyNext, PATH))
                .as("the digest tells what the key does not")
                .isEqualTo(WalArchiver.Outcome.ALREADY_STORED);
        AgeKey.write(folder.resolve("next"), next, key);
        assertRestores(onlyNext, Cluster.SEGMENT);
    }

    @Test
    void withoutAnyKeyNothingEncryptedIsEverAbsent() throws Exception {
        cluster.write(Cluster.HISTORY);
        archive(AgeKey.onlyFor(key), PATH);
        archive(AgeKey.onlyFor(key), "pg_wal/" + Cluster.HISTORY);
        for (String name : List.of(Cluster.SEGMENT, Cluster.HISTORY)) {
            for (Encryption each : List.of(
                    Encryption.NONE,
                    AgeKey.onlyFor(key),
                    AgeKey.with(folder.resolve("none")),
                    AgeKey.with(AgeKey.write(folder.resolve("stranger"), AgeKey.generate())))) {
                assertRefused(Reason.REPOSITORY_DENIED, () -> restore(each, name));
            }
        }
        assertThat(cluster.wal("RECOVERYXLOG")).doesNotExist();
    }

    @Test
    void anObjectOfAnotherProgramIsNeverTheSameWithoutAKey() throws Exception {
        archive(AgeKey.onlyFor(key), PATH);
        String text = new String(Cluster.raw(store, KEY), StandardCharsets.ISO_8859_1);
        // Taken out it is no longer genuine, which nobody sees who has no key.
        byte[] without = text.replaceFirst("-> pgsidecar-sha256 [^\n]*\n\n", "").getBytes(StandardCharsets.ISO_8859_1);
        Cluster.put(store, KEY, without);
        assertThatThrownBy(() -> archive(AgeKey.onlyFor(key), PATH)).satisfies(e -> {
            WalException failure = (WalException) e;
            assertThat(failure.reason()).isEqualTo(Reason.REPOSITORY_DENIED);
            assertThat(failure).hasMessageContaining("cannot be told");
            assertThat(failure.hint())
                    .hasValueSatisfying(hint -> assertThat(hint).contains("encryption.identityFile"));
        });
        assertRefused(Reason.CORRUPT, () -> archive(AgeKey.with(identities, key), PATH));
    }

    @Test
    void damageIsCorruptAndWithAKeyIsFoundBehindTheHeaderToo() throws Exception {
        archive(AgeKey.onlyFor(key), PATH);
        byte[] sound = Cluster.raw(store, KEY);
        byte[] flipped = sound.clone();
        flipped[sound.length / 2] ^= 1;
        for (byte[] damaged : List.of(flipped, Arrays.copyOf(sound, sound.length - 1), Arrays.copyOf(sound, 0))) {
            Cluster.put(store, KEY, damaged);
            assertRefused(Reason.CORRUPT, () -> restore(AgeKey.with(identities), Cluster.SEGMENT));
            assertRefused(Reason.CORRUPT, () -> archive(AgeKey.with(identities, key), PATH));
        }
        assertRefused(Reason.CORRUPT, () -> archive(AgeKey.onlyFor(key), PATH));
    }

    @Test
    void whoseARepositoryIsThatLostItsMarkerIsToldWithAKeyOnly() throws Exception {
        archive(AgeKey.onlyFor(key), PATH);
        store.delete(List.of(Cluster.LAYOUT.marker()));
        Cluster other = new Cluster(folder.resolve("other"), Cluster.OTHER_ID);
        other.write(Cluster.NEXT_SEGMENT);
        WalArchiver ofOther = new WalArchiver(other.data(), List.of(repository(AgeKey.onlyFor(key), Compression.ZSTD)));
        assertThatThrownBy(() -> ofOther.archive("pg_wal/" + Cluster.NEXT_SEGMENT, OptionalLong.empty()))
                .satisfies(e -> assertThat(((WalException) e).reason()).isEqualTo(Reason.REPOSITORY_DENIED))
                .hasMessageContaining("whose repository \"r1\" is cannot be told");
        assertRefused(
                Reason.REPOSITORY_DENIED,
                () -> repository(Encryption.NONE, Compression.ZSTD).owner().prove(Cluster.ID));
        assertRefused(
                Reason.OTHER_CLUSTER,
                () -> repository(AgeKey.with(identities), Compression.ZSTD)
                        .owner()
                        .prove(Cluster.OTHER_ID));
        repository(AgeKey.with(identities), Compression.ZSTD).owner().prove(Cluster.ID);

        cluster.write(Cluster.NEXT_SEGMENT);
        archive(AgeKey.with(identities, key), "pg_wal/" + Cluster.NEXT_SEGMENT);
        assertThat(keys()).contains(Cluster.LAYOUT.marker().value());
    }

    @Test
    void aSegmentThatIsNotEncryptedTellsTheOwnerWhereOthersAreLocked() throws Exception {
        archive(AgeKey.onlyFor(key), PATH);
        cluster.write(Cluster.NEXT_SEGMENT);
        archive(Encryption.NONE, "pg_wal/" + Cluster.NEXT_SEGMENT);
        store.delete(List.of(Cluster.LAYOUT.marker()));
        repository(Encryption.NONE, Compression.ZSTD).owner().prove(Cluster.ID);
        assertRefused(
                Reason.OTHER_CLUSTER,
                () -> repository(Encryption.NONE, Compression.ZSTD).owner().prove(Cluster.OTHER_ID));
    }

    @Test
    void aRecipientsFileThatBecameBadStoresNothing() throws Exception {
        Path recipients = Files.writeString(folder.resolve("recipients"), key.recipient() + "\n");
        Encryption encryption =
                Encryption.of(Optional.of(Recipients.of(List.of(), Optional.of(recipients))), Optional.empty());
        archive(encryption, PATH);
        Files.writeString(recipients, "age1nonsense\n");
        cluster.write(Cluster.NEXT_SEGMENT);
        assertThatThrownBy(() -> archive(encryption, "pg_wal/" + Cluster.NEXT_SEGMENT))
                .hasMessageContaining("line 1")
                .hasMessageContaining("age1nonsense");
        assertThat(keys()).hasSize(2);
    }
}
