package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.assertFails;
import static io.pgsidecar.archive.repository.filesystem.Failures.list;
import static io.pgsidecar.archive.repository.filesystem.Failures.temporaryFiles;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
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
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TemporaryFilesTest {

    private static final ObjectKey KEY = new ObjectKey("main/object");

    @TempDir
    private Path root;

    private ObjectStore store;

    @BeforeEach
    void open() {
        store = FilesystemStore.open(root);
    }

    @ParameterizedTest
    @EnumSource
    void noneIsLeftBehindWhateverBecomesOfAWrite(PutMode mode) throws Exception {
        store.put(KEY, Content.of("x"), mode);
        assertThat(temporaryFiles(root)).isEmpty();
        store.newWriter(KEY, mode).close();
        assertThat(temporaryFiles(root)).isEmpty();
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            assertThat(temporaryFiles(root)).hasSize(1);
            assertThatThrownBy(writer::commit).isInstanceOf(ObjectExistsException.class);
        }
        assertThat(temporaryFiles(root)).isEmpty();
    }

    @Test
    void whatAKilledWriterLeftIsInvisibleAndSweptByAge() throws Exception {
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        Path young = left("young.tmp", Duration.ofMinutes(14));
        Path old = left("old.tmp", Duration.ofMinutes(16));
        Path lock = left("create.lock", Duration.ofDays(16));
        assertThat(list(store, ObjectKey.ROOT)).containsExactly("main/object");
        ObjectStore next = FilesystemStore.open(root);
        assertThat(old).as("to open a store touches nothing").exists();
        next.put(new ObjectKey("main/other"), Content.of("x"), PutMode.CREATE);
        assertThat(temporaryFiles(root)).containsExactlyInAnyOrder(young, lock);
    }

    @Test
    void ageIsByTheFileSystemsClock() {
        // Its server is an hour behind this machine: by this one's clock all would be old.
        Instant now = Instant.now().minus(Duration.ofHours(1));
        Path live = root.resolve("live.tmp");
        Path paused = root.resolve("paused.tmp");
        Path dead = root.resolve("dead.tmp");
        Map<Path, Instant> lastWrites = Map.of(
                live, now.minusSeconds(2),
                paused, now.minus(TemporaryFiles.STALE),
                dead, now.minus(TemporaryFiles.STALE).minusSeconds(3));
        assertThat(TemporaryFiles.stale(lastWrites, Optional.of(now))).containsExactly(dead);
        assertThat(TemporaryFiles.stale(lastWrites, Optional.empty()))
                .as("on a full disk the youngest file is the clock")
                .containsExactly(dead);
        assertThat(TemporaryFiles.stale(Map.of(dead, now), Optional.empty())).isEmpty();
        assertThat(TemporaryFiles.stale(Map.of(), Optional.empty())).isEmpty();
    }

    @Test
    void aSweepThatCannotBeDoneFailsNoWrite() throws Exception {
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        Path folder = Files.createDirectories(
                        root.resolve(TemporaryFiles.FOLDER).resolve("folder.tmp/inside"))
                .getParent();
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
        FilesystemStore.open(root).put(new ObjectKey("main/other"), Content.of("x"), PutMode.CREATE);
        assertThat(folder).exists();
    }

    @ParameterizedTest
    @EnumSource
    void aWriterWhoseFileWasSweptStoresNothingAndSaysWhy(PutMode mode) throws Exception {
        try (ObjectWriter writer = store.newWriter(KEY, mode)) {
            writer.stream().write(1);
            Files.delete(temporaryFiles(root).getFirst());
            assertFails(Reason.UNAVAILABLE, writer::commit).hasMessageContainingAll("vanished", KEY.value());
        }
        assertThat(list(store, ObjectKey.ROOT)).isEmpty();
    }

    private Path left(String name, Duration age) throws IOException {
        Path file = root.resolve(TemporaryFiles.FOLDER).resolve(name);
        Files.writeString(file, "half of a segment");
        return Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
    }
}
