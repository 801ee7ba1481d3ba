package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadyBacklogTest {

    private static final Instant OLD = Instant.parse("2026-11-25T10:00:00Z");

    @TempDir
    Path root;

    @Test
    void tellsHowManyWaitAndSinceWhen() throws Exception {
        mark("000000010000000000000003.ready", OLD.plusSeconds(60));
        mark("000000010000000000000002.ready", OLD);
        mark("00000002.history.ready", OLD.plusSeconds(30));
        mark("000000010000000000000001.done", OLD.minusSeconds(60));
        assertThat(ReadyBacklog.read(new DataDirectory(root))).isEqualTo(new ReadyBacklog(3, Optional.of(OLD)));
    }

    @Test
    void nothingWaitsWhereThereIsNoCluster() throws Exception {
        assertThat(ReadyBacklog.read(new DataDirectory(root))).isEqualTo(ReadyBacklog.NONE);
        Files.createDirectories(root.resolve("pg_wal/archive_status"));
        assertThat(ReadyBacklog.read(new DataDirectory(root))).isEqualTo(ReadyBacklog.NONE);
    }

    private void mark(String name, Instant since) throws IOException {
        Path file =
                Files.createDirectories(root.resolve("pg_wal/archive_status")).resolve(name);
        Files.createFile(file);
        Files.setLastModifiedTime(file, FileTime.from(since));
    }
}
