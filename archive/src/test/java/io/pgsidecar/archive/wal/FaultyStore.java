package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A store whose n-th call fails, counted from 1; what is done with its streams counts too. Either nothing has happened
 * then, or all has and only the answer is lost.
 */
final class FaultyStore implements ObjectStore {

    /** When the failing call fails. */
    enum Fault {
        BEFORE,
        AFTER
    }

    @FunctionalInterface
    private interface Call<T> {
        T get() throws IOException;
    }

    private final ObjectStore store;
    private final int failing;
    private final Reason reason;
    private final Fault fault;
    private int calls;

    FaultyStore(ObjectStore store, int failing, Reason reason, Fault fault) {
        this.store = store;
        this.failing = failing;
        this.reason = reason;
        this.fault = fault;
    }

    /** One that never fails, to count. */
    static FaultyStore counting(ObjectStore store) {
        return new FaultyStore(store, 0, Reason.OTHER, Fault.BEFORE);
    }

    int calls() {
        return calls;
    }

    private <T> T call(Call<T> call) throws IOException {
        boolean fails = ++calls == failing;
        if (fails && fault == Fault.BEFORE) {
            throw failure();
        }
        if (!fails) {
            return call.get();
        }
        try {
            if (call.get() instanceof AutoCloseable opened) {
                opened.close();
            }
        } catch (Exception e) {
            throw failure(); // An answer that says "no" is lost too.
        }
        throw failure();
    }

    private ObjectStoreException failure() {
        return new ObjectStoreException(reason, "call " + failing + " fails", null);
    }

    @Override
    public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
        return call(() -> store.stat(key));
    }

    @Override
    public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
        return call(() -> store.variants(stem, endings));
    }

    @Override
    public InputStream open(ObjectKey key, long offset) throws IOException {
        return new FilterInputStream(call(() -> store.open(key, offset))) {
            @Override
            public int read() throws IOException {
                return call(super::read);
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return call(() -> super.read(bytes, offset, length));
            }
        };
    }

    @Override
    public void put(ObjectKey key, Content content, PutMode mode) throws IOException {
        int ignored = call(() -> {
            store.put(key, content, mode);
            return 0;
        });
    }

    @Override
    public ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException {
        ObjectWriter writer = call(() -> store.newWriter(key, mode));
        OutputStream stream = new FilterOutputStream(writer.stream()) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                int ignored = call(() -> {
                    out.write(bytes, offset, length);
                    return 0;
                });
            }
        };
        return new ObjectWriter() {
            @Override
            public OutputStream stream() {
                return stream;
            }

            @Override
            public void commit() throws IOException {
                int ignored = call(() -> {
                    writer.commit();
                    return 0;
                });
            }

            @Override
            public void close() throws IOException {
                writer.close();
            }
        };
    }

    @Override
    public Stream<ObjectInfo> list(ObjectKey prefix) throws IOException {
        return call(() -> store.list(prefix));
    }

    @Override
    public void delete(Collection<ObjectKey> keys) throws IOException {
        int ignored = call(() -> {
            store.delete(keys);
            return 0;
        });
    }

    @Override
    public void ensureDurable(ObjectKey key) throws IOException {
        int ignored = call(() -> {
            store.ensureDurable(key);
            return 0;
        });
    }

    @Override
    public void close() {}
}
