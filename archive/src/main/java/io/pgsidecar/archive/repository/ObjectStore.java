package io.pgsidecar.archive.repository;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A place that keeps objects by name: a folder, an S3 bucket, an Azure container. This is the contract; every back end
 * is held to it by {@code ObjectStoreContract}.
 *
 * <ul>
 *   <li><b>Whole or not at all.</b> A reader sees an object complete or does not see it. A writer that is killed at
 *       any moment leaves nothing under the key, and a replaced object is the old or the new one.
 *   <li><b>Durable.</b> When a write returns, the object survives the loss of power. When a write or a commit throws
 *       {@link ObjectExistsException}, the object that is there does too.
 *   <li><b>Absent is proven.</b> "Not found" means that the store was asked and has no such object. A store that
 *       cannot be asked (a folder that is not mounted, a refused connection, a missing right) throws; it never says
 *       "not found" and never lists nothing.
 *   <li><b>Errors.</b> What is thrown is an {@link ObjectStoreException} whose {@link ObjectStoreException#reason()}
 *       tells what a caller can do about it. Retries inside a request are the back end's; a caller need not add its
 *       own. Errors of the caller's own streams come through as they are.
 *   <li><b>Keys.</b> {@link ObjectKey#ROOT} names no object: given as one it is an {@link IllegalArgumentException}. No
 *       key may be the beginning of another, as {@code a} is of {@code a/b}: a store that is a folder cannot have both,
 *       and refuses the second.
 *   <li><b>Threads.</b> Safe for use by several at once, and by several processes on several machines.
 *   <li>Memory is bounded, however large an object or a listing is.
 * </ul>
 */
public interface ObjectStore extends AutoCloseable {

    /** The object's description; empty if there is none. */
    Optional<ObjectInfo> stat(ObjectKey key) throws IOException;

    /**
     * Those of the objects {@code stem + ending} that are there, sorted by key. Where each request takes long and costs
     * money it is one, however many endings are asked for.
     *
     * @param stem not {@link ObjectKey#ROOT}
     * @param endings an empty one asks for the stem itself
     */
    List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException;

    /**
     * Opens the object from the given byte on; the caller closes the stream. An offset at the end gives an empty
     * stream, one behind it, or a negative one, an {@link IllegalArgumentException}. The stream stays with the object
     * that it was opened on, even if that one is replaced meanwhile.
     *
     * @throws ObjectNotFoundException if there is no such object
     */
    InputStream open(ObjectKey key, long offset) throws IOException;

    /**
     * Stores the content under the key. Content that is not as long as it says is an {@link IOException} and stores
     * nothing. Under {@link PutMode#CREATE} the content need not be opened if the key has an object.
     *
     * @throws ObjectExistsException under {@link PutMode#CREATE}, if the key has an object; that one is unchanged
     */
    void put(ObjectKey key, Content content, PutMode mode) throws IOException;

    /** Begins an object whose length is not known. Under {@link PutMode#CREATE} it is the commit that may find one. */
    ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException;

    /**
     * The objects below a prefix of whole parts: {@code a/b} has {@code a/b/c} and {@code a/b/c/d}, but not
     * {@code a/b} itself nor {@code a/bc}. Sorted by key, read as the stream goes; the caller closes it. Nothing there:
     * an empty stream. An error while the stream is read comes as an {@link java.io.UncheckedIOException}.
     *
     * <p>What is stored or deleted while the stream is read may be in it or not; everything else is.
     */
    Stream<ObjectInfo> list(ObjectKey prefix) throws IOException;

    /** Removes the objects. One that is absent is no error. */
    void delete(Collection<ObjectKey> keys) throws IOException;

    /**
     * Makes an object durable that is there but was perhaps put there by somebody else, or by a process that was killed
     * before it could be sure. A store that acknowledges only what is durable has nothing to do.
     *
     * @throws ObjectNotFoundException if there is no such object
     */
    void ensureDurable(ObjectKey key) throws IOException;

    @Override
    void close() throws IOException;
}
