package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallHeapIT {

    @TempDir
    private Path root;

    @Test
    void memoryIsBoundedHoweverLargeAnObjectOrAListingIs() throws Exception {
        Process process =
                ChildJvm.start(List.of("-Xmx16m", "-XX:MaxDirectMemorySize=1m"), SmallHeapProcess.class, root);
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo(Long.toString(2L * SmallHeapProcess.OBJECT));
            assertThat(output.readLine())
                    .isEqualTo(Integer.toString(SmallHeapProcess.FILES * SmallHeapProcess.FOLDERS));
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
