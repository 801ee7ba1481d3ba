package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A store that is away, or hangs, while a test says so; it notes what is begun to be written. */
final class SwitchedStore extends ForwardingStore {

    /** How it behaves. */
    enum Mode {
        WELL,
        AWAY,
        HANGING
    }

    private final List<String> written = new CopyOnWriteArrayList<>();
    private volatile Mode mode = Mode.WELL;

    SwitchedStore(ObjectStore store) {
        super(store);
    }

    void become(Mode mode) {
        this.mode = mode;
    }

    /** The last parts of the keys, in the order in which they were begun. */
    List<String> written() {
        return written;
    }

    @Override
    ObjectStore target() {
        while (mode == Mode.HANGING) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw away("interrupted");
            }
        }
        if (mode == Mode.AWAY) {
            throw away("it is away");
        }
        return super.target();
    }

    @Override
    public ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException {
        ObjectWriter writer = super.newWriter(key, mode);
        written.add(key.name());
        return writer;
    }

    private static RuntimeException away(String message) {
        return undeclared(new ObjectStoreException(ObjectStoreException.Reason.UNAVAILABLE, message, null));
    }

    /** The calls that ask where to go declare it. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> RuntimeException undeclared(Throwable e) throws T {
        throw (T) e;
    }
}
