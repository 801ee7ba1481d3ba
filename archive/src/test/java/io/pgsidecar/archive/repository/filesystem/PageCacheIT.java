package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCacheIT {

    @TempDir
    private Path root;

    @Test
    void whatIsStoredLeavesTheRoomToPostgres() throws Exception {
        assumeFalse(Files.getFileStore(root).type().equals("tmpfs"), "a file system in memory is the page cache");
        Path control = Files.write(root.resolve("control"), new byte[4 << 20]);
        assumeTrue(cachedBytes(control) > 0, "this file system does not use the page cache");
        ObjectStore store = FilesystemStore.open(root);
        store.put(new ObjectKey("main/segment"), Content.of(new byte[4 << 20]), PutMode.CREATE);
        assertThat(cachedBytes(root.resolve("main/segment"))).isZero();
    }

    @Test
    void whatCannotBeDroppedIsNoError() {
        PageCache.drop(root.resolve("absent"));
        PageCache.drop(root);
    }

    private static long cachedBytes(Path file) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder("fincore", "--bytes", "--noheadings", "--output", "RES", file.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "no fincore here");
            throw e;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return Long.parseLong(output.trim());
    }
}
