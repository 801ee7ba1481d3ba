package io.pgsidecar.archive.repository.filesystem;

import static io.pgsidecar.archive.repository.filesystem.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreateLockIT {

    @TempDir
    private Path folder;

    @Test
    void anotherProcessKeepsUsOutUntilItIsKilled() throws Exception {
        Path file = folder.resolve("create.lock");
        Process other = ChildJvm.start(List.of(), LockHoldingProcess.class, file);
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("held");
            assertFails(
                            Reason.UNAVAILABLE,
                            () -> CreateLock.acquire(file, Duration.ofMillis(50))
                                    .close())
                    .hasMessageContaining("another process");
        } finally {
            other.destroyForcibly();
        }
        other.waitFor();
        CreateLock.acquire(file, Duration.ZERO).close();
    }
}
