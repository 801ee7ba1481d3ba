package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.WalArchiverTest.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.AgeKey;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalInspectorTest {

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

    private static WalInspector inspector(ObjectStore store, Encryption encryption) {
        return new WalInspector(new WalRepository("r1", store, Cluster.LAYOUT, Compression.ZSTD, 1, encryption));
    }

    private ContentReport check(Encryption encryption) throws InterruptedException {
        return inspector(store, encryption).checkContent(Cluster.ID, progress -> {});
    }

    private void archive(Encryption encryption, String... names) throws Exception {
        WalArchiver archiver = new WalArchiver(
                cluster.data(),
                List.of(new WalRepository("r1", store, Cluster.LAYOUT, Compression.ZSTD, 1, encryption)));
        for (String name : names) {
            cluster.write(name);
            archiver.archive("pg_wal/" + name, OptionalLong.empty());
        }
    }

    @Test
    void seesWhatWasArchivedAndKeepsApartWhatNoRecoveryAsksFor() throws Exception {
        archive(
                Encryption.NONE,
                Cluster.SEGMENT,
                Cluster.NEXT_SEGMENT,
                Cluster.HISTORY,
                Cluster.BACKUP,
                Cluster.PARTIAL);
        WalSurvey survey = inspector(store, Encryption.NONE).survey();
        assertThat(survey.systemIdentifier()).isEqualTo(Cluster.ID);
        assertThat(survey.inventory().segmentSize()).isEqualTo(Cluster.SEGMENT_SIZE);
        assertThat(survey.inventory().segments()).isEqualTo(2);
        assertThat(survey.histories().firstEntry().getValue().ancestors()).hasSize(1);
        assertThat(survey.partials().count()).isEqualTo(1);
        assertThat(survey.backupHistories().count()).isEqualTo(1);
        ContentReport content = check(Encryption.NONE);
        assertThat(content.read()).isEqualTo(5);
        assertThat(content.damaged()).isZero();
        assertThat(content.bytes()).isGreaterThan(3 * Cluster.SEGMENT_SIZE);
    }

    @Test
    void aRepositoryOfBarmansHasNoMarkerAndIsSeenAllTheSame() throws Exception {
        Cluster.put(store, Cluster.key(Cluster.SEGMENT, Compression.NONE), cluster.content(Cluster.SEGMENT));
        WalSurvey survey = inspector(store, Encryption.NONE).survey();
        assertThat(survey.systemIdentifier()).isEqualTo(Cluster.ID);
        assertThat(survey.inventory().segmentSize()).isEqualTo(Cluster.SEGMENT_SIZE);
    }

    @Test
    void anEmptyFolderIsNoRepositoryWithoutGaps() {
        assertRefused(
                Reason.REPOSITORY_UNAVAILABLE,
                () -> inspector(store, Encryption.NONE).survey());
    }

    @Test
    void everyKindOfDamageIsFoundAndNamed() throws Exception {
        archive(Encryption.NONE, Cluster.SEGMENT, Cluster.NEXT_SEGMENT, Cluster.BACKUP);
        byte[] sound = Cluster.raw(store, Cluster.key(Cluster.SEGMENT, Compression.ZSTD));
        sound[sound.length / 2] ^= 1;
        Cluster.put(store, Cluster.key(Cluster.SEGMENT, Compression.ZSTD), sound);
        String third = "000000010000000000000003";
        String fourth = "000000010000000000000004";
        String fifth = "000000010000000000000005";
        Cluster.put(store, Cluster.key(third, Compression.NONE), cluster.content(Cluster.SEGMENT));
        Cluster.put(store, Cluster.key(fourth, Compression.NONE), new byte[7]);
        Cluster.put(store, Cluster.key(fifth, Compression.NONE), Cluster.segment(fifth, Cluster.OTHER_ID, 0));
        Cluster.put(store, Cluster.key(Cluster.HISTORY, Compression.NONE), "nonsense".getBytes(UTF_8));
        ContentReport content = check(Encryption.NONE);
        assertThat(content.read()).isEqualTo(2);
        assertThat(content.damaged()).isEqualTo(5);
        assertThat(content.examples())
                .extracting(ContentReport.Damage::key)
                .containsExactlyInAnyOrder(
                        Cluster.key(Cluster.SEGMENT, Compression.ZSTD),
                        Cluster.key(third, Compression.NONE),
                        Cluster.key(fourth, Compression.NONE),
                        Cluster.key(fifth, Compression.NONE),
                        Cluster.key(Cluster.HISTORY, Compression.NONE));
        assertThat(content.failure()).isEmpty();
        assertThat(inspector(store, Encryption.NONE)
                        .survey()
                        .unreadableHistories()
                        .get(2L))
                .hasMessageContaining("nonsense");
    }

    @Test
    void whatNoKeyOpensIsNeitherSoundNorDamaged() throws Exception {
        AgeKey key = AgeKey.generate();
        archive(AgeKey.onlyFor(key), Cluster.SEGMENT, Cluster.HISTORY);
        ContentReport content = check(Encryption.NONE);
        assertThat(content.locked()).isEqualTo(2);
        assertThat(content.read()).isZero();
        assertThat(content.damaged()).isZero();
        WalSurvey survey = inspector(store, Encryption.NONE).survey();
        assertThat(survey.inventory().segments()).isEqualTo(1);
        assertThat(survey.unreadableHistories().firstEntry().getValue().reason())
                .isEqualTo(Reason.REPOSITORY_DENIED);

        Encryption withKey = AgeKey.with(AgeKey.write(folder.resolve("identities"), key));
        assertThat(check(withKey).read()).isEqualTo(2);
        assertThat(inspector(store, withKey).survey().unreadableHistories()).isEmpty();
    }

    @Test
    void aSecondPartialSegmentIsReadToo() throws Exception {
        archive(Encryption.NONE, Cluster.PARTIAL);
        cluster.write(Cluster.PARTIAL, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));
        cluster.archiver(store).archive("pg_wal/" + Cluster.PARTIAL, OptionalLong.empty());
        ContentReport content = check(Encryption.NONE);
        assertThat(content.read()).isEqualTo(2);
        assertThat(content.damaged()).isZero();
    }

    @Test
    void aStoreThatGoesAwayEndsItAndWhatWasFoundStays() throws Exception {
        for (int i = 1; i <= 50; i++) {
            archive(Encryption.NONE, "0000000100000000000000%02X".formatted(i));
        }
        List<ContentReport> seen = new ArrayList<>();
        ObjectStore away = new ForwardingStore(store) {
            private int opened;

            @Override
            public synchronized InputStream open(ObjectKey key, long offset) throws IOException {
                if (++opened > 10) {
                    throw new ObjectStoreException(ObjectStoreException.Reason.UNAVAILABLE, "away", null);
                }
                return super.open(key, offset);
            }
        };
        ContentReport content = inspector(away, Encryption.NONE).checkContent(Cluster.ID, seen::add);
        assertThat(content.failure()).hasValueSatisfying(e -> {
            assertThat(e.reason()).isEqualTo(Reason.REPOSITORY_UNAVAILABLE);
        });
        assertThat(content.read()).isEqualTo(10);
        assertThat(seen).hasSizeBetween(11, 20);
    }

    @Test
    void aListingThatBreaksOffIsAnErrorAndNoShortList() throws Exception {
        archive(Encryption.NONE, Cluster.SEGMENT);
        for (int failing = 1; failing <= 6; failing++) {
            int n = failing;
            FaultyStore faulty =
                    new FaultyStore(store, n, ObjectStoreException.Reason.UNAVAILABLE, FaultyStore.Fault.BEFORE);
            assertThatThrownBy(() -> inspector(faulty, Encryption.NONE).survey())
                    .as("call %d fails", n)
                    .isInstanceOfSatisfying(
                            WalException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REPOSITORY_UNAVAILABLE));
        }
    }

    @Test
    void readsTheMarksOfTheServer() throws Exception {
        cluster.write(Cluster.SEGMENT);
        Files.move(
                cluster.wal("archive_status/" + Cluster.SEGMENT + ".ready"),
                cluster.wal("archive_status/" + Cluster.SEGMENT + ".done"));
        cluster.write(Cluster.HISTORY);
        Files.createFile(cluster.wal("archive_status/nonsense.ready"));
        Files.createFile(cluster.wal("archive_status/" + Cluster.NEXT_SEGMENT + ".tmp"));
        assertThat(LocalWal.read(cluster.data()).finished())
                .extracting(f -> f.name() + " " + f.acknowledged())
                .containsExactlyInAnyOrder(Cluster.SEGMENT + " true", Cluster.HISTORY + " false");
        assertThatThrownBy(() -> LocalWal.read(new DataDirectory(folder.resolve("none"))))
                .isInstanceOf(WalException.class)
                .hasMessageContaining("archive_status");
    }
}
