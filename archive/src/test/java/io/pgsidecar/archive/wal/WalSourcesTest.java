package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.WalArchiverTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalException.Reason;
import io.pgsidecar.archive.wal.WalRestorer.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How often the stores are asked, which of several first, and what one that fails means. */
class WalSourcesTest {

    private static final String OBJECT = Cluster.SEGMENT + ".zst";
    private static final String RECOVERY = "pg_wal/RECOVERYXLOG";

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore first;
    private ObjectStore second;
    private RecordingStore one;
    private RecordingStore two;
    private Optional<ObjectStoreException.Reason> fault = Optional.empty();
    private WalRestorer restorer;

    @BeforeEach
    void create() throws Exception {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        first = FilesystemStore.open(Files.createDirectory(folder.resolve("first")));
        second = FilesystemStore.open(Files.createDirectory(folder.resolve("second")));
        for (ObjectStore store : List.of(first, second)) {
            new RepositoryOwner("r", store, Cluster.LAYOUT).claim(Cluster.ID, Cluster.SEGMENT_SIZE);
        }
        one = new RecordingStore(new ForwardingStore(first) {
            @Override
            ObjectStore target() {
                return fault.<ObjectStore>map(reason -> new FaultyStore(first, 1, reason, FaultyStore.Fault.BEFORE))
                        .orElse(first);
            }
        });
        two = new RecordingStore(second);
        restorer =
                new WalRestorer(cluster.data(), List.of(repository("one", one), repository("two", two)), Duration.ZERO);
        // What is asked only once: whose the repositories are.
        restore(Cluster.SEGMENT);
        one.requests();
        two.requests();
    }

    private static WalRepository repository(String name, ObjectStore store) {
        return new WalRepository(name, store, Cluster.LAYOUT, Compression.ZSTD, 1);
    }

    private Outcome restore(String name) throws Exception {
        return restorer.restore(name, RECOVERY, () -> false);
    }

    @Test
    void whatIsThereIsOneRequestAndWhatIsAbsentThree() throws Exception {
        cluster.store(first, Cluster.SEGMENT, Compression.ZSTD);
        assertThat(restore(Cluster.SEGMENT)).isEqualTo(Outcome.RESTORED);
        assertThat(one.requests()).containsExactly("GET " + OBJECT);
        assertThat(two.requests()).isEmpty();

        for (int poll = 0; poll < 3; poll++) {
            assertThat(restore(Cluster.NEXT_SEGMENT)).isEqualTo(Outcome.ABSENT);
            for (RecordingStore store : List.of(one, two)) {
                assertThat(store.requests())
                        .containsExactly(
                                "GET " + Cluster.NEXT_SEGMENT + ".zst",
                                "LIST " + Cluster.NEXT_SEGMENT,
                                "HEAD repository.json");
            }
        }
    }

    @Test
    void aHistoryIsNotHandedOverBeforeItsOwnerIsKnown() throws Exception {
        cluster.store(first, Cluster.HISTORY, Compression.ZSTD);
        assertThat(restore(Cluster.HISTORY)).isEqualTo(Outcome.RESTORED);
        assertThat(one.requests()).containsExactly("GET " + Cluster.HISTORY + ".zst", "HEAD repository.json");
    }

    @Test
    void theEndingThatIsInUseIsRememberedForEachRepository() throws Exception {
        for (String name : List.of(Cluster.SEGMENT, Cluster.NEXT_SEGMENT)) {
            cluster.store(first, name, Compression.LZ4);
        }
        cluster.store(second, "000000010000000000000003", Compression.ZSTD);
        restore(Cluster.SEGMENT);
        assertThat(one.requests())
                .containsExactly("GET " + OBJECT, "LIST " + Cluster.SEGMENT, "GET " + Cluster.SEGMENT + ".lz4");
        restore(Cluster.NEXT_SEGMENT);
        assertThat(one.requests()).containsExactly("GET " + Cluster.NEXT_SEGMENT + ".lz4");
        restore("000000010000000000000003");
        assertThat(two.requests()).containsExactly("GET 000000010000000000000003.zst");
    }

    /** Such an ending is rare among its like, and a segment that cannot be read teaches nothing. */
    @Test
    void neitherOtherFilesNorDamagedOnesChangeWhatIsExpected() throws Exception {
        cluster.store(first, Cluster.HISTORY, Compression.GZIP);
        restore(Cluster.HISTORY);
        Cluster.put(first, Cluster.key(Cluster.SEGMENT, Compression.LZ4), new byte[100]);
        assertRefused(Reason.CORRUPT, () -> restore(Cluster.SEGMENT));
        one.requests();
        restore(Cluster.NEXT_SEGMENT);
        assertThat(one.requests()).startsWith("GET " + Cluster.NEXT_SEGMENT + ".zst");
    }

