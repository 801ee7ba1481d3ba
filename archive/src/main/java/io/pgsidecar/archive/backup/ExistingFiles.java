package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What lies in the folders of a restore before it begins. */
final class ExistingFiles {

    private static final int BUFFER = 256 * 1024;

    private final RestorePaths paths;

    ExistingFiles(RestorePaths paths) {
        this.paths = paths;
    }

    /** Whether the file is there as the manifest says. */
    boolean has(BackedUpFile file) throws IOException, BackupException {
        Path path = paths.of(file.path());
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) != file.size()) {
            return false;
        }
        // A folder on the way that is a link would be removed with what it leads to.
        Path parent = path.getParent();
        if (parent == null || !parent.toRealPath().equals(parent)) {
            return false;
        }
        MessageDigest digest = Sha256.digest();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(path)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        if (!Sha256.hex(digest).equals(file.sha256())) {
            return false;
        }
        // Whoever wrote it may have been killed before it was on the disk.
        DurableFiles.sync(path);
        return true;
    }

    /** Bytes of all files. */
    long bytes(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return 0;
        }
        long[] bytes = {0};
        Files.walkFileTree(root, new DataVisitor() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                bytes[0] += attributes.isRegularFile() ? attributes.size() : 0;
                return FileVisitResult.CONTINUE;
            }
        });
        return bytes[0];
    }

    /** Removes all but the marker and these files. Folders that are left empty go too. */
    void keepOnly(Set<String> kept) throws IOException, BackupException {
        Set<Path> files = new HashSet<>();
        for (String path : kept) {
            files.add(paths.of(path));
        }
        files.add(paths.directory().resolve(RestoreMarker.FILE));
        for (Path root : paths.roots()) {
            if (Files.isDirectory(root)) {
                removeBelow(root, files);
            }
        }
    }

    private void removeBelow(Path root, Set<Path> kept) throws IOException {
        Path wal = paths.directory().resolve("pg_wal");
        Files.walkFileTree(root, new DataVisitor() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (file.equals(wal) && Files.isDirectory(file)) {
                    // initdb --waldir: the WAL has a volume of its own, and shall have it again.
                    DurableFiles.clear(file.toRealPath());
                } else if (!kept.contains(file)) {
                    Files.delete(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                if (!folder.equals(root) && DurableFiles.isEmpty(folder)) {
                    Files.delete(folder);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
