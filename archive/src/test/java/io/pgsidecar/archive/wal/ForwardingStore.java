package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Passes each call on, unless a test overrides it. */
abstract class ForwardingStore implements ObjectStore {

    private final ObjectStore store;

    ForwardingStore(ObjectStore store) {
        this.store = store;
    }

    /** Where a call goes; asked for each one. */
    ObjectStore target() {
        return store;
    }

    @Override
    public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
        return target().stat(key);
    }

    @Override
    public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
        return target().variants(stem, endings);
    }

    @Override
    public InputStream open(ObjectKey key, long offset) throws IOException {
        return target().open(key, offset);
    }

    @Override
    public void put(ObjectKey key, Content content, PutMode mode) throws IOException {
        target().put(key, content, mode);
    }

    @Override
    public ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException {
        return target().newWriter(key, mode);
    }

    @Override
    public Stream<ObjectInfo> list(ObjectKey prefix) throws IOException {
        return target().list(prefix);
    }

    @Override
    public void delete(Collection<ObjectKey> keys) throws IOException {
        target().delete(keys);
    }

    @Override
    public void ensureDurable(ObjectKey key) throws IOException {
        target().ensureDurable(key);
    }

    @Override
    public void close() {}
}