    @Test
    void oneThatFailedIsAskedAfterTheOthersUntilItHasAnsweredAgain() throws Exception {
        cluster.store(first, Cluster.SEGMENT, Compression.ZSTD);
        cluster.store(second, Cluster.SEGMENT, Compression.ZSTD);
        fault = Optional.of(ObjectStoreException.Reason.UNAVAILABLE);
        assertThat(restore(Cluster.SEGMENT)).isEqualTo(Outcome.RESTORED);
        assertThat(one.requests()).hasSize(1);
        for (int i = 0; i < 3; i++) {
            assertThat(restore(Cluster.SEGMENT)).isEqualTo(Outcome.RESTORED);
            assertThat(one.requests()).isEmpty();
        }
        // It is asked for what the others do not have, and it may still be the one that has it.
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> restore(Cluster.NEXT_SEGMENT));
        fault = Optional.empty();
        assertThat(restore(Cluster.NEXT_SEGMENT)).isEqualTo(Outcome.ABSENT);
        one.requests();
        two.requests();
        assertThat(restore(Cluster.SEGMENT)).isEqualTo(Outcome.RESTORED);
        assertThat(one.requests()).containsExactly("GET " + OBJECT);
        assertThat(two.requests()).isEmpty();
    }

    @Test
    void healthyFirstKeepsTheOrderOfEachPart() {
        assertThat(WalSources.healthyFirst(List.of(1, 2, 3, 4, 5), i -> i % 2 == 0))
                .containsExactly(2, 4, 1, 3, 5);
        assertThat(WalSources.healthyFirst(List.of(1, 2), i -> false)).containsExactly(1, 2);
    }

    @Test
    void whatIsDamagedInOneComesFromAnotherAndIsNoReasonToAskThatOneLater() throws Exception {
        Cluster.put(first, Cluster.key(Cluster.SEGMENT, Compression.ZSTD), new byte[100]);
        cluster.store(second, Cluster.SEGMENT, Compression.ZSTD);
        cluster.store(first, Cluster.NEXT_SEGMENT, Compression.ZSTD);
        assertThat(restore(Cluster.SEGMENT)).isEqualTo(Outcome.RESTORED);
        assertThat(cluster.wal("RECOVERYXLOG")).hasBinaryContent(cluster.content(Cluster.SEGMENT));
        two.requests();
        assertThat(restore(Cluster.NEXT_SEGMENT)).isEqualTo(Outcome.RESTORED);
        assertThat(two.requests()).isEmpty();
    }

    @Test
    void aFileThatOnlyTheLastOneHasIsFoundWhateverTheFirstOneDoes() throws Exception {
        cluster.store(second, Cluster.HISTORY, Compression.ZSTD);
        cluster.store(second, Cluster.SEGMENT, Compression.NONE);
        for (String name : List.of(Cluster.HISTORY, Cluster.SEGMENT)) {
            for (ObjectStoreException.Reason reason : ObjectStoreException.Reason.values()) {
                if (reason != ObjectStoreException.Reason.NOT_FOUND) {
                    fault = Optional.of(reason);
                    assertThat(restore(name)).as(reason.toString()).isEqualTo(Outcome.RESTORED);
                    assertThatThrownBy(() -> restore("00000009.history")).isInstanceOf(WalException.class);
                }
            }
        }
    }

    @Test
    void theFailureOfEachRepositoryIsToldAndOneThatMayPassDecidesWhetherToAskAgain() throws Exception {
        new Cluster(folder.resolve("other"), Cluster.OTHER_ID).store(second, Cluster.SEGMENT, Compression.ZSTD);
        fault = Optional.of(ObjectStoreException.Reason.UNAVAILABLE);
        assertThatThrownBy(() -> restore(Cluster.SEGMENT)).isInstanceOfSatisfying(WalException.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.REPOSITORY_UNAVAILABLE);
            assertThat(e).hasMessageContaining("\"one\"");
            assertThat(e.detail())
                    .hasValueSatisfying(detail -> assertThat(detail).contains("belongs to the cluster"));
        });
        WalException lasting = new WalException(Reason.OTHER_CLUSTER, "other", null, null);
        WalException passing = new WalException(Reason.REPOSITORY_DENIED, "denied", null, "hint");
        WalException both = WalFailures.combined(List.of(lasting, passing));
        assertThat(both.reason()).isEqualTo(Reason.REPOSITORY_DENIED);
        assertThat(both.detail()).contains("Besides: other");
        assertThat(both.hint()).contains("hint");
    }

    /** A listing that still shows what is gone, or something that moves files about: to say "absent" could be wrong. */
    @Test
    void whatIsListedAndNotThereIsNotAbsent() throws Exception {
        cluster.store(first, Cluster.SEGMENT, Compression.GZIP);
        ObjectStore forgetful = new ForwardingStore(first) {
            @Override
            public InputStream open(ObjectKey key, long offset) throws IOException {
                throw new ObjectNotFoundException(key, null);
            }
        };
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> cluster.restore(Cluster.SEGMENT, forgetful));
    }

    @Test
    void nobodyWaitsSoTheNextRepositoryIsNotAsked() throws Exception {
        fault = Optional.of(ObjectStoreException.Reason.UNAVAILABLE);
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> restorer.restore(Cluster.SEGMENT, RECOVERY, () -> true));
        assertThat(two.requests()).isEmpty();
    }
}
