package io.pgsidecar.agent.quickstart;

import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The one folder that a quickstart lives in. Its parts are closed to other users of the machine.
 *
 * @param home made by the script, with a copy of the app in {@code app}
 */
record QuickstartFolder(Path home) {

    static QuickstartFolder prepare(Path home) throws IOException {
        if (RunAs.root()) {
            // PostgreSQL's user has to get through, to the parts that are its own.
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
            RunAs.own(home.resolve("app"));
        }
        return new QuickstartFolder(home);
    }

    Path app() {
        return home.resolve("app");
    }

    Path repository() {
        return home.resolve("repository");
    }

    /** Where libpq reads the password of all servers from. */
    Path pgpass() {
        return home.resolve("pgpass");
    }

    /** Makes a folder for PostgreSQL's user. */
    Path make(String name) throws IOException {
        Path folder = Files.createDirectory(
                home.resolve(name), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        RunAs.own(folder);
        return folder;
    }

    /** Writes a file that only PostgreSQL's user may read. */
    Path secret(String name, String content) throws IOException {
        Path file = Files.createFile(
                home.resolve(name), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, content);
        RunAs.own(file);
        return file;
    }

    /** Notes a process for {@code ./quickstart --stop}, which makes sure of its command line before it ends it. */
    void note(long pid, String what) {
        try {
            Files.writeString(
                    home.resolve("processes"),
                    pid + " " + what + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes it with all that is in it. */
    void delete() throws IOException {
        Files.walkFileTree(home, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) { // A server that was just killed may still tidy up.
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
