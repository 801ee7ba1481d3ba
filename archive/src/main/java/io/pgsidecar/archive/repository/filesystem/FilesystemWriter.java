package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.GuardedWriter;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes into a temporary file, and on commit syncs it and has it published. */
final class FilesystemWriter extends GuardedWriter {

    /** Gives the finished file its name, durably. */
    @FunctionalInterface
    interface Publisher {
        void publish(Path file) throws IOException;
    }

    /** WAL holds all that the database holds: owner and group may look, nobody else. The umask takes more. */
    private static final FileAttribute<Set<PosixFilePermission>> MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

    /** Java copies what it writes into a buffer of that size outside the heap, and keeps the buffer. */
    private static final int MAX_WRITE = 256 * 1024;

    private final Path file;
    private final Path target;
    private final FileChannel channel;
    private final Publisher publisher;
    private final Runnable whenFull;
    private boolean published;

    /**
     * Makes the temporary file.
     *
     * @param target where it is to go, for messages: nobody knows the temporary name
     * @param whenFull called when there is no space, before the error is thrown
     */
    FilesystemWriter(Path file, Path target, Publisher publisher, Runnable whenFull) throws IOException {
        super(target.toString());
        this.file = file;
        this.target = target;
        this.publisher = publisher;
        this.whenFull = whenFull;
        this.channel = FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), MODE);
    }

    @Override
    protected void publish() throws IOException {
        try {
            channel.force(true);
            channel.close();
            publisher.publish(file);
        } catch (IOException e) {
            throw failed(e);
        }
        published = true;
    }

    /** After a commit the temporary name is a second one of the object, or gone already. */
    @Override
    protected void release() throws IOException {
        try {
            channel.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // What is published is so whether or not a second name stays for the next sweep.
            if (!published) {
                throw FilesystemErrors.translate("cannot remove", file, e);
            }
        }
    }

    private ObjectStoreException failed(IOException e) {
        if (FilesystemErrors.full(e)) {
            whenFull.run();
        }
        return FilesystemErrors.translate("cannot write", target, e);
    }

    @Override
    protected void write(byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        try {
            for (int at = offset; at < end; ) {
                at += channel.write(ByteBuffer.wrap(bytes, at, Math.min(MAX_WRITE, end - at)));
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
