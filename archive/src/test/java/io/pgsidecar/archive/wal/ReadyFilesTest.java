package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadyFilesTest {

    @TempDir
    private Path root;

    private Path status;

    @BeforeEach
    void create() throws IOException {
        status = Files.createDirectories(root.resolve("pg_wal/archive_status"));
    }

    private ReadyFiles files(int kept) {
        return new ReadyFiles(new DataDirectory(root), kept);
    }

    private void ready(String... names) throws IOException {
        for (String name : names) {
            Files.createFile(status.resolve(name + ".ready"));
        }
    }

    private static List<String> text(List<WalFileName> names) {
        return names.stream().map(WalFileName::toString).toList();
    }

    private static WalFileName name(int n) {
        return WalFileName.parse("0000000100000000%08X".formatted(n));
    }

    @Test
    void historiesComeFirstThenNames() throws Exception {
        ready(
                "000000010000000000000002",
                "00000003.history",
                "000000010000000000000001",
                "000000020000000000000001",
                "000000010000000000000001.00000028.backup",
                "000000010000000000000002.partial",
                "00000002.history");
        assertThat(text(files(10).first(Optional.empty(), 10)))
                .containsExactly(
                        "00000002.history",
                        "00000003.history",
                        "000000010000000000000001",
                        "000000010000000000000001.00000028.backup",
                        "000000010000000000000002",
                        "000000010000000000000002.partial",
                        "000000020000000000000001");
    }

    @Test
    void whatIsDoneOrNoWalFileIsPassedOver() throws Exception {
        ready("000000010000000000000001", "xlogtemp.1", "000000000000000000000001");
        Files.createFile(status.resolve("000000010000000000000002.done"));
        assertThat(text(files(10).first(Optional.empty(), 10))).containsExactly("000000010000000000000001");
    }

    @Test
    void aLongOrderIsReadInParts() throws Exception {
        for (int n = 1; n <= 25; n++) {
            ready(name(n).toString());
        }
        ReadyFiles files = files(10);
        List<WalFileName> first = files.first(Optional.empty(), 10);
        assertThat(first).first().isEqualTo(name(1));
        assertThat(first).last().isEqualTo(name(10));
        assertThat(files.first(Optional.of(name(20)), 10))
                .containsExactly(name(21), name(22), name(23), name(24), name(25));
        // The part that was read before serves until it is used up.
        assertThat(files.after(name(1), 3)).containsExactly(name(2), name(3), name(4));
        Files.delete(status.resolve(name(3) + ".ready"));
        assertThat(files.after(name(1), 3)).containsExactly(name(2), name(3), name(4));
        assertThat(files.after(name(9), 3)).containsExactly(name(10), name(11));
    }

    @Test
    void aHistoryThatHasComeSinceIsAmongThoseThatAreNext() throws Exception {
        ready(name(1).toString(), name(2).toString());
        ReadyFiles files = files(10);
        assertThat(files.after(name(1), 3)).containsExactly(name(2));
        ready("00000002.history");
        assertThat(text(files.after(name(1), 3))).containsExactly("00000002.history", name(2).toString());
    }

    @Test
    void withoutAClusterThereIsNothing() throws Exception {
        Files.delete(status);
        assertThat(files(10).first(Optional.empty(), 10)).isEmpty();
        assertThat(files(10).after(name(1), 3)).isEmpty();
    }
}
