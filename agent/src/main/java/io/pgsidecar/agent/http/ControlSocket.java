package io.pgsidecar.agent.http;

import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * The file of the Unix socket. A lock beside it keeps a second agent out and is gone with its process, so that a socket
 * left by one that was killed is never in the way.
 */
final class ControlSocket implements AutoCloseable {

    private final Path path;
    private final FileChannel lockFile;

    private ControlSocket(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /**
     * Takes the socket's name for this process. Its folder is made where it is missing.
     *
     * @throws IOException if another agent has it, or the folder cannot be used; the message says which
     */
    static ControlSocket claim(Path path) throws IOException {
        Path folder = Objects.requireNonNull(path.getParent(), "an absolute path has a parent");
        FileChannel lockFile;
        try {
            Files.createDirectories(folder);
            lockFile = FileChannel.open(
                    path.resolveSibling(path.getFileName() + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
        } catch (AccessDeniedException e) {
            throw new IOException(
                    "this user has no right to write to %s; did an agent of another user run here?"
                            .formatted(e.getFile()),
                    e);
        }
        FileLock lock = lockFile.tryLock();
        if (lock == null) {
            lockFile.close();
            throw new IOException("another agent serves " + path + "; each pod has one");
        }
        return new ControlSocket(path, lockFile);
    }

    /**
     * Listens. The socket is bound under a name of its own, gets its mode, and then its name: nobody can connect before
     * the mode is right, and an old socket is replaced at once.
     */
    void listen(HttpServer server) throws IOException {
        Path fresh = path.resolveSibling("." + ProcessHandle.current().pid() + ".sock");
        Files.deleteIfExists(fresh);
        server.listen(SocketAddress.domainSocketAddress(fresh.toString())).await();
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-rw----"));
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes the socket, and lets the name go. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
        lockFile.close();
    }
}
