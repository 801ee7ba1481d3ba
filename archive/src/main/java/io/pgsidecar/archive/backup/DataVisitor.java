package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Goes through a data directory; the {@code lost+found} of a volume is none of its business, and mostly root's. */
abstract class DataVisitor extends SimpleFileVisitor<Path> {

    private static final String LOST = "lost+found";

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
        return folder.endsWith(LOST) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
        if (path.endsWith(LOST)) {
            return FileVisitResult.CONTINUE;
        }
        throw e;
    }
}
