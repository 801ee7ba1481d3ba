package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.list;
import static io.pgsidecar.archive.repository.filesystem.Failures.temporaryFiles;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.PutMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledWriterIT {

    private static final int ROUNDS = Boolean.getBoolean("pgsidecar.long") ? 100 : 6;

    @TempDir
    private Path root;

    @Test
    void whateverIsVisibleAfterAKillIsWholeAndNothingAcknowledgedIsMissing() throws Exception {
        long seed = System.nanoTime();
        System.out.println("KilledWriterIT: seed " + seed);
        Random random = new Random(seed);
        ObjectStore store = FilesystemStore.open(root);
        List<String> acknowledged = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            acknowledged.addAll(storeUntilKilled(round, random));
            assertThat(list(store, ObjectKey.ROOT))
                    .as("after round %d", round)
                    .containsAll(acknowledged)
                    .doesNotHaveDuplicates()
                    .allSatisfy(key -> assertThat(StoringProcess.isWhole(read(store, key)))
                            .as("%s is whole", key)
                            .isTrue());
        }
        assertThatLeftoversAreSwept(store);
    }

    private List<String> storeUntilKilled(int round, Random random) throws Exception {
        List<String> acknowledged = new ArrayList<>();
        Process process = ChildJvm.start(List.of(), StoringProcess.class, root, round, random.nextLong());
        try (BufferedReader output = process.inputReader()) {
            for (int objects = 1 + random.nextInt(20); objects > 0; objects--) {
                String key = output.readLine();
                assertThat(key).as("the process stores until it is killed").isNotNull();
                acknowledged.add(key);
            }
            Thread.sleep(Duration.ofNanos(random.nextInt(20_000_000))); // So as to hit any step of the next write.
            process.toHandle().destroyForcibly(); // The process's own method would close the output too.
            process.waitFor();
            output.lines().forEach(acknowledged::add); // A line is printed in one write: none is half.
        } finally {
            process.destroyForcibly();
        }
        return acknowledged;
    }

    private void assertThatLeftoversAreSwept(ObjectStore store) throws IOException {
        List<String> objects = list(store, ObjectKey.ROOT);
        for (Path leftover : temporaryFiles(root)) {
            Files.setLastModifiedTime(leftover, FileTime.from(Instant.now().minus(Duration.ofMinutes(16))));
        }
        FilesystemStore.open(root).put(new ObjectKey("main/zzz"), Content.of("x"), PutMode.CREATE);
        assertThat(temporaryFiles(root)).isEmpty();
        assertThat(list(store, ObjectKey.ROOT))
                .as("a swept file may be a second name of an object, which stays")
                .containsAll(objects)
                .contains("main/zzz");
    }

    private static byte[] read(ObjectStore store, String key) throws IOException {
        try (InputStream in = store.open(new ObjectKey(key), 0)) {
            return in.readAllBytes();
        }
    }
}
