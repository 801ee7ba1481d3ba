package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes into a temporary file, and on commit syncs it and has it published. */
final class FilesystemWriter implements ObjectWriter {

    /** Gives the finished file its name, durably. */
    @FunctionalInterface
    interface Publisher {
        void publish(Path file) throws IOException;
    }

    private final Path file;
    private final FileChannel channel;
    private final Publisher publisher;
    private final Runnable whenFull;
    private final OutputStream stream = new Stream();
    private boolean finished;

    FilesystemWriter(Path file, Publisher publisher, Runnable whenFull) throws IOException {
        this.file = file;
        this.publisher = publisher;
        this.whenFull = whenFull;
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public OutputStream stream() {
        return stream;
    }

    @Override
    public void commit() throws IOException {
        if (finished) {
            throw new IllegalStateException("committed or closed before");
        }
        finished = true;
        try {
            channel.force(true);
            channel.close();
            publisher.publish(file);
        } catch (NoSuchFileException e) {
            throw new ObjectStoreException(Reason.UNAVAILABLE, "the temporary file " + file + " has vanished", e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Once published the temporary name is a second one of the object, or gone: to remove it is right either way. */
    @Override
    public void close() throws IOException {
        finished = true;
        try {
            channel.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot remove", file, e);
        }
    }

    private ObjectStoreException failed(IOException e) {
        if (FilesystemErrors.full(e)) {
            whenFull.run();
        }
        return FilesystemErrors.translate("cannot write", file, e);
    }

    private final class Stream extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (finished) {
                throw new IOException("the object is committed or closed");
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            try {
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }
}
