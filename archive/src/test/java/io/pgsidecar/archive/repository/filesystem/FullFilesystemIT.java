package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.assertFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.list;
import static io.pgsidecar.archive.repository.filesystem.Failures.temporaryFiles;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FullFilesystemIT {

    private static final ObjectKey FIRST = new ObjectKey("main/first");
    private static final ObjectKey SECOND = new ObjectKey("main/second");

    @TempDir
    private Path parent;

    private Path root;
    private MountedFilesystem filesystem;
    private ObjectStore store;

    @BeforeEach
    void mount() throws Exception {
        root = parent.resolve("repository");
        filesystem = MountedFilesystem.mount(root, "size=1m,mode=0755");
        store = FilesystemStore.open(root);
    }

    @AfterEach
    void unmount() throws Exception {
        if (filesystem != null) {
            filesystem.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWriteThatDoesNotFitStoresNothingAndTheNextOneThatFitsDoes(PutMode mode) throws Exception {
        store.put(FIRST, Content.of(new byte[600_000]), PutMode.CREATE);
        assertFails(Reason.UNAVAILABLE, () -> store.put(SECOND, Content.of(new byte[600_000]), mode))
                .hasMessageContainingAll(root.resolve("main/second").toString(), "No space left");
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("main/first");
        assertThat(temporaryFiles(root)).isEmpty();
        store.delete(List.of(FIRST));
        store.put(SECOND, Content.of(new byte[600_000]), mode);
        assertThat(store.stat(SECOND).orElseThrow().size()).isEqualTo(600_000);
    }

    @Test
    void aReplaceThatDoesNotFitLeavesTheOld() throws Exception {
        store.put(FIRST, Content.of(new byte[600_000]), PutMode.CREATE);
        assertFails(Reason.UNAVAILABLE, () -> store.put(FIRST, Content.of(new byte[500_000]), PutMode.REPLACE));
        assertThat(store.stat(FIRST).orElseThrow().size()).isEqualTo(600_000);
        store.ensureDurable(FIRST);
    }

    @Test
    void aFailedWriteThatTheCallerOverlooksIsNotCommitted() throws Exception {
        try (ObjectWriter writer = store.newWriter(FIRST, PutMode.CREATE)) {
            writer.stream().write(new byte[600_000]);
            assertFails(Reason.UNAVAILABLE, () -> writer.stream().write(new byte[600_000]));
            assertFails(Reason.UNAVAILABLE, writer::commit).hasMessageContaining("No space left");
        }
        assertThat(list(store, ObjectKey.ROOT)).isEmpty();
        assertThat(temporaryFiles(root)).isEmpty();
    }

    @Test
    void aFullDiskIsFreedOfWhatKilledWritersLeft() throws Exception {
        store.put(FIRST, Content.of("swept before this one, and not again"), PutMode.CREATE);
        Path live = left("live.tmp", 100_000, Duration.ofMinutes(1));
        left("dead.tmp", 600_000, Duration.ofMinutes(16));
        assertFails(Reason.UNAVAILABLE, () -> store.put(SECOND, Content.of(new byte[500_000]), PutMode.CREATE));
        assertThat(temporaryFiles(root)).containsExactly(live);
        store.put(SECOND, Content.of(new byte[500_000]), PutMode.CREATE);
    }

    @Test
    void soItIsWhenNoFurtherFileCanBeMade() throws Exception {
        store.put(FIRST, Content.of("x"), PutMode.CREATE);
        Path live = left("live.tmp", 1, Duration.ofMinutes(1));
        left("dead-1.tmp", 1, Duration.ofMinutes(18));
        left("dead-2.tmp", 1, Duration.ofMinutes(18)); // A file system in memory counts a second name as a file.
        filesystem.remount("nr_inodes=" + inodesInUse());
        assertFails(Reason.UNAVAILABLE, () -> store.put(SECOND, Content.of("x"), PutMode.CREATE))
                .hasMessageContaining("No space left");
        assertThat(temporaryFiles(root)).containsExactly(live);
        store.put(SECOND, Content.of("x"), PutMode.CREATE);
    }

    private long inodesInUse() throws IOException {
        try (var files = Files.walk(root)) {
            return files.count();
        }
    }

    private Path left(String name, int size, Duration age) throws IOException {
        Path file = root.resolve(TemporaryFiles.FOLDER).resolve(name);
        Files.write(file, new byte[size]);
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }
}
