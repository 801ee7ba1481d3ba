package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Notes each request that a store in the cloud would charge for, as "GET name"; a listing's is "LIST name". */
final class RecordingStore extends ForwardingStore {

    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    RecordingStore(ObjectStore store) {
        super(store);
    }

    /** Those since the last call. */
    List<String> requests() {
        synchronized (requests) {
            List<String> all = List.copyOf(requests);
            requests.clear();
            return all;
        }
    }

    /** How many there were so far of a kind; they stay. */
    long count(Predicate<String> kind) {
        synchronized (requests) {
            return requests.stream().filter(kind).count();
        }
    }

    @Override
    public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
        requests.add("HEAD " + key.name());
        return super.stat(key);
    }

    @Override
    public InputStream open(ObjectKey key, long offset) throws IOException {
        requests.add("GET " + key.name());
        return super.open(key, offset);
    }

    @Override
    public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
        requests.add("LIST " + stem.name());
        return super.variants(stem, endings);
    }

    @Override
    public Stream<ObjectInfo> list(ObjectKey prefix) throws IOException {
        requests.add("LIST " + prefix.name());
        return super.list(prefix);
    }
}
