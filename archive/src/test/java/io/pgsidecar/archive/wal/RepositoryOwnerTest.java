package io.pgsidecar.archive.wal;

import static io.pgsidecar.archive.wal.WalArchiverTest.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.CompressedSamples;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.repository.RepositoryMarker;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepositoryOwnerTest {

    private static final ObjectKey MARKER = Cluster.LAYOUT.marker();

    @TempDir
    private Path folder;

    private ObjectStore store;

    @BeforeEach
    void create() throws IOException {
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private RepositoryOwner owner() {
        return new RepositoryOwner("r1", store, Cluster.LAYOUT);
    }

    @Test
    void theFirstClaimWritesTheMarkerAndLaterOnesLeaveIt() throws Exception {
        owner().claim(Cluster.OTHER_ID, Cluster.SEGMENT_SIZE);
        byte[] marker = Cluster.raw(store, MARKER);
        RepositoryMarker read = RepositoryMarker.read(store, MARKER).orElseThrow();
        assertThat(read.systemIdentifier()).isEqualTo(Cluster.OTHER_ID);
        assertThat(read.walSegmentSize()).isEqualTo(Cluster.SEGMENT_SIZE);

        owner().claim(Cluster.OTHER_ID, Cluster.SEGMENT_SIZE);
        owner().prove(Cluster.OTHER_ID);
        assertThat(Cluster.raw(store, MARKER)).isEqualTo(marker);
    }

    /** As when the file that was asked for and one ahead of it are the first of all. */
    @Test
    void whatAnotherThreadHasClaimedMeanwhileIsNotLost() throws Exception {
        AtomicReference<@Nullable RepositoryOwner> faster = new AtomicReference<>();
        ObjectStore slow = new ForwardingStore(store) {
            @Override
            public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
                Optional<ObjectInfo> found = super.stat(key);
                RepositoryOwner other = key.equals(MARKER) ? faster.getAndSet(null) : null;
                if (other != null) {
                    try {
                        other.claim(Cluster.ID, Cluster.SEGMENT_SIZE);
                    } catch (WalException e) {
                        throw new IOException(e);
                    }
                }
                return found;
            }
        };
        RepositoryOwner shared = new RepositoryOwner("r1", slow, Cluster.LAYOUT);
        faster.set(shared);
        shared.claim(Cluster.ID, Cluster.SEGMENT_SIZE);
        shared.prove(Cluster.ID);
        store.delete(List.of(MARKER));
        assertThatThrownBy(() -> shared.claim(Cluster.ID, Cluster.SEGMENT_SIZE))
                .hasMessageContaining("has lost its marker");
    }

    @Test
    void theSecondClusterIsRefusedAndBothAreNamed() throws Exception {
        owner().claim(Cluster.ID, Cluster.SEGMENT_SIZE);
        assertRefused(Reason.OTHER_CLUSTER, () -> owner().claim(Cluster.OTHER_ID, Cluster.SEGMENT_SIZE));
        assertRefused(Reason.OTHER_CLUSTER, () -> owner().prove(Cluster.OTHER_ID));
        assertThatThrownBy(() -> owner().prove(Cluster.OTHER_ID))
                .hasMessageContaining("18446744073709551609")
                .hasMessageContaining(String.valueOf(Cluster.ID));
    }

    @Test
    void aClusterWithAnotherSegmentSizeIsRefused() throws Exception {
        owner().claim(Cluster.ID, Cluster.SEGMENT_SIZE);
        assertRefused(Reason.OTHER_CLUSTER, () -> owner().claim(Cluster.ID, 16 << 20));
    }

    @Test
    void ofTwoClustersThatClaimAtOnceOneWins() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 30; round++) {
                store.delete(List.of(MARKER));
                CyclicBarrier start = new CyclicBarrier(2);
                List<Future<Boolean>> claims = new ArrayList<>();
                for (long id : new long[] {Cluster.ID, Cluster.OTHER_ID}) {
                    claims.add(threads.submit(() -> {
                        start.await();
                        try {
                            owner().claim(id, Cluster.SEGMENT_SIZE);
                            return true;
                        } catch (WalException e) {
                            assertThat(e.reason()).isEqualTo(Reason.OTHER_CLUSTER);
                            return false;
                        }
                    }));
                }
                boolean first = claims.get(0).get();
                assertThat(claims.get(1).get()).isNotEqualTo(first);
                owner().prove(first ? Cluster.ID : Cluster.OTHER_ID);
            }
        }
    }

    @Test
    void anEmptyRepositoryProvesNothing() {
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> owner().prove(Cluster.ID));
    }

    /** A repository that barman-cloud has filled: no marker, any of its compressions. */
    @ParameterizedTest
    @ValueSource(strings = {"", ".gz", ".bz2", ".xz", ".snappy", ".zst", ".lz4"})
    void withoutAMarkerASegmentTells(String extension) throws Exception {
        Compression compression = Compression.ofName("x" + extension);
        byte[] segment = Cluster.segment(Cluster.SEGMENT, Cluster.ID, 0);
        Cluster.put(
                store, Cluster.key(Cluster.SEGMENT, compression), CompressedSamples.compressed(compression, segment));

        owner().prove(Cluster.ID);
        assertRefused(Reason.OTHER_CLUSTER, () -> owner().prove(Cluster.OTHER_ID));
        assertRefused(Reason.OTHER_CLUSTER, () -> owner().claim(Cluster.OTHER_ID, Cluster.SEGMENT_SIZE));
        assertThat(store.stat(MARKER)).isEmpty();
        owner().claim(Cluster.ID, Cluster.SEGMENT_SIZE);
        assertThat(store.stat(MARKER)).isPresent();
    }

    /** {@code X.00000028.backup.gz} sorts before {@code X.gz}, and is text. */
    @Test
    void theNotesOnABackupAreNotTakenForASegment() throws Exception {
        Compression gzip = Compression.GZIP;
        ObjectKey notes = Cluster.LAYOUT.segment("0000000100000000", Cluster.BACKUP + ".gz");
        Cluster.put(store, notes, CompressedSamples.compressed(gzip, "START WAL LOCATION: 0/100028 …".getBytes(UTF_8)));
        assertRefused(Reason.REPOSITORY_UNAVAILABLE, () -> owner().prove(Cluster.ID));

        Cluster.put(
                store,
                Cluster.key(Cluster.SEGMENT, gzip),
                CompressedSamples.compressed(gzip, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 0)));
        owner().prove(Cluster.ID);
        owner().claim(Cluster.ID, Cluster.SEGMENT_SIZE);
    }

    @Test
    void aDamagedSegmentIsPassedOverForASoundOne() throws Exception {
        Cluster.put(store, Cluster.key(Cluster.SEGMENT, Compression.NONE), new byte[Cluster.SEGMENT_SIZE]);
        Cluster.put(
                store,
                Cluster.key(Cluster.NEXT_SEGMENT, Compression.NONE),
                Cluster.segment(Cluster.NEXT_SEGMENT, Cluster.ID, 0));
        owner().prove(Cluster.ID);
    }

    /** Whose they are is unknown, which is not the same as nobody's. */
    @Test
    void segmentsThatAllAreDamagedAreNobodysToClaim() throws Exception {
        Cluster.put(store, Cluster.key(Cluster.SEGMENT, Compression.ZSTD), new byte[10]);
        Cluster.put(store, Cluster.key(Cluster.NEXT_SEGMENT, Compression.NONE), new byte[10]);
        assertRefused(Reason.CORRUPT, () -> owner().prove(Cluster.ID));
        assertRefused(Reason.CORRUPT, () -> owner().claim(Cluster.ID, Cluster.SEGMENT_SIZE));
        assertThat(store.stat(MARKER)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not json",
                "null",
                "{}",
                "{\"format\":2,\"systemIdentifier\":\"1\",\"walSegmentSize\":1,\"created\":\"2026-01-01T00:00:00Z\"}",
                "{\"format\":1,\"systemIdentifier\":\"x\",\"walSegmentSize\":1,\"created\":\"2026-01-01T00:00:00Z\"}",
                "{\"format\":1,\"systemIdentifier\":\"0\",\"walSegmentSize\":1,\"created\":\"2026-01-01T00:00:00Z\"}",
                "{\"format\":1,\"systemIdentifier\":\"1\",\"created\":\"2026-01-01T00:00:00Z\"}",
                "{\"format\":1,\"systemIdentifier\":\"1\",\"walSegmentSize\":1,\"created\":\"yesterday\"}",
                "{\"format\":1,\"systemIdentifier\":\"1\",\"walSegm"
            })
    void aMarkerThatCannotBeUnderstoodIsAnErrorAndStays(String text) throws Exception {
        Cluster.put(store, MARKER, text.getBytes(UTF_8));
        for (long id : new long[] {Cluster.ID, 1}) {
            assertThatThrownBy(() -> owner().claim(id, Cluster.SEGMENT_SIZE)).hasMessageContaining(MARKER.value());
            assertThatThrownBy(() -> owner().prove(id)).hasMessageContaining("cannot be understood");
        }
        assertThat(Cluster.raw(store, MARKER)).asString(UTF_8).isEqualTo(text);
    }

    @Test
    void anotherServerInTheSameStoreIsNoneOfItsBusiness() throws Exception {
        owner().claim(Cluster.ID, Cluster.SEGMENT_SIZE);
        RepositoryOwner beside = new RepositoryOwner("r1", store, new Repository("beside"));
        beside.claim(Cluster.OTHER_ID, Cluster.SEGMENT_SIZE);
        beside.prove(Cluster.OTHER_ID);
        owner().prove(Cluster.ID);
    }
}
