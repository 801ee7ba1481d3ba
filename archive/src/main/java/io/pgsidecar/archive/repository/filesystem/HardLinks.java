package io.pgsidecar.archive.repository.filesystem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How a second name is given to a file: a seam, since file systems that cannot do it are rare where tests run. */
@FunctionalInterface
interface HardLinks {

    HardLinks SYSTEM = Files::createLink;

    /**
     * Gives the file a second name.
     *
     * @throws java.nio.file.FileAlreadyExistsException if the name is taken, decided by the file system at once
     */
    void link(Path name, Path file) throws IOException;
}
