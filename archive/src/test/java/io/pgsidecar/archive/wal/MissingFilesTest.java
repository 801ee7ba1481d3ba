package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MissingFilesTest {

    private static final List<String> ENDINGS = List.of("", ".zst", ".gz", ".bz2", ".lz4", ".zst.age", ".age");

    @TempDir
    private Path folder;

    private static ObjectKey key(String file, String ending) {
        return new ObjectKey(Cluster.key(file.replaceFirst("partial\\..*", "partial"), Compression.NONE)
                .value()
                .replaceFirst("[^/]+$", file + ending));
    }

    /** Names that begin alike, in every encoding: what a comparison of sorted keys stumbles over. */
    @Test
    void areThoseWhoseNameIsThereInNoEncoding() throws Exception {
        long seed = Long.getLong("pgsidecar.seed", System.nanoTime());
        System.out.println("MissingFilesTest: -Dpgsidecar.seed=" + seed);
        Random random = new Random(seed);
        List<String> names = new ArrayList<>();
        for (int timeline = 1; timeline <= 3; timeline++) {
            names.add("%08X.history".formatted(timeline));
            for (int n = 1; n <= 3; n++) {
                String segment = "%08X0000000%d%08X".formatted(timeline, n % 2, n);
                names.addAll(List.of(
                        segment,
                        segment + ".partial",
                        segment + ".partial.abcdef0123456789",
                        segment + ".partial.b000000000000000",
                        segment + ".00000028.backup",
                        segment + ".00000128.backup"));
            }
        }
        for (int round = 0; round < 4; round++) {
            ObjectStore one = FilesystemStore.open(Files.createDirectory(folder.resolve("one" + round)));
            ObjectStore two = FilesystemStore.open(Files.createDirectory(folder.resolve("two" + round)));
            Set<String> missing = new TreeSet<>();
            for (String name : names) {
                boolean inOne = store(random, one, name);
                boolean inTwo = store(random, two, name);
                if (inOne && !inTwo) {
                    missing.add(key(name, "").value());
                }
            }
            Cluster.put(one, new ObjectKey("main/wals/0000000100000000/notes.txt"), new byte[1]);
            List<String> found = new ArrayList<>();
            new MissingFiles(Cluster.repository(one), Cluster.repository(two))
                    .visit(file -> found.add(file.stem().value()));
            assertThat(found).as("round " + round).containsExactlyInAnyOrderElementsOf(missing);
        }
    }

    private static boolean store(Random random, ObjectStore store, String name) throws IOException {
        boolean any = false;
        for (String ending : ENDINGS) {
            if (random.nextInt(5) == 0) {
                Cluster.put(store, key(name, ending), new byte[1]);
                any = true;
            }
        }
        return any;
    }
}
