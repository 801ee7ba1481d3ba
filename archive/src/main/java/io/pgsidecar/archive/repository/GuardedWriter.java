package io.pgsidecar.archive.repository;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@link ObjectWriter} promises in the same words for every back end: one commit, none after a write that failed,
 * no write after the end. A back end says how bytes are taken, published, and let go of.
 *
 * <p>For one thread.
 */
public abstract class GuardedWriter implements ObjectWriter {

    private final String target;
    private final OutputStream stream = new Stream();
    private @Nullable IOException failure;
    private boolean finished;

    /** @param target what is written, for messages */
    protected GuardedWriter(String target) {
        this.target = target;
    }

    @Override
    public final OutputStream stream() {
        return stream;
    }

    @Override
    public final void commit() throws IOException {
        if (finished) {
            throw new IllegalStateException("committed or closed before");
        }
        finished = true;
        if (failure != null) {
            throw new ObjectStoreException(
                    failure instanceof ObjectStoreException known
                            ? known.reason()
                            : ObjectStoreException.Reason.UNAVAILABLE,
                    "%s is not stored, since a write failed before: %s".formatted(target, failure.getMessage()),
                    failure);
        }
        publish();
    }

    @Override
    public final void close() throws IOException {
        finished = true;
        release();
    }

    /** Takes bytes. After an exception it is not called again. */
    protected abstract void write(byte[] bytes, int offset, int length) throws IOException;

    /** Makes the object of what was taken; called once at most. */
    protected abstract void publish() throws IOException;

    /** Lets go of everything, also of what was not published. Called at each {@link #close()}. */
    protected abstract void release() throws IOException;

    private final class Stream extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (finished) {
                throw new IOException("the object is committed or closed");
            }
            if (failure != null) {
                // A new one: whoever closes a stream over this one cannot add an exception to itself.
                throw new IOException("a write failed before: " + failure.getMessage(), failure);
            }
            try {
                GuardedWriter.this.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }
}
