package io.pgsidecar.agent.shim;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * {@code pgsidecar-wal install DIR} without the C program: a script that runs the app where it is now, on the socket in
 * DIR. So it works only where the app is to be found under the same path.
 */
final class LauncherInstall {

    private LauncherInstall() {}

    /**
     * Writes DIR/pgsidecar-wal, so that a process killed at any moment leaves the old script or the new one there.
     *
     * @param program the app's own bin/pgsidecar-wal, absolute
     * @return what was written
     * @throws IOException if the folder cannot be written to
     */
    static Path into(Path folder, Path program) throws IOException {
        Path real = folder.toRealPath();
        Path target = real.resolve("pgsidecar-wal");
        Path temporary = Files.createTempFile(real, ".pgsidecar-wal.", "");
        try {
            Files.writeString(temporary, script(real, program), StandardCharsets.UTF_8);
            Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
            sync(temporary, StandardOpenOption.WRITE);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        sync(real, StandardOpenOption.READ);
        return target;
    }

    private static String script(Path folder, Path program) {
        return """
                #!/bin/sh
                # Written by "pgsidecar-wal install": runs the app in its own folder on the socket beside this script.
                PGSIDECAR_SOCKET=${PGSIDECAR_SOCKET:-%s}
                export PGSIDECAR_SOCKET
                exec %s "$@"
                """.formatted(quoted(folder.resolve("agent.sock")), quoted(program));
    }

    /** For sh. */
    private static String quoted(Path path) {
        return "'" + path.toString().replace("'", "'\\''") + "'";
    }

    private static void sync(Path path, StandardOpenOption option) throws IOException {
        try (FileChannel channel = FileChannel.open(path, option)) {
            channel.force(true);
        }
    }
}
