package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A store that is gone after so many reads of its objects' content. */
final class BreakingStore implements ObjectStore {

    private final ObjectStore store;
    private final AtomicInteger reads;

    BreakingStore(ObjectStore store, int reads) {
        this.store = store;
        this.reads = new AtomicInteger(reads);
    }

    @Override
    public InputStream open(ObjectKey key, long offset) throws IOException {
        return new FilterInputStream(store.open(key, offset)) {
            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                if (reads.decrementAndGet() < 0) {
                    throw new ObjectStoreException(ObjectStoreException.Reason.UNAVAILABLE, "the store is gone", null);
                }
                return super.read(bytes, from, length);
            }
        };
    }

    @Override
    public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
        return store.stat(key);
    }

    @Override
    public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
        return store.variants(stem, endings);
    }

    @Override
    public void put(ObjectKey key, Content content, PutMode mode) throws IOException {
        store.put(key, content, mode);
    }

    @Override
    public ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException {
        return store.newWriter(key, mode);
    }

    @Override
    public Stream<ObjectInfo> list(ObjectKey prefix) throws IOException {
        return store.list(prefix);
    }

    @Override
    public void delete(Collection<ObjectKey> keys) throws IOException {
        store.delete(keys);
    }

    @Override
    public void ensureDurable(ObjectKey key) throws IOException {
        store.ensureDurable(key);
    }

    @Override
    public void close() {
        // The store is the test's.
    }
}
