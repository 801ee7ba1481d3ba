package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallHeapIT {

    @TempDir
    private Path root;

    @Test
    void memoryIsBoundedHoweverLargeAnObjectOrAListingIs() throws Exception {
        Process process = ChildJvm.start(List.of("-Xmx16m"), SmallHeapProcess.class, root);
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo(Long.toString(2L * SmallHeapProcess.OBJECT));
            assertThat(output.readLine())
                    .isEqualTo(Integer.toString(SmallHeapProcess.FILES * SmallHeapProcess.FOLDERS));
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void anArrayIsNotCopiedAsOneOutsideTheHeap() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "no way to measure memory here");
        Process process = ChildJvm.start(List.of("-Xmx100m"), LargeBufferProcess.class, root);
        try (BufferedReader output = process.inputReader()) {
            assertThat(Long.parseLong(output.readLine()) * 1024).isLessThan(LargeBufferProcess.BUFFER / 2);
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
