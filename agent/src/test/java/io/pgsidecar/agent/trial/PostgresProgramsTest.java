package io.pgsidecar.agent.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.backup.BackupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresProgramsTest {

    /** No package puts it anywhere. */
    private static final int MAJOR = 99;

    @TempDir
    Path folder;

    @Test
    void thoseOfTheRightVersionAreFoundOnThePath() throws Exception {
        Path old = programs("old", 98);
        Path right = programs("right", MAJOR);
        String path = "relative:" + folder.resolve("absent") + ":" + old + ":" + right;
        assertThat(PostgresPrograms.find(MAJOR, Optional.empty(), path).bin()).isEqualTo(right);
    }

    @Test
    void aFolderThatIsGivenCountsAlone() throws Exception {
        Path old = programs("old", 98);
        Path right = programs("right", MAJOR);
        assertThatThrownBy(() -> PostgresPrograms.find(MAJOR, Optional.of(old), right.toString()))
                .isInstanceOf(BackupException.class)
                .hasMessageContaining("PostgreSQL 99")
                .hasMessageContaining(old + " has PostgreSQL 98");
        assertThat(PostgresPrograms.find(MAJOR, Optional.of(right), "").bin()).isEqualTo(right);
    }

    private Path programs(String name, int major) throws IOException {
        Path bin = Files.createDirectory(folder.resolve(name));
        Path postgres = bin.resolve("postgres");
        Files.writeString(postgres, "#!/bin/sh\necho 'postgres (PostgreSQL) %d.1'\n".formatted(major));
        Files.setPosixFilePermissions(postgres, PosixFilePermissions.fromString("rwx------"));
        return bin;
    }
}
