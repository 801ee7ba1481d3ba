package io.pgsidecar.archive.repository;

import java.io.IOException;
import java.io.OutputStream;

/**
 * An object on its way into a store, of a length that nobody knows yet.
 *
 * <p>Nothing is visible under the key before {@link #commit()}, and the whole object is after it. {@link #close()}
 * without a commit aborts: an exception on the way must never publish a truncated object.
 *
 * <pre>{@code
 * try (ObjectWriter writer = store.newWriter(key, PutMode.CREATE)) {
 *     source.transferTo(writer.stream());
 *     writer.commit();
 * }
 * }</pre>
 *
 * <p>For one thread.
 */
public interface ObjectWriter extends AutoCloseable {

    /**
     * Where the bytes go, the same stream at each call. To close it has no effect. To write fails after
     * {@link #commit()} and after {@link #close()}.
     */
    OutputStream stream();

    /**
     * Publishes what was written, durably. At most once: again, or after {@link #close()}, is an
     * {@link IllegalStateException}. It fails if a write failed before, even if that error was caught.
     *
     * @throws ObjectExistsException under {@link PutMode#CREATE}, if the key has an object; that one is unchanged
     */
    void commit() throws IOException;

    /** Lets go of everything. Without a commit before, nothing of what was written stays. Idempotent. */
    @Override
    void close() throws IOException;
}
