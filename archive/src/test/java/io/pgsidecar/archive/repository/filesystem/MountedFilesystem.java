package io.pgsidecar.archive.repository.filesystem;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A small file system in memory. Needs Linux and the right to mount; where they lack, the test says that it skips. */
final class MountedFilesystem implements AutoCloseable {

    private final Path folder;

    private MountedFilesystem(Path folder) {
        this.folder = folder;
    }

    static MountedFilesystem mount(Path folder, String options) throws IOException {
        Files.createDirectories(folder);
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString()),
                "no right to mount a file system here");
        return new MountedFilesystem(folder);
    }

    void remount(String options) throws IOException {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!run("mount", "-o", "remount," + options, folder.toString())) {
            // A process that another test starts has our open files until it has become its program.
            if (System.nanoTime() > deadline) {
                throw new IOException("cannot remount " + folder);
            }
        }
    }

    @Override
    public void close() throws IOException {
        // Lazily: for the same reason it may be busy for a moment.
        if (!run("umount", "-l", folder.toString())) {
            throw new IOException("cannot unmount " + folder);
        }
    }

    private static boolean run(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .onExit()
                            .join()
                            .exitValue()
                    == 0;
        } catch (IOException e) {
            return false; // No such program.
        }
    }
}
