package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file on its way to its receiver, under a name of its own beside the final one until it is published. */
final class IncomingFile implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(IncomingFile.class);
    /** In every name that a later agent may sweep away. */
    static final String INFIX = ".pgsidecar-";

    private static final int BUFFER = 256 * 1024;

    /** As PostgreSQL makes the files of its own. */
    private static final FileAttribute<Set<PosixFilePermission>> MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /** The disk on this side failed, not the repository: to ask the repository again will not mend it. */
    static final class LocalFailure extends IOException {
        private static final long serialVersionUID = 1L;

        LocalFailure(Path file, IOException cause) {
            super("cannot write %s: %s".formatted(file, cause.getMessage()), cause);
        }
    }

    private final Receiver receiver;
    private final Path path;
    private final FileChannel channel;

    IncomingFile(Receiver receiver) throws IOException {
        this.receiver = receiver;
        Path destination = receiver.destination();
        // Not a number that each process counts from 1: an agent that is on its way out may still write while the next
        // one starts, and must not have its file opened by that one.
        this.path = destination.resolveSibling(destination.getFileName() + INFIX + UUID.randomUUID());
        try {
            this.channel =
                    FileChannel.open(path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), MODE);
        } catch (IOException e) {
            throw new LocalFailure(path, e);
        }
    }

    /**
     * Removes what an agent that was killed has left in a folder. To be called once, before the first request: in
     * {@code pg_wal} PostgreSQL does not know these names and would keep them for ever.
     */
    static void sweep(Path folder) {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, "*" + INFIX + "*")) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | DirectoryIteratorException e) {
            log.atDebug().addKeyValue("folder", folder).log("Nothing swept: {}", e.toString());
        }
    }

    Path path() {
        return path;
    }

    /**
     * Takes the content.
     *
     * @param limit in bytes; more is an error, so that a damaged object cannot fill the disk
     * @throws LocalFailure if it is this side that fails
     * @throws WalException {@code FAILED} if the file is not wanted any more
     */
    void write(InputStream content, long limit) throws IOException, WalException {
        byte[] buffer = new byte[BUFFER];
        long written = 0;
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            written += n;
            if (written > limit) {
                throw new IOException("it has more than %d bytes".formatted(limit));
            }
            if (!receiver.goesOn(written)) {
                throw receiver.givenUp();
            }
            append(ByteBuffer.wrap(buffer, 0, n));
        }
    }

    private void append(ByteBuffer bytes) throws LocalFailure {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new LocalFailure(path, e);
        }
    }

    /** Gives the file its final name; it is durable then, if its receiver wants it to be. */
    void publish() throws IOException, WalException {
        if (receiver.durable()) {
            try {
                channel.force(true);
            } catch (IOException e) {
                throw new LocalFailure(path, e);
            }
        }
        receiver.publish(path);
    }

    /** Removes the file, unless it was published. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(path);
    }
}
