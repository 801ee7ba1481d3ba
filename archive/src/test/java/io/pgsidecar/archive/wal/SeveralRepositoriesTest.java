package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.FaultyStore.Fault;
import io.pgsidecar.archive.wal.WalArchiver.Outcome;
import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All repositories must have a file; what one of them has counts at the next try. */
@Timeout(120)
class SeveralRepositoriesTest {

    private static final String PATH = "pg_wal/" + Cluster.SEGMENT;
    private static final ObjectKey KEY = Cluster.key(Cluster.SEGMENT, Compression.ZSTD);
    private static final OptionalLong BY_HAND = OptionalLong.empty();

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore near;
    private ObjectStore far;

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        cluster.write(Cluster.SEGMENT);
        near = FilesystemStore.open(Files.createDirectory(folder.resolve("near")));
        far = FilesystemStore.open(Files.createDirectory(folder.resolve("far")));
    }

    private WalArchiver archiver(ObjectStore first, ObjectStore second) {
        return new WalArchiver(
                cluster.data(),
                List.of(
                        Cluster.repository("near", first, Compression.ZSTD),
                        Cluster.repository("far", second, Compression.ZSTD)));
    }

    @Test
    void oneThatIsSlowDoesNotKeepTheOtherWaiting() throws Exception {
        BlockingStore slow = new BlockingStore(near);
        WalArchiver archiver = archiver(slow, far);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Outcome> call = executor.submit(() -> archiver.archive(PATH, BY_HAND));
            slow.awaitBlocked();
            while (far.stat(KEY).isEmpty()) {
                Thread.sleep(1);
            }
            assertThat(call.isDone()).as("one has not acknowledged yet").isFalse();
            slow.release();
            assertThat(call.get()).isEqualTo(Outcome.STORED);
        }
        assertThat(Cluster.stored(near, KEY)).isEqualTo(cluster.content(Cluster.SEGMENT));
        assertThat(Cluster.stored(far, KEY)).isEqualTo(cluster.content(Cluster.SEGMENT));
    }

    @Test
    void whicheverCallOfOneFailsItIsNamedAndTheOthersWorkCounts() throws Exception {
        FaultyStore counting = FaultyStore.counting(far);
        archiver(near, counting).archive(PATH, BY_HAND);
        for (int n = 1; n <= counting.calls(); n++) {
            ObjectStore first = FilesystemStore.open(Files.createDirectory(folder.resolve("near" + n)));
            ObjectStore second = FilesystemStore.open(Files.createDirectory(folder.resolve("far" + n)));
            FaultyStore faulty = new FaultyStore(second, n, ObjectStoreException.Reason.UNAVAILABLE, Fault.BEFORE);
            WalArchiver archiver = archiver(first, faulty);
            assertThatThrownBy(() -> archiver.archive(PATH, BY_HAND)).isInstanceOfSatisfying(WalException.class, e -> {
                assertThat(e.reason()).isEqualTo(Reason.REPOSITORY_UNAVAILABLE);
                assertThat(e).hasMessageStartingWith("repository \"far\": ");
                assertThat(e.detail()).contains("It is in \"near\".");
            });
            byte[] before = Cluster.raw(first, KEY);
            assertThat(archiver.archive(PATH, BY_HAND)).isEqualTo(Outcome.STORED);
            assertThat(Cluster.raw(first, KEY)).isEqualTo(before);
            assertThat(Cluster.stored(second, KEY)).isEqualTo(cluster.content(Cluster.SEGMENT));
        }
    }

    @Test
    void ofSeveralFailuresTheOneThatNeedsAPersonIsReportedAndTheOtherToldToo() throws Exception {
        archiver(near, far).archive(PATH, BY_HAND);
        cluster.write(Cluster.SEGMENT, Cluster.segment(Cluster.SEGMENT, Cluster.ID, 1));
        Files.move(folder.resolve("near"), folder.resolve("unmounted"));
        assertThatThrownBy(() -> archiver(near, far).archive(PATH, BY_HAND))
                .isInstanceOfSatisfying(WalException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.CONFLICT);
                    assertThat(e).hasMessageContaining("\"far\"");
                    assertThat(e.detail().orElseThrow()).contains("SHA-256").contains("Also: repository \"near\"");
                    assertThat(e.hint()).isPresent();
                });
    }

    /** Told to stop while both are being stored: the caller leaves, whoever waits for it gets an answer of its own. */
    @Test
    void anInterruptedCallLeavesAndTheOneThatWaitsForItTakesOver() throws Exception {
        BlockingStore slow = new BlockingStore(near);
        WalArchiver archiver = archiver(slow, far);
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Outcome> first = executor.submit(() -> archiver.archive(PATH, BY_HAND));
            slow.awaitBlocked();
            Future<Outcome> second = executor.submit(() -> archiver.archive(PATH, BY_HAND));
            first.cancel(true);
            slow.release();
            assertThat(second.get()).isNotNull();
        }
        assertThat(Cluster.stored(near, KEY)).isEqualTo(cluster.content(Cluster.SEGMENT));
        assertThat(Cluster.stored(far, KEY)).isEqualTo(cluster.content(Cluster.SEGMENT));
    }
}
