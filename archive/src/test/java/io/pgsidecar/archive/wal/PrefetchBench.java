package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalRestorer.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;

/** A recovering server, an archive of some segments, and a restorer that prefetches. */
final class PrefetchBench {

    static final String RECOVERY = "pg_wal/RECOVERYXLOG";

    /** Long enough that no test meets them by chance. */
    static final Prefetcher.Bounds PATIENT = new Prefetcher.Bounds(
            Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofMillis(20), Duration.ofMinutes(1));

    private static final Duration WAIT = Duration.ofMinutes(1);

    final Cluster cluster;
    final ObjectStore archive;
    final Path spool;

    PrefetchBench(Path folder) throws Exception {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        cluster.recover();
        archive = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
        new RepositoryOwner("r1", archive, Cluster.LAYOUT).claim(Cluster.ID, Cluster.SEGMENT_SIZE);
        spool = folder.resolve("spool");
    }

    static String segment(int number) {
        return segment(1, number);
    }

    static String segment(int timeline, int number) {
        return "%08X%08X%08X".formatted(timeline, number / 4096, number % 4096);
    }

    void store(int from, int to) throws IOException {
        for (int i = from; i <= to; i++) {
            cluster.store(archive, segment(i), Compression.ZSTD);
        }
    }

    WalRestorer restorer(int prefetch, ObjectStore... stores) {
        return restorer(new PrefetchSettings(prefetch, spool, 1 << 30), PATIENT, stores);
    }

    WalRestorer restorer(PrefetchSettings settings, Prefetcher.Bounds bounds, ObjectStore... stores) {
        return new WalRestorer(
                cluster.data(),
                List.of(stores).stream().map(Cluster::repository).toList(),
                Duration.ZERO,
                settings,
                bounds);
    }

    /** As recovery asks; what is then in place is what was archived. */
    void restore(WalRestorer restorer, String name) throws Exception {
        assertThat(restorer.restore(name, RECOVERY, () -> false)).as(name).isEqualTo(Outcome.RESTORED);
        assertThat(cluster.wal("RECOVERYXLOG")).as(name).hasBinaryContent(cluster.content(name));
    }

    void restore(WalRestorer restorer, int number) throws Exception {
        restore(restorer, segment(number));
    }

    List<String> spooled() {
        return List.of(Objects.requireNonNullElse(spool.toFile().list(), new String[0])).stream()
                .map(name -> name.substring(0, 24))
                .sorted()
                .toList();
    }

    /** Waits until the spool holds these, whole, and nothing else is under way. */
    void awaitSpooled(WalRestorer restorer, Integer... numbers) throws Exception {
        List<String> names =
                List.of(numbers).stream().map(PrefetchBench::segment).toList();
        await(() -> spooled().equals(names)
                && restorer.prefetch().orElseThrow().segments() == names.size()
                && List.of(Objects.requireNonNullElse(spool.toFile().list(), new String[0])).stream()
                        .allMatch(name -> name.endsWith("prefetched")));
    }

    static PrefetchStatus status(WalRestorer restorer) {
        return restorer.prefetch().orElseThrow();
    }

    static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + WAIT.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(5);
        }
    }
}
