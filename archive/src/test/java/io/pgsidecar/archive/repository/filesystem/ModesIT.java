package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModesIT {

    @TempDir
    private Path root;

    @ParameterizedTest
    @CsvSource({"000, rwxr-x---, rw-r-----", "022, rwxr-x---, rw-r-----", "077, rwx------, rw-------"})
    void theUmaskHoldsAndNobodyButTheGroupMayRead(String umask, String folder, String file) throws Exception {
        Files.writeString(Files.createDirectory(root.resolve("main")).resolve("there"), "x");
        List<String> command = new ArrayList<>(List.of("sh", "-c", "umask " + umask + " && exec \"$@\"", "sh"));
        command.addAll(ChildJvm.command(List.of(), DurabilityProcess.class, root));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.waitFor()).isZero();
        assertThat(permissions("main/new")).isEqualTo(folder);
        assertThat(permissions(TemporaryFiles.FOLDER)).isEqualTo(folder);
        assertThat(permissions("main/new/created")).isEqualTo(file);
    }

    private String permissions(String path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(path)));
    }
}
