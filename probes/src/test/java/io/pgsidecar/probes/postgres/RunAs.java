package io.pgsidecar.probes.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL refuses to run as root. Where the tests do, it and the agent beside it run as {@code nobody}; elsewhere
 * as whoever runs the tests.
 */
public final class RunAs {

    private static final String USER = "nobody";

    /** That user's group, whose name differs between systems. */
    private static final class Group {
        static final String ID = ask();

        private static String ask() {
            try {
                Process id = new ProcessBuilder("id", "-g", USER).start();
                return new String(id.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private RunAs() {}

    /** Whether this process is root. */
    public static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** The command, under the user that PostgreSQL runs as. It replaces itself: a signal reaches the program. */
    public static List<String> command(List<String> command) {
        if (!root()) {
            return List.copyOf(command);
        }
        List<String> all =
                new ArrayList<>(List.of("setpriv", "--reuid=" + USER, "--regid=" + Group.ID, "--clear-groups"));
        all.addAll(command);
        return all;
    }

    /** Makes a folder that is that user's, if it is not there yet; the folder. */
    public static Path folder(Path path) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        own(path);
        return path;
    }

    /** Gives a folder and all below it to that user. A server may be at work there: what vanishes meanwhile is nobody's. */
    public static void own(Path folder) {
        if (!root()) {
            return;
        }
        try {
            UserPrincipal user =
                    folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER);
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path d, BasicFileAttributes a) throws IOException {
                    give(d);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path f, BasicFileAttributes a) throws IOException {
                    if (!a.isSymbolicLink()) {
                        give(f);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path f, IOException e) throws IOException {
                    return vanished(f, e);
                }

                @Override
                public FileVisitResult postVisitDirectory(Path d, @Nullable IOException e) throws IOException {
                    return e == null ? FileVisitResult.CONTINUE : vanished(d, e);
                }

                private void give(Path path) throws IOException {
                    try {
                        Files.setOwner(path, user);
                    } catch (NoSuchFileException e) {
                        FileVisitResult ignored = vanished(path, e);
                    }
                }

                private FileVisitResult vanished(Path path, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException && !path.equals(folder)) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot give " + folder + " to " + USER, e);
        }
    }
}
