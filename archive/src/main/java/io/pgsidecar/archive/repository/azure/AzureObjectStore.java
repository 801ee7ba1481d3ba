package io.pgsidecar.archive.repository.azure;

import com.azure.core.http.rest.Response;
import com.azure.core.util.Context;
import com.azure.storage.blob.models.BlobProperties;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Objects as block blobs. The service acknowledges a write when it is durable. */
final class AzureObjectStore implements ObjectStore {

    /** Requests to delete that are under way at once. */
    private static final int DELETES = 8;

    private final AzureContainer container;

    AzureObjectStore(AzureContainer container) {
        this.container = container;
    }

    @Override
    public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
        Optional<BlobProperties> found = properties(container, key);
        return found.filter(p -> !HierarchicalFolders.isFolder(p.getMetadata()))
                .map(p ->
                        new ObjectInfo(key, p.getBlobSize(), p.getLastModified().toInstant()));
    }

    @Override
    public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
        Set<ObjectKey> wanted = new TreeSet<>();
        for (String ending : endings) {
            wanted.add(stem.withEnding(ending));
        }
        List<ObjectInfo> found = new ArrayList<>();
        AzureListing listing = new AzureListing(container, container.blobName(stem));
        try {
            listing.forEachRemaining(object -> {
                if (wanted.contains(object.key())) {
                    found.add(object);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return found;
    }

    @Override
    public InputStream open(ObjectKey key, long offset) throws IOException {
        if (offset < 0) {
            throw new IllegalArgumentException("offset %d of %s is negative".formatted(offset, key));
        }
        return new AzureInput(container, key, offset);
    }

    @Override
    public void put(ObjectKey key, Content content, PutMode mode) throws IOException {
        try (ObjectWriter writer = newWriter(key, mode)) {
            content.copyTo(writer.stream(), key);
            writer.commit();
        }
    }

    @Override
    public ObjectWriter newWriter(ObjectKey key, PutMode mode) {
        return new AzureWriter(container, key, mode);
    }

    @Override
    public Stream<ObjectInfo> list(ObjectKey prefix) {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(
                        new AzureListing(container, container.namesBelow(prefix)),
                        Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL),
                false);
    }

    /** One request each: a batch needs a library of its own, and rights that a signature for a container lacks. */
    @Override
    public void delete(Collection<ObjectKey> keys) throws IOException {
        Set<ObjectKey> distinct = new LinkedHashSet<>(keys);
        distinct.forEach(container::blobName); // Before the first is gone, every one is looked at.
        List<Future<?>> deletes = new ArrayList<>();
        try (ExecutorService threads =
                Executors.newFixedThreadPool(DELETES, Thread.ofVirtual().factory())) {
            for (ObjectKey key : distinct) {
                deletes.add(threads.submit(() -> {
                    delete(key);
                    return null;
                }));
            }
        }
        for (Future<?> delete : deletes) {
            finish(delete);
        }
    }

    @Override
    public void ensureDurable(ObjectKey key) throws IOException {
        if (stat(key).isEmpty()) {
            throw new ObjectNotFoundException(key, null);
        }
    }

    @Override
    public void close() {}

    /** What the service knows of a blob; empty if there is none. */
    static Optional<BlobProperties> properties(AzureContainer container, ObjectKey key) throws IOException {
        try {
            Response<BlobProperties> response = container.ask(
                    Operation.READ,
                    key,
                    blob -> blob.getPropertiesWithResponse(null, container.timeout(), Context.NONE));
            BlobProperties properties = response.getValue();
            if (properties.getETag() == null || properties.getLastModified() == null) {
                throw new ObjectStoreException(
                        Reason.OTHER,
                        "cannot read %s: what answers at %s is no blob service: it sends no ETag; check the endpoint and"
                                        .formatted(key, container.describe())
                                + " the proxy",
                        null);
            }
            return Optional.of(properties);
        } catch (ObjectNotFoundException _) {
            return Optional.empty();
        }
    }

    private void delete(ObjectKey key) throws IOException {
        try {
            container.ask(
                    Operation.DELETE,
                    key,
                    blob -> blob.deleteWithResponse(null, null, container.timeout(), Context.NONE));
        } catch (ObjectNotFoundException _) {
            // It is gone, which is what was wanted.
        }
    }

    private static void finish(Future<?> delete) throws IOException {
        try {
            delete.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException unexpected -> throw unexpected;
                case null, default -> throw new IOException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while objects are deleted").initCause(e);
        }
    }
}
