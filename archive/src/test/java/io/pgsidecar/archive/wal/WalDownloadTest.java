package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalDownloadTest {

    @TempDir
    private Path folder;

    private Cluster cluster;
    private ObjectStore store;
    private WalDownload download;
    private Path to;

    @BeforeEach
    void archive() throws Exception {
        cluster = new Cluster(folder.resolve("data"), Cluster.ID);
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
        to = Files.createDirectory(folder.resolve("to"));
        WalRepository repository = new WalRepository("r1", store, Cluster.LAYOUT, Compression.ZSTD, 1);
        WalArchiver archiver = new WalArchiver(cluster.data(), List.of(repository));
        for (String name : List.of(Cluster.SEGMENT, Cluster.NEXT_SEGMENT, Cluster.HISTORY)) {
            cluster.write(name);
            archiver.archive("pg_wal/" + name, OptionalLong.empty());
        }
        download = new WalDownload(repository, Cluster.ID);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void bringsSegmentsAndHistory() throws Exception {
        segments(Cluster.SEGMENT, Cluster.NEXT_SEGMENT);
        assertThat(to.resolve(Cluster.SEGMENT)).hasBinaryContent(cluster.content(Cluster.SEGMENT));
        assertThat(to.resolve(Cluster.NEXT_SEGMENT)).hasBinaryContent(cluster.content(Cluster.NEXT_SEGMENT));
        assertThat(download.history(Long.parseLong(Cluster.HISTORY.substring(0, 8), 16), to))
                .isTrue();
        assertThat(to.resolve(Cluster.HISTORY)).exists();
        assertThat(download.history(99, to)).isFalse();
    }

    @Test
    void segmentThatIsNotThereIsNamed() {
        String missing = WalSegmentName.parse(Cluster.NEXT_SEGMENT)
                .next(Cluster.SEGMENT_SIZE)
                .orElseThrow()
                .toString();
        assertThatThrownBy(() -> segments(Cluster.SEGMENT, missing))
                .isInstanceOf(WalException.class)
                .hasMessageContaining(missing);
    }

    private void segments(String first, String last) throws WalException {
        download.segments(WalSegmentName.parse(first), WalSegmentName.parse(last), Cluster.SEGMENT_SIZE, to);
    }
}
