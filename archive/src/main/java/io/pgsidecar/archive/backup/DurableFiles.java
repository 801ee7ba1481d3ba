package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Files and folders as PostgreSQL wants them, 0600 and 0700, and on the disk when a method returns. */
final class DurableFiles {

    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> FOLDER_MODE =
            PosixFilePermissions.asFileAttribute(FOLDER);
    private static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private DurableFiles() {}

    /** A file that must not be there yet. */
    static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FILE_MODE);
    }

    /** Writes a file, old or new, at once and whole. */
    static void replace(Path file, byte[] content) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".pgsidecar-new");
        Files.deleteIfExists(temporary);
        try (FileChannel channel = create(temporary)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        rename(temporary, file);
    }

    /** Gives a file its name, for good. */
    static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path parent = to.getParent();
        if (parent != null) {
            sync(parent);
        }
    }

    /** Makes a folder and those above it; one that is there gets the mode. */
    static void folder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, FOLDER_MODE);
        }
    }

    /** Gives a folder the mode that PostgreSQL insists on. */
    static void restrict(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, FOLDER);
    }

    /** Puts a file's content, or the entries of a folder, on the disk. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The same for the folder that one lies in, which may be somebody else's: then it is not ours to put there. */
    static void syncParent(Path folder) throws IOException {
        Path parent = folder.getParent();
        if (parent != null && Files.isReadable(parent)) {
            sync(parent);
        }
    }

    /** The same for all folders below, the innermost first. */
    static void syncTree(Path root) throws IOException {
        Files.walkFileTree(root, new DataVisitor() {
            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                sync(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Removes what is in a folder, and with it what a link in it is, but never what a link leads to. */
    static void clear(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        Files.walkFileTree(root, new DataVisitor() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                if (!folder.equals(root)) {
                    Files.delete(folder);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Whether there is nothing in the folder, or no folder. */
    static boolean isEmpty(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        try (var entries = Files.newDirectoryStream(folder)) {
            // What mkfs puts on a new volume.
            for (Path entry : entries) {
                if (!entry.endsWith("lost+found")) {
                    return false;
                }
            }
            return true;
        }
    }
}
